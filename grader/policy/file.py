"""course.toml: read, and checked key by key. docs/policies.md goes through it.

What is wrong is one line: the file, the key, what is wrong with it, and what to write instead.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import tomllib
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from grader.errors import StoreError, UsageError
from grader.policy.rules import EVERY, YEARS, Extension, Group, Late, Policy, Rounding
from grader.report.escape import line

NAME: Final = "course.toml"
LIMIT: Final = 4 << 20
"""Bytes of a course file: thousands of extensions fit."""
MOST_PLACES: Final = 6
LONGEST: Final = dt.timedelta(days=3660)
"""Of spans."""
_UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN: Final = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*(min|[smhdw])\s*")
KEYS: Final = "out_of export timezone weights groups due late extensions handed_in attempts feedback rounding".split()


def text_of(path: Path) -> str:
    """The text of a course file. Raises UsageError where there is none to be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{line(str(path))} can't be read ({error.strerror or error}): name a course file") from None
    if len(data) > LIMIT:
        raise UsageError(f"{line(str(path))} is larger than {LIMIT >> 20} MiB: that is no course file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{line(str(path))} is not in UTF-8: save it as UTF-8") from None


def parse(text: str, name: str, known: Iterable[str] | None = None) -> Policy:
    """The policy in a course file's text, `name` being what the file is called. Raises UsageError.

    Where the course's assignments are `known`, no other may be named.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise UsageError(f"{line(name)} is not TOML: {line(str(error))}; mend that line") from None
    return read(table, name, known)


def read(table: Mapping[str, Any], name: str, known: Iterable[str] | None = None) -> Policy:
    """The policy in what a file holds. Raises UsageError."""
    return _Reader(name, None if known is None else sorted(known)).policy(table)


def remembered(text: str, name: str) -> Policy:
    """The policy that a run remembers. Raises StoreError: it was checked before it was written."""
    try:
        return parse(text, name)
    except UsageError as error:
        raise StoreError(f"the course file that the run remembers is none: {error}; give it by --policy") from error


class _Reader:
    """Reads one file."""

    def __init__(self, name: str, known: list[str] | None) -> None:
        self.name = name
        self.known = known
        self.zone: dt.tzinfo = dt.UTC

    def policy(self, table: Mapping[str, Any]) -> Policy:
        self.only(table, "", KEYS)
        self.zone = self.timezone(table.get("timezone", "UTC"))
        groups = tuple(self.group(name, entry) for name, entry in self.table(table, "groups").items())
        self.apart(groups)
        weights = {
            self.weighed(name, groups): self.number(value, f"weights.{name}", 0)
            for name, value in self.table(table, "weights").items()
        }
        self.once(weights, groups)
        attempts = self.table(table, "attempts", ("count", "most"))
        feedback = self.table(table, "feedback", ("reveal",))
        return Policy(
            out_of=self.maybe(table, "out_of", lambda v, k: self.number(v, k, 0, above=True)),
            export=self.choice(table.get("export", "marks"), "export", ("marks", "points")),
            weights=weights,
            groups=groups,
            due={self.assignment(n, "due"): self.time(v, f"due.{n}") for n, v in self.table(table, "due").items()},
            late=self.late(self.table(table, "late", ("penalty", "per", "grace", "most", "flagged", "of"))),
            extensions={
                student: self.extension(student, entry) for student, entry in self.table(table, "extensions").items()
            },
            handed_in={
                student: {
                    self.assignment(n, f"handed_in.{student}"): self.time(v, f"handed_in.{student}.{n}")
                    for n, v in self.given(entry, f"handed_in.{student}").items()
                }
                for student, entry in self.table(table, "handed_in").items()
            },
            count=self.choice(attempts.get("count", "latest"), "attempts.count", ("latest", "best", "first")),
            attempts=self.maybe(attempts, "most", lambda v, _: self.whole(v, "attempts.most", 1, 10_000)),
            reveal=self.choice(
                feedback.get("reveal", "all"), "feedback.reveal", ("none", "verdicts", "one case", "all")
            ),
            rounding=self.rounding(table),
            timezone=self.zone,
        )

    # --- parts --------------------------------------------------------------------------------------------------------

    def group(self, name: str, entry: object) -> Group:
        key = f"groups.{name}"
        found = self.given(entry, key, ("assignments", "drop"))
        if self.known is not None and name in self.known:
            raise self.wrong(key, "is called like an assignment", "call the group otherwise")
        names = found.get("assignments")
        if not isinstance(names, list) or not names:
            raise self.wrong(f"{key}.assignments", "is no list of names", 'write assignments = ["softmax", "dropout"]')
        members = tuple(self.assignment(each, f"{key}.assignments") for each in names)
        if len(set(members)) < len(members):
            raise self.wrong(f"{key}.assignments", "names an assignment twice", "name each once")
        return Group(name, members, self.whole(found.get("drop", 0), f"{key}.drop", 0, len(members) - 1))

    def apart(self, groups: Iterable[Group]) -> None:
        """No assignment is in two groups."""
        owners: dict[str, str] = {}
        for group in groups:
            for name in group.assignments:
                if name in owners:
                    other = owners[name]
                    raise self.wrong(
                        f"groups.{group.name}.assignments", f"names {name}, which is in groups.{other}", "choose one"
                    )
                owners[name] = group.name

    def weighed(self, name: str, groups: Iterable[Group]) -> str:
        """The name of a group or an assignment."""
        return name if any(group.name == name for group in groups) else self.assignment(name, "weights")

    def once(self, weights: Mapping[str, float], groups: Iterable[Group]) -> None:
        """A group's weight is its own, or that of its assignments together."""
        for group in groups:
            both = next((name for name in group.assignments if name in weights), None)
            if both and group.name in weights:
                raise self.wrong(
                    f"weights.{both}", f"is in the group {group.name}, which has a weight too", "weigh one of the two"
                )
        if weights and not sum(weights.values()):
            raise self.wrong("weights", "are all 0", "give something a weight")

    def late(self, found: Mapping[str, Any]) -> Late:
        plain = Late()
        percent = {
            name: self.number(found[name], f"late.{name}", 0, 100)
            for name in ("penalty", "most", "flagged")
            if name in found
        }
        late = Late(
            penalty=percent.get("penalty", plain.penalty),
            per=self.choice(found.get("per", plain.per), "late.per", ("once", "hour", "day")),
            grace=self.span(found["grace"], "late.grace") if "grace" in found else plain.grace,
            most=percent.get("most", plain.most),
            flagged=percent.get("flagged"),
            of=self.choice(found.get("of", plain.of), "late.of", ("earned", "full")),
        )
        if found and "penalty" not in found:
            raise self.wrong("late.penalty", "is not there", "write penalty = 10 for 10 percent")
        return late

    def extension(self, student: str, entry: object) -> dict[str, Extension]:
        key = f"extensions.{student}"
        if not isinstance(entry, dict):
            return {EVERY: self.longer(entry, key)}
        return {
            EVERY if name == EVERY else self.assignment(name, key): self.longer(value, f"{key}.{name}")
            for name, value in entry.items()
        }

    def longer(self, value: object, key: str) -> Extension:
        if isinstance(value, dt.datetime):
            return Extension(until=self.time(value, key))
        if isinstance(value, str):
            return Extension(longer=self.span(value, key))
        raise self.wrong(key, "is neither a time nor a span", 'write "2d", or a time such as 2026-03-01T23:59:00+01:00')

    def rounding(self, table: Mapping[str, Any]) -> Rounding | None:
        if "rounding" not in table:
            return None
        found, plain = self.table(table, "rounding", ("what", "places", "half")), Rounding()
        return Rounding(
            self.choice(found.get("what", plain.what), "rounding.what", ("mark", "assignments", "both")),
            self.whole(found.get("places", plain.places), "rounding.places", 0, MOST_PLACES),
            self.choice(found.get("half", plain.half), "rounding.half", ("up", "even")),
        )

    # --- values -------------------------------------------------------------------------------------------------------

    def table(self, table: Mapping[str, Any], key: str, keys: Iterable[str] | None = None) -> dict[str, Any]:
        return self.given(table.get(key, {}), key, keys)

    def given(self, value: object, key: str, keys: Iterable[str] | None = None) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(key, "is no table", f"begin it with a line [{key}]")
        if keys is not None:
            self.only(value, f"{key}.", keys)
        return value

    def only(self, table: Mapping[str, Any], prefix: str, keys: Iterable[str]) -> None:
        known = list(keys)
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                raise self.wrong(f"{prefix}{key}", "is no key of a course file", hint)

    def assignment(self, name: object, key: str) -> str:
        if not isinstance(name, str):
            raise self.wrong(key, f"holds {name!r}, no name", "write assignments' names in quotes")
        if self.known is not None and name not in self.known:
            near = difflib.get_close_matches(name, self.known, 1)
            hint = f"did you mean {near[0]}?" if near else "`grader list` shows the assignments"
            raise self.wrong(key, f"names {name!r}, no assignment of the course", hint)
        return name

    def number(self, value: object, key: str, low: float, high: float = 1e6, *, above: bool = False) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, f"is {value!r}, no number", "write a number")
        if not low <= value <= high or (above and value == low):
            raise self.wrong(key, f"is {value}", f"write a number {'above' if above else 'from'} {low:g} to {high:g}")
        return float(value)

    def whole(self, value: object, key: str, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, f"is {value!r}", f"write a whole number from {low} to {high}")
        return value

    def choice(self, value: object, key: str, choices: tuple[str, ...]) -> Any:
        if value not in choices:
            raise self.wrong(key, f"is {value!r}", f"write {', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}")
        return value

    def maybe(self, table: Mapping[str, Any], key: str, read: Callable[[Any, str], Any]) -> Any:
        return read(table[key], key) if key in table else None

    def time(self, value: object, key: str) -> dt.datetime:
        if not isinstance(value, dt.datetime) or value.year not in YEARS:
            raise self.wrong(key, f"is {value!r}, no time", "write one such as 2026-03-01T23:59:00+01:00")
        return value if value.tzinfo else value.replace(tzinfo=self.zone)

    def span(self, value: object, key: str) -> dt.timedelta:
        match = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise self.wrong(key, f"is {value!r}, no span of time", 'write "15m", "12h", "2d" or "1w"')
        span = dt.timedelta(**{_UNITS[match[2]]: float(match[1])})
        if span > LONGEST:
            raise self.wrong(key, f"is {value!r}", f"write no more than {LONGEST.days} days")
        return span

    def timezone(self, value: object) -> dt.tzinfo:
        try:
            return dt.UTC if value == "UTC" else zoneinfo.ZoneInfo(str(value))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise self.wrong(
                "timezone", f"is {value!r}, no time zone here", 'write one such as "Europe/Berlin"'
            ) from None

    def wrong(self, key: str, what: str, instead: str) -> UsageError:
        return UsageError(f"{line(self.name)}: {line(key)} {line(what)}: {instead}")
