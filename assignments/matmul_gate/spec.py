"""The matrix multiply gate: D = W X."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng

SHAPES: Final = (
    (3, 3, 3),  # square: every wrong product can be computed
    (4, 4, 4),
    (4, 3, 2),  # tall W
    (2, 5, 3),  # wide W
    (3, 2, 3),  # square D
    (1, 4, 3),  # W a single row
    (3, 1, 4),  # W a single column, X a single row
    (2, 4, 1),  # X a single column
)
"""(n, k, m) of W (n, k) and X (k, m)."""


def cases(rng: Rng) -> list[Inputs]:
    """Square, tall, wide, single-row and single-column matrices."""
    return [(rng.normal(size=(n, k)), rng.normal(size=(k, m))) for n, k, m in SHAPES]


assignment = Assignment(
    title="Matrix multiply gate",
    topic="Backpropagation, Intuitions: gradients for vectorized operations",
    parts=(
        Pair(
            "matmul",
            inputs=("W", "X"),
            output="D",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            axes={"W": ("n", "k"), "X": ("k", "m")},
            examples=(
                Example(
                    (np.array([[1.0, 2.0, 0.0]]), np.array([[3.0, 1.0], [4.0, 1.0], [5.0, 1.0]])),
                    output=[[11.0, 3.0]],
                    upstream=np.array([[1.0, 10.0]]),
                    gradients={"dW": [[13.0, 14.0, 15.0]], "dX": [[1.0, 10.0], [2.0, 20.0], [0.0, 0.0]]},
                ),
            ),
        ),
    ),
)
