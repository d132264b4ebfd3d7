"""Who moves between two gradings, by how much and why: in data, in lines and in JSON."""

from __future__ import annotations

import json

import msgspec
import pytest

from grader import moves, moves_told
from grader.moves import Tally, compare, differences
from grader.result import Check, File, Manual, Result


def a_result(student="ada", backward="passed", points=6.0, *, diagnosis=None, sha="ab", version="v1", **more):
    checks = [
        Check(function="f", check="forward", status="passed", points=4.0, max_points=4.0),
        Check(function="b", check="backward", status=backward, points=points, max_points=6.0, diagnosis=diagnosis),
    ]
    return Result(
        **{
            "student": student,
            "assignment": "softmax",
            "status": "graded",
            "score": 4.0 + points,
            "max_score": 10.0,
            "seed": 1,
            "sandbox": "none",
            "files": [File(f"{student}.py", sha)],
            "versions": {"assignment": version, "grader": "1", "numpy": "2", "python": "3"},
            "seconds": 0.1,
            "checks": checks,
            **more,
        }
    )


class Side:
    """A grading held in memory."""

    def __init__(self, *results):
        self.results = {result.student: {result.assignment: result} for result in results}

    def of(self, student):
        return (self.results[student], None) if student in self.results else None


RIGHT = a_result()
WRONG = a_result(backward="failed", points=0.0, diagnosis="sign")
UNGRADED = a_result(status="not_graded", score=None, checks=[], reason="no engine")


def test_the_same_is_no_move():
    """What took other time, or was handed in under another name, has not moved."""
    assert compare(RIGHT, RIGHT) is None
    assert compare(RIGHT, msgspec.structs.replace(RIGHT, seconds=9.0, sandbox="docker")) is None
    assert compare(RIGHT, a_result(version="v2")) is None
    assert compare(None, None) is None


def test_a_check_that_changed_is_named():
    """With its status and mistake before and after."""
    move = compare(WRONG, RIGHT)
    assert (move.before, move.after, move.by) == (4.0, 10.0, 6.0)
    (change,) = move.changes
    assert moves.told_change(change) == "b backward: failed (sign) -> passed"
    assert move.why == []


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ({"sha": "cd"}, "other files were handed in"),
        ({"version": "v2"}, "the assignment changed: version v1 -> v2"),
        ({"seed": 7}, "other inputs: seed 1 -> 7"),
        ({"versions": {"assignment": "v1", "grader": "1", "numpy": "2.1", "python": "3"}}, "another numpy: 2 -> 2.1"),
        (
            {"manual": [Manual(function="b", check="backward", points=6.0, automatic=0.0, why="x")]},
            "other manual marks",
        ),
    ],
)
def test_what_else_is_different_is_told(after, why):
    """Files, version, seed, libraries, manual marks."""
    assert compare(WRONG, a_result(**after)).why == [why]


def test_another_mistake_at_the_same_points_is_a_move():
    """Marks are the same, what students read is not."""
    move = compare(WRONG, a_result(backward="failed", points=0.0, diagnosis="transpose"))
    assert move.by == 0
    assert moves.told_change(move.changes[0]) == "b backward: failed (sign) -> failed (transpose)"


def test_checks_that_come_and_go():
    """And those that are worth something else."""
    gone = msgspec.structs.replace(RIGHT, checks=RIGHT.checks[1:], score=6.0, max_score=6.0)
    assert [moves.told_change(c) for c in compare(RIGHT, gone).changes] == ["f forward: passed -> not asked"]
    worth = [msgspec.structs.replace(c, max_points=8.0) for c in RIGHT.checks]
    told = [moves.told_change(c) for c in compare(RIGHT, msgspec.structs.replace(RIGHT, checks=worth)).changes]
    assert told == ["f forward: passed, worth 4 -> 8", "b backward: passed, worth 6 -> 8"]
    other = a_result(points=5.0)
    assert [moves.told_change(c) for c in compare(RIGHT, other).changes] == ["b backward: passed, other points"]


def test_not_graded_is_a_move_and_no_zero():
    """From points to none: by how much can't be said."""
    move = compare(RIGHT, UNGRADED)
    assert (move.before, move.after, move.by) == (10.0, None, None)
    assert "no engine" in move.why


def told(before, after, **more):
    tally = Tally()
    students = sorted(before.results | after.results)
    return list(moves_told.lines(differences(before, after, students, tally), tally, **more)), tally


def test_lines():
    """A student, the checks below, then the sum."""
    before = Side(WRONG, a_result("bob"), a_result("cleo"))
    after = Side(RIGHT, a_result("bob"), a_result("cleo", "timeout", 1.0, sha="cd"), a_result("dan"))
    lines, tally = told(before, after)
    assert lines == [
        "ada, softmax: 4 of 10 -> 10 of 10 (+6)",
        "    b backward: failed (sign) -> passed, +6",
        "cleo, softmax: 10 of 10 -> 5 of 10 (-5)",
        "    b backward: passed -> timeout, -5",
        "    other files were handed in",
        "dan: in the second run alone",
        "",
        "3 of 4 students not the same: 1 up, 1 down, 1 with the same points",
        "points of those: +0.33 in the mean, +6 at most",
        "why",
        "     1  softmax, b backward: failed (sign) -> passed",
        "     1  softmax, b backward: passed -> timeout",
    ]
    assert (tally.students, tally.moved) == (4, 3)


def test_nobody():
    """One line."""
    assert told(Side(RIGHT), Side(RIGHT))[0] == ["nobody moves: 1 student the same in every check"]


def test_a_large_class_is_cut_and_counted():
    """The first are told in full, the others by name and number; --all tells of each."""
    many = [f"s{i:04}" for i in range(3000)]
    before = Side(*(a_result(s, "failed", 0.0) for s in many))
    after = Side(*(a_result(s) for s in many))
    lines, tally = told(before, after)
    assert len(lines) < 60
    assert "and 2,980 more students: s0020, s0021" in "\n".join(lines)
    assert tally.moved == tally.up == 3000
    assert len(told(before, after, everybody=True)[0]) > 6000


def test_reasons_that_were_said_of_all_are_not_repeated():
    """The assignment's new version stands above once."""
    lines, _ = told(Side(WRONG), Side(a_result(version="v2")), said=["the assignment changed: version v1 -> v2"])
    assert not any("version" in line for line in lines)


def test_lines_fit():
    """80 columns, whatever the names; nothing that a terminal obeys."""
    odd = "x\x1b[31m" * 50
    lines, _ = told(Side(a_result(odd, "failed", 0.0, diagnosis=odd)), Side(a_result(odd)))
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("student", ["ada", "陈", 'quo"te', "lone\udc80"])
def test_json(student):
    """One document, whatever the names."""
    tally = Tally()
    before, after = Side(a_result(student, "failed", 0.0), a_result("x")), Side(a_result(student), a_result("x"))
    moved = differences(before, after, [student, "x"], tally)
    document = json.loads("\n".join(moves_told.document({"before": "A"}, moved, tally)))
    assert (document["schema"], document["before"], document["same"]) == (1, "A", False)
    (only,) = document["students"]
    assert only["moves"][0]["by"] == 6.0
    assert document["summary"]["moved"] == 1
    same = json.loads("\n".join(moves_told.document({}, iter(()), Tally(students=2))))
    assert same["same"] is True
    assert same["students"] == []
