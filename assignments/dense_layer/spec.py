"""A dense layer of sigmoid units: a = sigma(W a_prev + b), columns are samples."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng

SHAPES: Final = (
    (3, 3, 3),  # square: every wrong product can be computed
    (4, 4, 2),  # square W
    (3, 2, 4),  # narrowing
    (2, 4, 5),  # widening
    (4, 3, 1),  # a single sample
    (3, 1, 3),  # a single unit
    (1, 3, 4),  # a single input
    (1, 1, 1),
)
"""(n_prev, n, m) of W (n, n_prev), a_prev (n_prev, m) and b (n, 1)."""


def cases(rng: Rng) -> list[Inputs]:
    """Square, narrowing and widening layers, of single units, inputs and samples too; sums where sigma is not flat."""
    found: list[Inputs] = []
    for n_prev, n, m in SHAPES:
        W = rng.normal(size=(n, n_prev)) / np.sqrt(n_prev)
        b = rng.normal(size=(n, 1)) * 0.5
        found.append((rng.normal(size=(n_prev, m)), W, b + np.copysign(0.3, b)))
    return found


assignment = Assignment(
    title="Dense layer",
    topic="Backpropagation, Intuitions: gradients for vectorized operations",
    parts=(
        Pair(
            "dense",
            inputs=("a_prev", "W", "b"),
            output="a",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            axes={"a_prev": ("n_prev", "the batch size m"), "W": ("n", "n_prev")},
            examples=(
                Example(
                    (np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[2.0, -1.0]]), np.array([[1.0]])),
                    output=[[0.73105858, 0.88079708]],
                    upstream=np.array([[1.0, -2.0]]),
                    gradients={
                        "da_prev": [[0.39322387, -0.41997434], [-0.19661193, 0.20998717]],
                        "dW": [[0.19661193, 0.60321104]],
                        "db": [[-0.01337524]],
                    },
                ),
            ),
        ),
    ),
)
