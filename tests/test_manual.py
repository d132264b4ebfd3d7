"""Manual marks: what they change, when they are set aside, and the file that they lie in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import manual
from grader.errors import StoreError
from grader.result import Check, File, Manual, Result

CHECKS = [
    Check(function="f", check="forward", status="passed", points=2.0, max_points=2.0),
    Check(function="b", check="backward", status="failed", points=0.0, max_points=6.0, message="is wrong"),
    Check(function="b", check="gradcheck", status="passed", points=1.5, max_points=0.0),
    Check(function="b", check="stages:dz", status="failed", points=0.0, max_points=2.0),
]


def a_result(checks=CHECKS, *, sha="ab", **more):
    return Result(
        **{
            "student": "ada",
            "assignment": "softmax",
            "status": "graded",
            "score": round(sum(c.points for c in checks), 4),
            "max_score": 10.0,
            "seed": 1,
            "sandbox": "none",
            "files": [File("ada.py", sha)],
            "versions": {},
            "seconds": 0.1,
            "checks": list(checks),
            **more,
        }
    )


def given_mark(function="b", check="backward", points=4.0, **more):
    told = {"student": "ada", "assignment": "softmax", "why": "a slip", "given": "now"}
    return manual.Given(
        **{**told, "function": function, "check": check, "points": points, "files": manual.files_of(a_result()), **more}
    )


def applied(*marks, result=None):
    return manual.Marks.of(marks).applied(result or a_result())


def test_points_take_the_place_of_points():
    """The check's, with what its gradient check earned for it; the score follows, and both numbers are kept."""
    got = applied(given_mark())
    assert [c.points for c in got.checks] == [2.0, 4.0, 0.0, 0.0]
    assert got.score == 6.0
    assert got.manual == [Manual(function="b", check="backward", points=4.0, automatic=1.5, why="a slip")]
    assert got.checks[1].remarks == ["Marked by hand: 4 instead of 1.5. a slip"]
    assert (got.checks[1].status, got.checks[1].message) == ("failed", "is wrong")
    assert manual.automatic(got) == a_result().score == 3.5


def test_each_check_has_its_own():
    """Two marks on one result; a gradient check belongs to the backward and not to a stage."""
    got = applied(given_mark("b", "stages:dz", 2.0), given_mark("f", "forward", 0.0))
    assert [c.points for c in got.checks] == [0.0, 0.0, 1.5, 2.0]
    assert got.score == 3.5


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 2)), unique_by=lambda pair: pair[0]))
def test_the_raw_points_can_always_be_had(marks):
    """Whatever is marked by hand, in whatever order: the score stays within bounds, the automatic one is known."""
    worth = [i for i, check in enumerate(CHECKS) if check.max_points]
    made = [given_mark(CHECKS[i].function, CHECKS[i].check, round(points, 4)) for i, points in marks if i in worth]
    got = applied(*made)
    assert got == applied(*reversed(made)) or len(made) > 1
    assert 0 <= got.score <= got.max_score
    assert manual.automatic(got) == 3.5
    assert sum(c.points for c in got.checks) == pytest.approx(got.score)


@pytest.mark.parametrize(
    ("mark", "result", "told"),
    [
        ({}, {"sha": "cd"}, "other files were handed in since"),
        ({"check": "stability"}, {}, "the assignment has no such check any more"),
        ({"points": 7.0}, {}, "the check is worth 6 now"),
        ({}, {"status": "not_graded", "score": None, "checks": []}, "it is not graded"),
    ],
)
def test_a_mark_that_does_not_fit_is_set_aside(mark, result, told):
    """The result stays as it was graded, and why is known."""
    before = a_result(**result)
    assert applied(given_mark(**mark), result=before) == before
    assert manual.misfit(given_mark(**mark), before) == told


def test_a_mark_is_for_one_student_and_assignment():
    """Nobody else gets it."""
    for other in ({"student": "bob"}, {"assignment": "gates"}):
        before = a_result(**other)
        assert applied(given_mark(), result=before) == before


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("b:backward", [("b", "backward")]),
        (" b : backward ", [("b", "backward")]),
        ("backward", [("b", "backward")]),
        ("f", [("f", "forward")]),
        ("b:stages:dz", [("b", "stages:dz")]),
        ("stages:dz", [("b", "stages:dz")]),
        ("b", [("b", "backward"), ("b", "stages:dz")]),
        ("gradcheck", []),
        ("c", []),
    ],
)
def test_checks_are_named(text, found):
    """By both names, or by one that only one check with points has."""
    assert [(c.function, c.check) for c in manual.named(text, a_result())] == found


def test_the_file_is_read_as_written(tmp_path):
    """In a fixed order, so that it can be kept under version control."""
    marks = [given_mark(student="陈 =1"), given_mark(why='"quoted", \\ and ☃')]
    manual.write(tmp_path, marks)
    first = (tmp_path / manual.NAME).read_bytes()
    assert manual.read(tmp_path) == sorted(marks, key=lambda mark: mark.place)
    manual.write(tmp_path, reversed(marks))
    assert (tmp_path / manual.NAME).read_bytes() == first
    assert manual.read(tmp_path / "nowhere") == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"schema": 1}', b"[" * 100_000])
def test_a_damaged_file_is_told_and_never_taken_for_none(tmp_path, data):
    """In one line that names it: a person's marks must not be lost in silence."""
    (tmp_path / manual.NAME).write_bytes(data)
    with pytest.raises(StoreError, match=manual.NAME) as caught:
        manual.read(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_another_schema_is_told(tmp_path):
    """A newer grader's file is left alone."""
    document = {"schema": 9, "marks": [msgspec.to_builtins(given_mark())]}
    (tmp_path / manual.NAME).write_bytes(msgspec.json.encode(document))
    with pytest.raises(StoreError, match="schema 9"):
        manual.read(tmp_path)
