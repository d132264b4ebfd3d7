"""Pooling over time: the largest entry of each window, and the mean of everything."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng

MAX_SHAPES: Final = (
    (12, 3, 2),  # large, so that two drawn alike differ in where their maxima are
    (7, 2, 3),  # a remainder of one row
    (8, 3, 3),  # and of two
    (6, 2, 3),
    (5, 3, 2),
    (4, 2, 1),  # windows of one row
    (9, 1, 4),
    (3, 3, 3),  # one window
    (1, 1, 1),
)
"""(t, c, size) of x (t, c)."""
NEGATIVE: Final = (0, 3)
"""The cases whose entries are all below zero."""
AVERAGE_SHAPES: Final = ((4, 4), (5, 2), (3, 5), (6, 1), (1, 3), (7, 3))
"""(t, c) of x: square, tall, wide, a single column and a single row."""


def _spaced(rng: Rng, t: int, c: int) -> np.ndarray[Any, Any]:
    """Entries of either sign, any two at least 0.2 apart: no window has a near tie."""
    n = t * c
    return np.reshape(0.3 * (rng.permutation(n) - (n - 1) / 2) + rng.uniform(0.0, 0.1, n), (t, c))


def max_cases(rng: Rng) -> list[Inputs]:
    """Windows of several sizes; where rows are left over, the first column's largest entry is among them."""
    found: list[Inputs] = []
    for i, (t, c, size) in enumerate(MAX_SHAPES):
        x = _spaced(rng, t, c)
        if i in NEGATIVE:
            x = x - np.max(x) - 0.2
        if t % size:
            top = int(np.argmax(x[:, 0]))
            x[[top, -1], 0] = x[[-1, top], 0]
        found.append((x, size))
    return found


def average_cases(rng: Rng) -> list[Inputs]:
    """Sequences of several lengths and channels."""
    return [(rng.normal(size=shape),) for shape in AVERAGE_SHAPES]


SEQUENCE: Final = np.array([[1.0, -4.0], [3.0, -2.0], [2.0, -1.0], [0.0, -3.0], [9.0, 5.0]])

assignment = Assignment(
    title="Pooling over time",
    topic="Backpropagation, Intuitions: patterns in backward flow",
    parts=(
        Pair(
            "max_pool1d",
            inputs=("x", "size"),
            output="out",
            cases=max_cases,
            points=Points(forward=2, backward=4, purity=0.5),
            differentiable=("x",),
            examples=(
                Example(
                    (SEQUENCE, 2),
                    output=[[3.0, -2.0], [2.0, -1.0]],
                    upstream=np.array([[1.0, 2.0], [3.0, 4.0]]),
                    gradients={"dx": [[0.0, 0.0], [1.0, 2.0], [3.0, 4.0], [0.0, 0.0], [0.0, 0.0]]},
                ),
            ),
        ),
        Pair(
            "global_average_pool1d",
            inputs=("x",),
            output="out",
            cases=average_cases,
            points=Points(forward=1, backward=2, purity=0.5),
            axes={"x": ("the length t", "the channels c")},
            examples=(
                Example(
                    (SEQUENCE,),
                    output=[3.0, -1.0],
                    upstream=np.array([5.0, -10.0]),
                    gradients={"dx": [[1.0, -2.0]] * 5},
                ),
            ),
        ),
    ),
)
