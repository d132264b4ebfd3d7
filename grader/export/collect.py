"""The marks of a finished run, read from its journal once.

Where the run has a course file, they are what it makes of the points, unless it says `export = "points"`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from grader.columns import Column
from grader.errors import UsageError
from grader.export.marks import Marks, Student
from grader.held import Held, opened
from grader.manual import automatic
from grader.policy import marks as marking
from grader.policy import told
from grader.policy.marks import AssignmentMark
from grader.policy.rules import Policy
from grader.result import Problem, Result


def collect(folder: Path, chosen: Sequence[str] = ()) -> Marks:
    """The marks in an output folder, of the assignments `chosen` or of all. Raises UsageError or StoreError."""
    with opened(folder) as held:
        picked = _picked(held.columns, chosen)
        policy = held.policy.policy
        by_policy = bool(held.policy) and policy.export == "marks"
        student = _marked if by_policy else _student
        course = held.facts.get("course", "")
        return Marks(
            tuple(picked),
            tuple(student(held, name, [column.name for column in picked]) for name in held.students),
            int(held.facts.get("seed", 0)),
            course.removeprefix("the course ") if course.startswith("the course ") else "",
            reveal=policy.reveal,
            out_of=marking.full(policy, [column.max_score for column in picked]) if by_policy else None,
        )


def _picked(found: list[Column], chosen: Sequence[str]) -> list[Column]:
    names = [column.name for column in found]
    for name in chosen:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"{name!r} was not graded in this run{hint}; it has {', '.join(names)}")
    return [column for column in found if not chosen or column.name in chosen]


def _student(held: Held, name: str, picked: Sequence[str]) -> Student:
    """A student's points, with manual marks."""
    given, results = held.read(name)
    each = tuple(held.manual.applied(result) for result in results if result.assignment in picked)
    return Student(name, each, given.origin)


def _marked(held: Held, name: str, picked: Sequence[str]) -> Student:
    """A student's marks; the checks are those of the attempt that counts."""
    policy = held.policy.policy
    attempts = held.attempts(name)
    mark = marking.mark(name, {assignment: attempts[assignment] for assignment in picked}, policy)
    each = tuple(_result(found, policy) for found in mark.assignments)
    points = tuple(automatic(found.counted.result) for found in mark.assignments)
    origin = each[0].origin if len(each) == 1 else held.read(name)[0].origin
    return Student(name, each, origin, points, mark.mark)


def _result(found: AssignmentMark, policy: Policy) -> Result:
    """The result that counts, with its mark in place of its points."""
    result = found.counted.result
    if found.mark is None:
        return result
    notes = [Problem("", note) for note in told.notes(found, policy)]
    return msgspec.structs.replace(
        result, score=found.mark, max_score=found.max_score, problems=[*notes, *result.problems]
    )
