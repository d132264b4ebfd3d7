"""Batch normalisation: each column of x by its own mean and variance, then scaled and shifted."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SHAPES: Final = (
    (4, 4, 1.0, 1e-5),  # square: sums over the wrong axis fit
    (5, 2, 1.2, 1e-3),
    (4, 3, 0.3, 0.05),
    (6, 1, 0.25, 0.02),
    (3, 5, 0.2, 0.1),
    (7, 3, 2.0, 1e-5),
    (3, 4, 0.3, 0.1),
    # Nothing depends on the entries of a single sample, so that differences say nothing: wide enough that the gradient
    # check, which takes the smallest cases, leaves it out.
    (1, 14, 1.0, 0.01),
)
"""(m, n) of x, the standard deviation that it is drawn with, and eps.

Variances of 0.1 and less with an eps that is not small beside them: only there do mistakes with eps show clearly.
"""


def _batch(rng: Rng, m: int, n: int, deviation: float) -> np.ndarray[Any, Any]:
    """Columns whose means are not 0 and whose deviations are at least half of what was asked for.

    Means are of the size of the deviations: beside larger ones, float32 would lose the digits that are judged.
    """
    x = rng.normal(size=(m, n))
    while m > 1 and np.min(np.std(x, axis=0)) < 0.5:
        x = rng.normal(size=(m, n))
    return np.asarray(deviation * (x + apart(rng, n, gap=0.4, scale=0.8)))


def cases(rng: Rng) -> list[Inputs]:
    """Batches of several shapes and spreads, a single column and a single sample among them."""
    return [
        (_batch(rng, m, n, deviation), apart(rng, n, gap=0.4), apart(rng, n), eps) for m, n, deviation, eps in SHAPES
    ]


assignment = Assignment(
    title="Batch normalisation",
    topic="Backpropagation, Intuitions: gradients add up at forks; batch normalisation",
    parts=(
        Pair(
            "batchnorm",
            inputs=("x", "gamma", "beta", "eps"),
            output="out",
            cases=cases,
            points=Points(forward=3, stages=2, purity=1),
            differentiable=("x", "gamma", "beta"),
            steps=("dbeta", "dgamma", "dx"),
            extras=("dxhat", "dvar", "dmean"),
            axes={"x": ("the batch size m", "n"), "gamma": ("n",), "beta": ("n",)},
            examples=(
                Example(
                    (np.array([[1.0, 4.0], [2.0, 0.0], [6.0, 2.0]]), np.array([2.0, 1.0]), np.array([0.5, -1.0]), 0.1),
                    output=[[-1.33211445, 0.20240722], [-0.41605722, -2.20240722], [3.24817167, -1.0]],
                    upstream=np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]),
                    gradients={
                        "dx": [[0.35446503, -0.31146693], [-0.43347230, -0.28973668], [0.07900727, 0.60120361]],
                        "dgamma": [-0.91605722, -1.20240722],
                        "dbeta": [1.0, 3.0],
                    },
                ),
            ),
        ),
    ),
)
