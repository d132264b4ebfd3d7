"""Distributions of scores as inline SVG: ten bars, drawn by a template in the colours of the page's style sheet.

One drawing serves light, dark and paper. What it shows it also says, in its description.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from grader.report import pages
from grader.report.info import number, plural
from grader.report.tenths import BINS, bins, labels

FILLED: Final = 0.84
"""The share of a bar's place that the bar takes."""


@dataclass(frozen=True)
class _Size:
    """How large a drawing is, in its own units, and how many ticks its axes have at most."""

    width: int
    height: int
    left: int
    bottom: int
    across: int
    """Ticks along the points."""
    up: int = 3
    """Ticks along the students."""
    top: int = 18
    right: int = 10


_LARGE: Final = _Size(580, 240, left=52, bottom=44, across=10)
_SMALL: Final = _Size(340, 160, left=34, bottom=22, across=6)


def histogram(
    scores: Sequence[float], most: float, *, name: str, title: str, small: bool = False, absent: int = 0
) -> Markup:
    """The distribution of `scores` out of `most` points as an inline SVG.

    `name` keeps the ids of several drawings on one page apart; `title` is what a screen reader says first. `absent` of
    the scores are of those who handed nothing in, and make a paler part of the first bar.
    """
    size = _SMALL if small else _LARGE
    counts = bins(scores, most)
    # Without points there is one bar; it stands in a drawing of one point's width.
    most = most if most > 0 else 1.0
    highest = max(*counts, 1)
    step = (size.width - size.left - size.right) / BINS
    ground = size.height - size.bottom
    unit = (ground - size.top) / highest
    drawn = pages.template("histogram.svg.jinja").render(
        size=size,
        small=small,
        name=name,
        title=title,
        description=_description(scores, counts, most, absent),
        ground=ground,
        absent=(size.left + step * (1 - FILLED) / 2, ground - unit * absent, step * FILLED, unit * absent)
        if absent
        else None,
        bars=[
            (size.left + step * (i + (1 - FILLED) / 2), ground - unit * count, step * FILLED, unit * count, count)
            for i, count in enumerate(counts)
            if count
        ],
        across=[(size.left + step * BINS * value / most, number(value, 2)) for value in ticks(most, size.across)],
        up=[(ground - unit * value, f"{value:,.0f}") for value in ticks(highest, size.up, whole=True)],
    )
    return Markup(drawn)  # noqa: S704 rendered with autoescape


def small_bars(counts: Sequence[int]) -> Markup:
    """Ten bars and nothing else, to stand in a row of a table beside figures that say the rest."""
    highest = max(*counts, 1)
    # A bar of one among thousands is still to be seen.
    path = "".join(f"M{10 * i + 1} 24v-{max(23 * c / highest, 1.5):.4g}h8V24z" for i, c in enumerate(counts) if c)
    return Markup('<svg class="bars" aria-hidden="true" viewBox="0 0 100 24"><path d="{}"/></svg>').format(path)


def ticks(most: float, count: int, *, whole: bool = False) -> list[float]:
    """At most `count` equal steps from 0 to `most`, of 1, 2 or 5 times a power of ten."""
    size = next(size for size in _steps(most / count) if size >= most / count and (size >= 1 or not whole))
    return [i * size for i in range(math.floor(most / size + 1e-9) + 1)]


def _steps(least: float) -> Iterator[float]:
    power = math.floor(math.log10(least))
    while True:
        yield from (factor * 10.0**power for factor in (1, 2, 5))
        power += 1


def _description(scores: Sequence[float], counts: Sequence[int], most: float, absent: int) -> str:
    if not scores:
        return "Nothing is graded yet."
    parts = [f"{label} points: {count}" for label, count in zip(labels(most), counts, strict=True) if count]
    nothing = f" Of the first, {absent} handed nothing in." if absent else ""
    return f"{plural(len(scores), 'score')}. {'; '.join(parts)}.{nothing}"
