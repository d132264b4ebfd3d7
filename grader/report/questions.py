"""The class by check and by function: how many passed each, and what a function's points are spread over.

Of each result one byte a check is kept and the points of each function; equal ones are kept once, and most are equal.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from grader.report.info import STATUS_WORDS
from grader.report.tenths import BINS, bin_of
from grader.result import Result

CODES: Final[Mapping[str, int]] = {status: code for code, status in enumerate(STATUS_WORDS, 1)}
"""A check's status as a byte; 0 where there is none."""
_NOTHING: Final = frozenset({0, CODES["missing"]})
_STATUSES: Final = {code: status for status, code in CODES.items()}
LEAST: Final = 5
"""Submissions below which it says nothing that all of them have a check right or wrong."""
NEARLY_ALL: Final = 0.98
"""From this share on, as good as everyone: one slip among thousands makes no question good."""


@dataclass(frozen=True)
class CheckStats:
    """How a check went with those who handed the assignment in: how many have each status."""

    function: str
    check: str
    max_points: float
    counts: Mapping[str, int]

    @property
    def asked(self) -> int:
        """How many were judged: a check that was skipped says nothing of its student."""
        return sum(self.counts.values()) - self.counts.get("skipped", 0)

    @property
    def right(self) -> int:
        """How many have it right."""
        return self.counts.get("passed", 0)

    @property
    def everyone(self) -> str:
        """What everyone, or as good as everyone, is: "right" or "wrong"; empty where it separates."""
        if self.asked < LEAST or not self.max_points:
            return ""
        if self.right >= NEARLY_ALL * self.asked:
            return "right"
        return "wrong" if self.asked - self.right >= NEARLY_ALL * self.asked else ""


@dataclass(frozen=True)
class FunctionStats:
    """How a function went with those who handed the assignment in: `bins` counts them by tenths of its points."""

    function: str
    max_points: float
    bins: tuple[int, ...]
    mean: float | None
    full: int
    nothing: int


@dataclass(frozen=True)
class Questions:
    """An assignment's checks and functions; for each student whose result is graded `marks` has a byte a check, and
    `points` the points of each function.
    """

    assignment: str
    answered: int
    checks: tuple[CheckStats, ...]
    functions: tuple[FunctionStats, ...]
    marks: Mapping[str, bytes]
    points: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class _Marks:
    """A result as far as it is kept: a code a check, in the order of the checks, and the points of each function."""

    codes: bytes
    points: tuple[float, ...]


@dataclass
class _Assignment:
    """What is known of one assignment so far. Checks and functions are numbered as they are met."""

    checks: dict[tuple[str, str], float] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    marks: dict[str, _Marks] = field(default_factory=dict)


class QuestionsReducer:
    """Meets results one by one. Of two for one student and assignment the later one counts."""

    def __init__(self) -> None:
        self._assignments: dict[str, _Assignment] = {}
        self._equal: dict[_Marks, _Marks] = {}

    def add(self, result: Result) -> None:
        """Take a result in."""
        known = self._assignments.setdefault(result.assignment, _Assignment())
        known.marks.pop(result.student, None)
        if result.status == "graded":
            marks = _marks(result, known)
            known.marks[sys.intern(result.student)] = self._equal.setdefault(marks, marks)

    def questions(self) -> tuple[Questions, ...]:
        """What they add up to, by assignment."""
        return tuple(_questions(name, known) for name, known in sorted(self._assignments.items()))


def _marks(result: Result, known: _Assignment) -> _Marks:
    codes: dict[tuple[str, str], int] = {}
    points: dict[str, list[float]] = {}
    for check in result.checks:
        key = (check.function, check.check)
        known.checks.setdefault(key, check.max_points)
        known.functions.setdefault(check.function, len(known.functions))
        codes[key] = CODES[check.status]
        points.setdefault(check.function, []).append(check.points)
    return _Marks(
        bytes(codes.get(key, 0) for key in known.checks),
        tuple(math.fsum(points.get(function, ())) for function in known.functions),
    )


def handed_in(codes: bytes) -> bool:
    """Whether there is anything in what a student's checks found."""
    return not _NOTHING.issuperset(codes)


def _questions(name: str, known: _Assignment) -> Questions:
    # Who handed nothing in says nothing of a question.
    answered = Counter(marks for marks in known.marks.values() if handed_in(marks.codes))
    columns: list[Counter[int]] = [Counter() for _ in known.checks]
    for marks, count in answered.items():
        # An early result may be shorter than the list of checks.
        for column, code in zip(columns, marks.codes, strict=False):
            column[code] += count
    checks = tuple(
        CheckStats(function, check, most, {_STATUSES[code]: number for code, number in sorted(column.items()) if code})
        for ((function, check), most), column in zip(known.checks.items(), columns, strict=True)
    )
    functions = []
    for function, place in known.functions.items():
        most = math.fsum(points for (of, _), points in known.checks.items() if of == function)
        scores = Counter[float]()
        for marks, count in answered.items():
            scores[marks.points[place] if place < len(marks.points) else 0.0] += count
        functions.append(_function(function, most, scores))
    return Questions(
        name,
        answered.total(),
        checks,
        tuple(functions),
        {student: marks.codes for student, marks in known.marks.items()},
        {student: marks.points for student, marks in known.marks.items()},
    )


def _function(function: str, most: float, scores: Counter[float]) -> FunctionStats:
    bins = [0] * BINS
    for score, count in scores.items():
        bins[bin_of(score, most)] += count
    return FunctionStats(
        function,
        most,
        tuple(bins),
        statistics.fmean(scores, weights=scores.values()) if scores else None,
        sum(count for score, count in scores.items() if score >= most - 1e-9),
        sum(count for score, count in scores.items() if score <= 0 < most),
    )
