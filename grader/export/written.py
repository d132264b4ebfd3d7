"""What a format makes of the marks: bytes, and what the instructor has to know of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from grader.export.marks import Marks
from grader.report.escape import line

MOST: Final = 10
"""Names of a list that is told."""


@dataclass(frozen=True)
class Written:
    """The files of an export by their names from its place down; "" where the place is one file itself."""

    files: dict[str, bytes]
    remarks: list[str] = field(default_factory=list)
    complete: bool = True
    """Whether every mark of the run is in it."""


def told(what: str, names: Iterable[str]) -> list[str]:
    """A line that lists somebody; no line for nobody."""
    found = list(names)
    some = ", ".join(line(name, 60) for name in found[:MOST])
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return [f"{what}: {some}{more}"] if found else []


def left_empty(marks: Marks) -> list[str]:
    """The line on those who have no mark, and get none."""
    return told("not graded, left empty", marks.ungraded)
