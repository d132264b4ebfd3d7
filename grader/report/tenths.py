"""Scores counted by tenths of the points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from grader.report.info import number

BINS: Final = 10
"""Tenths of the most points; the last one is closed at both ends, so that full marks fall in it."""


def bin_of(score: float, most: float) -> int:
    """The tenth of `most` that `score` falls in; what lies outside counts in the outermost."""
    # The ratio of two decimal scores may fall a hair below its tenth.
    tenth = int(score / most * BINS + 1e-9) if most > 0 else 0
    return min(max(tenth, 0), BINS - 1)


def bins(scores: Sequence[float], most: float) -> list[int]:
    """How many of `scores` fall in each tenth of `most`."""
    counts = [0] * BINS
    for score in scores:
        counts[bin_of(score, most)] += 1
    return counts


def labels(most: float) -> list[str]:
    """The tenths in words, "0 to 1", in points."""
    edges = [most * i / BINS for i in range(BINS + 1)]
    return [f"{number(low, 2)} to {number(high, 2)}" for low, high in pairwise(edges)]
