"""What a layout makes of a download: who handed in which entries, and what the platform says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from grader import intake
from grader.errors import UsageError
from grader.places import Entry, Place
from grader.result import Problem


@dataclass(frozen=True, slots=True)
class Part:
    """An entry of a place that belongs to a submission."""

    entry: str
    called: str = ""
    """What the student called the file, where the platform has renamed it."""
    typed: bool = False
    """Whether it was typed into the platform's text box."""


@dataclass(frozen=True, slots=True)
class Handin:
    """One submission as a platform holds it."""

    name: str
    """What its student is called where no roster says otherwise; no two students of a download share it."""
    ids: Mapping[str, str]
    """As in `Origin.ids`."""
    parts: tuple[Part, ...]
    late: bool | None = None
    submitted: str | None = None
    order: int = 0
    """Larger is later, where the platform numbers what is handed in."""
    attempt: int = 1
    """Its number among the attempts that the platform tells of."""
    problems: tuple[Problem, ...] = ()
    times: Mapping[str, str] = field(default_factory=dict)
    """As in `Origin.times`."""
    earlier: tuple[Handin, ...] = ()
    """The attempts before it that the download holds too, in their order."""


@dataclass(frozen=True)
class Look:
    """What a layout may look at: names, and files of the platform's own."""

    place: Place
    entries: tuple[Entry, ...]
    """Hidden ones too."""
    known: tuple[str, ...] = ()
    """The assignments' names."""
    logins: frozenset[str] = frozenset()
    """The GitHub user names of the roster, in lower case."""
    name: str = ""
    """What the place is called."""

    @cached_property
    def visible(self) -> list[Entry]:
        """The entries, sorted, without what systems and tools leave behind."""
        return sorted((e for e in self.entries if not intake.is_noise(e.name)), key=attrgetter("name"))


@dataclass(frozen=True)
class Found:
    """How a layout understands a place."""

    handins: list[Handin]
    strays: list[str] = field(default_factory=list)
    """Entries that the layout does not explain."""
    sure: bool = False
    """Whether an ordinary folder can't look so by chance."""
    place: Place | None = None
    """Where the entries lie, if not in the place that was looked at."""
    notes: tuple[str, ...] = ()
    """What was assumed, and what is worth telling."""


Layout = Callable[[Look], Found]


def inside(place: Place, name: str) -> list[Entry] | None:
    """What lies in a folder of a place; None where it can't be listed, which reading it will complain of."""
    try:
        return place.within(name).entries()[0]
    except UsageError:
        return None
