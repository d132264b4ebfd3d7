"""The matrix multiply gate: D = W X."""

from __future__ import annotations

from typing import Final

from grader.assignment import Assignment, Inputs, Pair, Points, Rng

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
        ),
    ),
)
