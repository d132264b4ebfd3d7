"""A course's policy as plain data, checked by whoever made it (`file`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Count = Literal["latest", "best", "first"]
Reveal = Literal["none", "verdicts", "one case", "all"]
Per = Literal["once", "hour", "day"]

UNITS: Final[Mapping[str, dt.timedelta]] = {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1)}


@dataclass(frozen=True)
class Group:
    """Assignments of which the lowest `drop` don't count."""

    name: str
    assignments: tuple[str, ...]
    drop: int = 0


@dataclass(frozen=True)
class Late:
    """What being late costs, in percent."""

    penalty: float = 0.0
    per: Per = "day"
    """What the penalty is for: each hour or day begun, or being late at all."""
    grace: dt.timedelta = dt.timedelta()
    """So late costs nothing; later counts from the due time."""
    most: float = 100.0
    flagged: float | None = None
    """Where the platform says "late" and not how late; the penalty of one unit when None."""
    of: Literal["earned", "full"] = "earned"
    """Percent of what: the points earned, or the assignment's full points."""


@dataclass(frozen=True)
class Extension:
    """More time for a student: so much longer, or until then."""

    longer: dt.timedelta = dt.timedelta()
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Rounding:
    """What is rounded, to how many places, and where halves go."""

    what: Literal["mark", "assignments", "both"] = "mark"
    places: int = 2
    half: Literal["up", "even"] = "up"


YEARS: Final = range(1970, 9000)
"""Those of a course: in others, times can't be reckoned with."""
EVERY: Final = "every"
"""In place of an assignment: any of them."""


@dataclass(frozen=True)
class Policy:
    """Everything that a course file says. What it leaves out is as without one: marks are points."""

    out_of: float | None = None
    """The full mark; without it 100 where there are weights, all points otherwise."""
    export: Literal["marks", "points"] = "marks"
    weights: Mapping[str, float] = field(default_factory=dict)
    """By assignment or group; what is not named counts nothing. Empty: everything counts by its points."""
    groups: tuple[Group, ...] = ()
    due: Mapping[str, dt.datetime] = field(default_factory=dict)
    late: Late = Late()
    extensions: Mapping[str, Mapping[str, Extension]] = field(default_factory=dict)
    """By student, then by assignment or EVERY."""
    handed_in: Mapping[str, Mapping[str, dt.datetime]] = field(default_factory=dict)
    """Times that the platform does not tell, by student and assignment."""
    count: Count = "latest"
    attempts: int | None = None
    """How many attempts count at most, the first ones."""
    reveal: Reveal = "all"
    rounding: Rounding | None = None
    timezone: dt.tzinfo = dt.UTC
    """Of times that are written without one."""

    @property
    def earlier(self) -> bool:
        """Whether attempts other than the latest can count."""
        return self.count != "latest" or self.attempts is not None


NONE: Final = Policy()
"""What holds without a course file."""
