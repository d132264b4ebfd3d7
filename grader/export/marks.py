"""The marks of a run as plain data, from which every format is written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.columns import Column
from grader.manual import remark
from grader.policy.reveal import revealed
from grader.policy.rules import Reveal
from grader.result import Check, Origin, Result


@dataclass(frozen=True)
class Student:
    """A student's results, one for each column."""

    name: str
    results: tuple[Result, ...]
    origin: Origin | None = None
    points: tuple[float | None, ...] = ()
    """By a course file: what was graded, by column; the results' scores are the marks then."""
    mark: float | None = None
    """The mark that a course file makes of all; None without one."""

    @property
    def graded(self) -> bool:
        """Whether there is a mark for every column."""
        return all(result.status == "graded" and result.score is not None for result in self.results)

    @property
    def total(self) -> float | None:
        """The mark, or the sum; None where a part of it is not known, since the rest would pass for a mark."""
        if not self.graded:
            return None
        if self.mark is not None:
            return self.mark
        return round(math.fsum(result.score or 0.0 for result in self.results), 4)

    @property
    def reason(self) -> str:
        """Why there is no mark; empty where there is one."""
        return next((result.reason or "not graded" for result in self.results if result.status != "graded"), "")

    def called(self, kind: str) -> str:
        """What the student is called on a platform; empty where that is not known."""
        return self.origin.ids.get(kind, "") if self.origin else ""


@dataclass(frozen=True)
class Marks:
    """The marks of a class."""

    columns: tuple[Column, ...]
    students: tuple[Student, ...]
    seed: int = 0
    course: str = ""
    """The course's folder; empty for the built-in one."""
    reveal: Reveal = "all"
    """How much of their results students see."""
    out_of: float | None = None
    """Full marks where a course file makes the marks; else all points together."""

    @property
    def max_score(self) -> float:
        """Full marks."""
        if self.out_of is not None:
            return self.out_of
        return round(math.fsum(column.max_score for column in self.columns), 4)

    def for_students(self) -> Marks:
        """The same as students may see it."""
        students = (replace(s, results=tuple(revealed(r, self.reveal) for r in s.results)) for s in self.students)
        return replace(self, students=tuple(students)) if self.reveal != "all" else self

    @property
    def ungraded(self) -> list[str]:
        """Who has no mark."""
        return [student.name for student in self.students if not student.graded]


@dataclass(frozen=True)
class Row:
    """What one check gives. What a gradient check earns for its backward is in the backward's row."""

    function: str
    check: str
    status: str
    points: float
    max_points: float
    message: str


def rows(result: Result) -> list[Row]:
    """The checks of a result that points can be had for."""
    extra: dict[int, float] = {}
    for check in result.checks:
        if not check.max_points and check.points:
            home = _home(check, result.checks)
            extra[home] = extra.get(home, 0.0) + check.points
    by_hand = {(mark.function, mark.check): remark(mark) for mark in result.manual}
    found = []
    for i, c in enumerate(result.checks):
        if c.max_points or i in extra:
            message = " ".join(filter(None, [by_hand.get((c.function, c.check)), c.message]))
            points = round(c.points + extra.get(i, 0.0), 4)
            found.append(Row(c.function, c.check, c.status, points, c.max_points, message))
    return found


def _home(check: Check, checks: Sequence[Check]) -> int:
    """The row that a check without points of its own earns for: its function's backward, or the first with points."""
    worth = [i for i, c in enumerate(checks) if c.function == check.function and c.max_points]
    backward = [i for i in worth if checks[i].check.partition(":")[0] == "backward"]
    return next(iter(backward or worth), checks.index(check))
