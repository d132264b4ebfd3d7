"""Students by checks as a picture: a row a check, a column a student, a pixel each, stretched by the page to its width.

A picture, since 3,000 students by 40 checks are 120,000 cells: as elements they would be megabytes that no browser
scrolls well, drawn by a script they would be nothing without one. As a PNG of six colours they are some ten kilobytes,
a browser that has fewer pixels than students mixes neighbours, and it prints. The table around it says the same in
figures, a row a check, for whom a picture says nothing.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from markupsafe import Markup

from grader.report.questions import CODES, CheckStats, Questions

PALETTE: Final = {
    "passed": "#8ec5a4",
    "failed": "#c8442f",
    "error": "#7a4fa8",
    "timeout": "#e3a336",
    "missing": "#b0b4ba",
    "skipped": "#9c9a9244",
}
"""Colours that differ in lightness too, so that those who see no red or green can tell them apart. What was skipped is
almost the page's own ground, in light and in dark."""


FEW: Final = 400
"""Up to so many students, each is drawn with sharp edges; beyond it, neighbours are mixed where pixels are lacking."""
TALL: Final = 12
"""Pixels that a line is high where neighbours are mixed, so that those above and below it are not."""


@dataclass(frozen=True)
class Row:
    """A row of the map: a check with its number on feedback pages, or the name of the function whose checks follow."""

    function: str
    check: CheckStats | None = None
    number: int = 0


@dataclass(frozen=True)
class HeatMap:
    """The map of one assignment: `picture` is a data URL of `columns` by `rows` pixels, empty where there are none."""

    columns: int
    rows: Sequence[Row]
    picture: Markup


def heat_map(questions: Questions, students: Sequence[str]) -> HeatMap:
    """The map with `students` from left to right; who has no graded result has a column without colour."""
    rows: list[Row] = []
    places: list[int | None] = []
    numbered = enumerate(questions.checks)
    for function, checks in groupby(numbered, key=lambda item: item[1].function):
        rows.append(Row(function))
        places.append(None)
        for place, check in checks:
            rows.append(Row(function, check, place + 1))
            places.append(place)
    marks = [questions.marks.get(student, b"") for student in students]
    lines = [
        bytes(len(marks)) if place is None else bytes(codes[place] if place < len(codes) else 0 for codes in marks)
        for place in places
    ]
    picture = _data_url(lines, 1 if len(students) <= FEW else TALL) if lines and marks else Markup()
    return HeatMap(len(students), rows, picture)


def _data_url(lines: Sequence[bytes], tall: int) -> Markup:
    return Markup(f"data:image/png;base64,{base64.b64encode(png(lines, tall)).decode()}")  # noqa: S704 no markup in it


def png(lines: Sequence[bytes], tall: int = 1) -> bytes:
    """A picture of the lines of codes, each `tall` pixels high, the code 0 being transparent."""
    colours = [bytes(4)] + [bytes.fromhex(f"{PALETTE[status][1:]:f<8}") for status in CODES]
    width = len(lines[0])
    header = struct.pack(">IIBBBBB", width, len(lines) * tall, 8, 3, 0, 0, 0)
    # A line that is as the one above it is nothing but the filter "up" and zeros.
    pixels = b"".join(b"\0" + line + (tall - 1) * (b"\2" + bytes(width)) for line in lines)
    parts = (
        (b"IHDR", header),
        (b"PLTE", b"".join(colour[:3] for colour in colours)),
        (b"tRNS", bytes(colour[3] for colour in colours)),
        (b"IDAT", zlib.compress(pixels, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
