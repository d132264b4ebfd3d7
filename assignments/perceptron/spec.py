"""The perceptron: o = sigma(x W), loss = 1/2 sum (o - t)^2."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SHAPES: Final = (
    (3, 3),  # square: every transposed product fits
    (4, 2),
    (2, 5),
    (5, 1),  # the single-output perceptron
    (1, 4),  # a single input
    (1, 1),
    (4, 4),
)
"""(j, k) of W (j, k)."""


def _weights(rng: Rng, x: np.ndarray) -> np.ndarray:
    """One unit's weights, whose sum is neither near 0, where sigma is nearly a line, nor where it is flat."""
    while True:
        w = rng.normal(size=len(x))
        if 0.3 < abs(x @ w) < 2.5:
            return w


def _target(rng: Rng, o: float) -> float:
    """A target between 0 and 1 that the output misses clearly."""
    while True:
        t = float(rng.uniform(0.05, 0.95))
        if abs(o - t) > 0.15:
            return t


def cases(rng: Rng) -> list[Inputs]:
    """Layers of several shapes; targets lie on either side of the outputs."""
    found: list[Inputs] = []
    for j, k in SHAPES:
        x = apart(rng, j, gap=0.4, scale=1.2)
        W = np.stack([_weights(rng, x) for _ in range(k)], axis=1)
        t = np.array([_target(rng, o) for o in 1 / (1 + np.exp(-x @ W))])
        found.append((W, x, t))
    return found


assignment = Assignment(
    title="Perceptron",
    topic="Backpropagation, Intuitions: modularity, the sigmoid example",
    parts=(
        Pair(
            "perceptron",
            inputs=("W", "x", "t"),
            output="loss",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            differentiable=("W",),
            examples=(
                Example(
                    (np.array([[1.0, 0.0], [0.5, -0.5]]), np.array([1.0, 2.0]), np.array([1.0, 0.0])),
                    output=0.04326941,
                    upstream=1.0,
                    gradients={"dW": [[-0.01251554, 0.05287709], [-0.02503108, 0.10575419]]},
                ),
            ),
        ),
    ),
)
