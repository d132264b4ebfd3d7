"""How late an attempt came, and what that costs."""

from __future__ import annotations

import datetime as dt
import math
import re
import zoneinfo
from dataclasses import dataclass
from typing import Final

from grader.policy.rules import EVERY, UNITS, YEARS, Extension, Late, Policy
from grader.result import Origin, Result

_OFFSET: Final = re.compile(r"(?<=\d)\s+(?=[+-]\d\d)")
_ZONE: Final = re.compile(r"(?<=\d)\s*(?P<zone>[A-Za-z][\w/+-]*)")


@dataclass(frozen=True)
class Lateness:
    """What is known of an attempt's time, and the percent that it loses."""

    percent: float = 0.0
    due: dt.datetime | None = None
    """With the student's extension."""
    extension: Extension | None = None
    handed_in: dt.datetime | None = None
    by: dt.timedelta | None = None
    """How late; None where that is not known."""
    units: int = 0
    """Hours or days begun."""
    flag: bool | None = None
    """What the platform says."""
    remark: str = ""
    """What had to be assumed."""


def lateness(result: Result, policy: Policy, *, latest: bool = True) -> Lateness:
    """How late a result's attempt came. Whatever is not known is taken in the student's favour, and said.

    `latest`: whether it is the attempt that a time given by hand is about.
    """
    flag = result.origin.late if result.origin else None
    if not policy.late.penalty and policy.late.flagged is None:
        return Lateness(flag=flag)
    given = policy.extensions.get(result.student, {})
    extension = given.get(result.assignment) or given.get(EVERY)
    due = _due(policy.due.get(result.assignment), extension)
    by_hand = policy.handed_in.get(result.student, {}).get(result.assignment) if latest else None
    told = submitted(result)
    when = by_hand or (moment(told, policy.timezone) if told else None)
    if due is not None and when is not None:
        by = max(when - due, dt.timedelta())
        units = _units(by, policy.late)
        return Lateness(_percent(units, policy.late), due, extension, when, by, units, flag)
    if not flag:
        unread = f"the time {told!r} can't be read" if told and when is None and due is not None else ""
        return Lateness(0.0, due, extension, when, flag=flag, remark=unread)
    if extension is not None:
        remark = "late, says the platform, and not how late: the extension is taken to cover it"
        return Lateness(0.0, due, extension, when, flag=flag, remark=remark)
    percent = policy.late.flagged if policy.late.flagged is not None else policy.late.penalty
    missing = "how late" if when is None else "when it was due"
    remark = f"late, says the platform; {missing} is not known"
    return Lateness(min(percent, policy.late.most), due, None, when, flag=flag, remark=remark)


def submitted(result: Result) -> str:
    """When the file that counts was handed in, as its platform writes it; empty where that is not told."""
    origin = result.origin or Origin(layout="plain")
    folder = result.files[0].name.split("/")[1:2] if result.files else []
    return next((origin.times[name] for name in folder if name in origin.times), origin.submitted or "")


def moment(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    """A platform's time; one without a zone is `zone`'s, a date is its first moment. None for anything else."""
    text = _OFFSET.sub("", text.strip())
    if (match := _ZONE.search(text)) and match["zone"] != "T" and match.end() == len(text):
        named = _zone(match["zone"])
        if named is None:
            return None
        text, zone = text[: match.start()], named
    try:
        when = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return (when if when.tzinfo else when.replace(tzinfo=zone)) if when.year in YEARS else None


def _zone(name: str) -> dt.tzinfo | None:
    if name.upper() in {"Z", "UTC", "GMT"}:
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name) if "/" in name else None  # what "CST" is depends on whom you ask
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _due(due: dt.datetime | None, extension: Extension | None) -> dt.datetime | None:
    """The due time with an extension, which never makes it earlier."""
    if extension is None or due is None:
        return due
    return max(due + extension.longer, extension.until or due)


def _units(by: dt.timedelta, late: Late) -> int:
    if by <= late.grace:
        return 0
    return 1 if late.per == "once" else math.ceil(by / UNITS[late.per])


def _percent(units: int, late: Late) -> float:
    return min(units * late.penalty, late.most)
