"""L2 regularization: cost = data_loss + lambd/(2 m) * the sum of all squared weights."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SHAPES: Final = (
    ((2, 3),),
    ((3, 2), (2, 2)),
    ((1, 4), (4, 1)),
    ((3, 3), (3, 3), (3, 3)),  # of one shape: a list that numpy would take for an array
    ((1, 1),),
    ((2, 4), (1, 2), (3, 1)),
    ((4, 3), (2, 4), (2, 2), (1, 2)),
)
"""Of the matrices in each case's list."""
SAMPLES: Final = (5, 3, 7, 4, 6, 9, 8)
"""The m of each case. None is 1 or 2, where a lost m or a lost 2 would not show."""


def cases(rng: Rng) -> list[Inputs]:
    """Lists of one to four matrices; data loss and penalty are of like size, so that neither hides the other."""
    found: list[Inputs] = []
    for shapes, m in zip(SHAPES, SAMPLES, strict=True):
        weights = [apart(rng, shape, gap=0.3, scale=1.0) for shape in shapes]
        squares = sum(float(np.sum(W**2)) for W in weights)
        penalty = rng.uniform(0.3, 1.5)
        lambd = round(float(2 * m * penalty / squares), 3)
        found.append((float(rng.uniform(0.2, 2.0)), weights, lambd, m))
    return found


assignment = Assignment(
    title="L2 regularization",
    topic="Backpropagation, Intuitions: patterns in backward flow",
    parts=(
        Pair(
            "l2",
            inputs=("data_loss", "weights", "lambd", "m"),
            output="cost",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            differentiable=("data_loss", "weights"),
            examples=(
                Example(
                    (0.5, [np.array([[1.0, -2.0]]), np.array([[3.0], [-1.0]])], 0.4, 4),
                    output=1.25,
                    upstream=2.0,
                    gradients={
                        "ddata_loss": 2.0,
                        "dweights": [np.array([[0.2, -0.4]]), np.array([[0.6], [-0.2]])],
                    },
                ),
            ),
        ),
    ),
)
