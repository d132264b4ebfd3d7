"""Submissions that a person should look at: the slowest, and those that were stopped or raised most."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nlargest
from typing import Final

from grader.report.escape import line
from grader.report.info import check_title
from grader.result import Result

MOST: Final = 10
"""Submissions of a kind that are named."""
SLOW_S: Final = 0.001
"""Below this nothing is slow."""


@dataclass(frozen=True)
class Trouble:
    """A check that was stopped or raised: `number` is its place on the feedback page, from 1."""

    assignment: str
    number: int
    message: str


@dataclass
class Notable:
    """A submission with the time and the trouble that it took over all its assignments."""

    student: str
    seconds: float = 0.0
    slowest: str = ""
    """The assignment that took most of the time."""
    longest: float = 0.0
    """Its seconds."""
    timeouts: int = 0
    errors: int = 0
    first: Trouble | None = None


class NotableReducer:
    """Meets results one by one, and keeps a few figures a student."""

    def __init__(self) -> None:
        self._students: dict[str, Notable] = {}

    def add(self, result: Result) -> None:
        """Take a result in."""
        known = self._students.setdefault(result.student, Notable(result.student))
        known.seconds += result.seconds
        if result.seconds > known.longest:
            known.slowest, known.longest = result.assignment, result.seconds
        for number, check in enumerate(result.checks, 1):
            if check.status in {"timeout", "error"}:
                known.timeouts += check.status == "timeout"
                known.errors += check.status == "error"
                if known.first is None:
                    told = line(f"{check.function}, {check_title(check.check).lower()}: {check.message}", 160)
                    known.first = Trouble(result.assignment, number, told)

    def slowest(self) -> tuple[Notable, ...]:
        """Those that took longest, the longest first."""
        found = nlargest(MOST, self._students.values(), key=lambda known: known.seconds)
        return tuple(known for known in found if known.seconds >= SLOW_S)

    def troubled(self) -> tuple[Notable, ...]:
        """Those with most checks that were stopped, then that raised."""
        return tuple(nlargest(MOST, self._troubled(), key=lambda known: (known.timeouts, known.errors)))

    def all_troubled(self) -> int:
        """How many submissions were stopped or raised in any check."""
        return len(self._troubled())

    def _troubled(self) -> list[Notable]:
        return [known for known in self._students.values() if known.first]
