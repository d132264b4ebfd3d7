"""Scaled square: y = c x^2, entry by entry. Replace it by your own function."""

from __future__ import annotations

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SHAPES = ((3,), (5,), (1,), (2, 3), (3, 3), (1, 4), (4, 1))
"""A shape that students forget is the one to add here: single rows, single columns, squares."""


def cases(rng: Rng) -> list[Inputs]:
    """The inputs (x, c) of every case: x clear of 0, where its gradient would hide a mistake, and c a plain number."""
    return [(apart(rng, shape), float(rng.uniform(0.5, 2.0))) for shape in SHAPES]


assignment = Assignment(
    title="Scaled square",
    topic="Backpropagation, Intuitions: simple expressions and interpretation of the gradient",
    parts=(
        Pair(
            "scaled_square",
            inputs=("x", "c"),
            output="y",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            examples=(
                Example(
                    (np.array([1.0, -2.0, 3.0]), 0.5),
                    output=[0.5, 2.0, 4.5],
                    upstream=np.array([1.0, -1.0, 2.0]),
                    gradients={"dx": [1.0, 2.0, 6.0], "dc": 15.0},
                ),
            ),
        ),
    ),
)
