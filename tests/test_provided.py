"""Modules that an assignment hands out: how they are declared, and that submissions may import them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.assignment import Assignment, Function, Points
from grader.cases import prepare
from grader.course import fingerprint
from grader.errors import AssignmentError
from grader.grading import Prepared, grade, provided
from grader.sandbox import Limits, wire
from grader.sandbox.none_wall import NoneWall
from grader.submission import SourceFile, Submission

PART = Function("twice", ("x",), "y", lambda rng: [(rng.normal(size=3),) for _ in range(5)], Points(forward=10))
FILE = """from helpers_v2 import *
from helpers_v2 import double
def twice(x):
    return double(x)
"""


@pytest.fixture
def assignment(tmp_path):
    """An assignment that hands out a module."""
    (tmp_path / "provided").mkdir()
    (tmp_path / "provided" / "helpers.py").write_text("def double(x):\n    return 2 * x\n")
    (tmp_path / "spec.py").write_text("")
    return Assignment("Twice", "Doubling", (PART,), "twice", tmp_path, {"helpers*": "helpers.py"})


def test_its_source_is_read_when_it_is_loaded(assignment):
    """The modules are there with their patterns; a file that is missing or no Python is the author's to see."""
    assert [m.pattern for m in assignment.modules] == ["helpers*"]
    assert "def double" in assignment.modules[0].source
    (assignment.folder / "provided" / "helpers.py").write_text("def double(:")
    with pytest.raises(AssignmentError, match=r"helpers\.py is provided and can't be read"):
        replace(assignment)
    (assignment.folder / "provided" / "helpers.py").write_text("#" * (64 << 10) + "#")
    with pytest.raises(AssignmentError, match="longer than the 64 KiB"):
        replace(assignment)
    with pytest.raises(AssignmentError, match="can't be read"):
        replace(assignment, provided={"helpers": "other.py"})


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("a.b", "a.py"),
        ("*", "a.py"),
        ("numpy", "a.py"),
        ("math", "a.py"),
        ("a", "../a.py"),
        ("a", "a.txt"),
        ("", "a.py"),
    ],
)
def test_names_that_can_t_be_provided(pattern, file):
    """A path, a name that something else has, and a file outside the folder are refused."""
    with pytest.raises(AssignmentError, match="provides"):
        Assignment("Twice", "Doubling", (PART,), provided={pattern: file})


def test_a_submission_imports_what_is_handed_out(assignment):
    """It is graded with the module in place, and only then."""
    submission = Submission("ada", (SourceFile("ada.py", "", (wire.Cell("ada.py", FILE),)),), ())
    checks = prepare(assignment, 1, None)
    with NoneWall(Limits()) as wall:
        (result,) = grade(submission, wall, {"twice": Prepared(assignment, lambda: checks)}, 1).results
        without = replace(assignment, provided={})
        (other,) = grade(submission, wall, {"twice": Prepared(without, lambda: checks)}, 1).results
    assert (result.score, result.problems) == (10, [])
    assert other.score == 0
    assert "helpers_v2 is not here" in other.problems[0].message


def test_what_several_assignments_hand_out_goes_together(assignment):
    """Every file of a run is offered the modules of all its assignments."""
    assert len(provided([assignment, assignment])) == 2


def test_the_fingerprint_follows_what_is_handed_out(assignment, tmp_path):
    """Results of an earlier source of the module are not taken for this one's."""
    folder = tmp_path / "assignments" / "twice"
    (folder / "provided").mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "twice.py").write_text("")
    (folder / "spec.py").write_text("")
    path = folder / "provided" / "helpers.py"
    path.write_text("def double(x):\n    return 2 * x\n")
    mine = replace(assignment, folder=folder)
    before = fingerprint(mine)
    path.write_text("def double(x):\n    return x + x\n")
    assert fingerprint(mine) != before
