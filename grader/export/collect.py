"""The marks of a finished run, read from its journal once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from grader import columns
from grader.columns import Column
from grader.errors import StoreError, UsageError
from grader.export.marks import Marks, Student
from grader.grading import Handed
from grader.result import Result
from grader.store import NAME, Journal


def collect(folder: Path, chosen: Sequence[str] = ()) -> Marks:
    """The marks in an output folder, of the assignments `chosen` or of all. Raises UsageError or StoreError."""
    if not (folder / NAME).is_file():
        raise UsageError(f"{folder} holds no run of the grader: name the folder that `grader grade --out` was given")
    with Journal(folder) as journal:
        facts = journal.facts()
        if columns.FACT not in facts:
            raise UsageError(f"{folder} holds no finished run: run `grader grade` again, it goes on where it stopped")
        try:
            told = columns.unpack(facts[columns.FACT])
        except msgspec.DecodeError as error:
            raise StoreError(f"{folder} was written by another version ({error}): run `grader grade` again") from error
        picked = _picked(told.columns, chosen)
        students = [_student(*journal.read(name), picked) for name in journal.students()]
    failure = "the run was stopped before this submission"
    students += [_student(Handed(name, [], [], failure=failure), [], picked) for name in told.unreached]
    course = facts.get("course", "")
    return Marks(
        tuple(picked),
        tuple(sorted(students, key=lambda student: student.name)),
        int(facts.get("seed", 0)),
        course.removeprefix("the course ") if course.startswith("the course ") else "",
    )


def _picked(found: list[Column], chosen: Sequence[str]) -> list[Column]:
    names = [column.name for column in found]
    for name in chosen:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"{name!r} was not graded in this run{hint}; it has {', '.join(names)}")
    return [column for column in found if not chosen or column.name in chosen]


def _student(given: Handed, results: Sequence[Result], picked: Sequence[Column]) -> Student:
    found = {result.assignment: result for result in results}
    each = tuple(found.get(column.name) or _unanswered(column, given) for column in picked)
    return Student(given.student, each, given.origin)


def _unanswered(column: Column, given: Handed) -> Result:
    """The result of an assignment that a submission does not answer, as `grading.unanswered` has it."""
    result = msgspec.structs.replace(
        column.blank, student=given.student, files=given.files, problems=given.problems, origin=given.origin
    )
    if given.failure:
        return msgspec.structs.replace(result, status="not_graded", score=None, checks=[], reason=given.failure)
    if given.unreadable:
        told = [msgspec.structs.replace(c, status="error", message=given.unreadable) for c in result.checks]
        return msgspec.structs.replace(result, checks=told)
    return result
