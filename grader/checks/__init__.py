"""The kinds of check, one file each.

A check asks at most one question of the box and judges the answer: `question` and `judge` are pure, so that expected
values, predictions and the frames to send are made once a run and shared by all students. `grader.judge` runs them in
order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from grader.numeric import Floats
from grader.result import CheckStatus, Evidence
from grader.values import Question, Reply


@dataclass(frozen=True)
class Row:
    """A line of the report: what is judged, and what it is worth."""

    function: str
    check: str
    max_points: float


@dataclass(frozen=True)
class Verdict:
    """What came of a row. `share` is the part of the points that was earned, from 0 to 1."""

    status: CheckStatus
    share: float = 0.0
    message: str = ""
    diagnosis: str | None = None
    evidence: Evidence | None = None
    remarks: tuple[str, ...] = ()
    instructor: tuple[str, ...] = ()
    numerical: bool = False
    """Whether it came about by calling the forward for every entry."""
    extra_points: float = 0.0
    """Points beside the row's own: a gradcheck's share of its backward's."""


@dataclass(frozen=True)
class Skip:
    """Why a check is not asked."""

    reason: str


@dataclass
class Record:
    """What the checks before this one found, for one submission."""

    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    outputs: dict[str, list[dict[str, Floats] | None]] = field(default_factory=dict)
    """A forward's outputs by case, by name, where they are all there and finite."""

    def verdict(self, function: str, check: str) -> Verdict | None:
        """The verdict of an earlier row, if it was judged."""
        return self.verdicts.get((function, check))


class Check(Protocol):
    """One kind of check of one function, with its cases drawn and its expected values known."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The lines of the report that it fills."""
        ...

    @property
    def calls(self) -> tuple[str, ...]:
        """The functions that it calls, the one that is judged first."""
        ...

    def question(self, record: Record) -> Question | Skip:
        """What to ask, or why not."""
        ...

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """A verdict for each row, by the row's check name."""
        ...
