"""The multilayer perceptron: a sigmoid layer for each matrix of weights, loss = 1/2 sum (o - t)^2."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SIZES: Final = (
    (3, 3, 3, 3),  # all square: products with the wrong layer's weights, and transposed ones, fit
    (3, 2),
    (2, 3, 2),
    (4, 2, 3, 2),
    (2, 3, 4, 3, 2),
    (1, 3, 1),
    (3, 1, 2, 4, 1),
    (2, 2, 2, 2, 2),
)
"""(n0, ..., nL) of a network with L layers."""
STEPS: Final = ("output layer", "layer 2 from the end", "layer 3 from the end", "layer 4 from the end")


def _unit(rng: Rng, a: np.ndarray) -> np.ndarray:
    """One unit's weights, whose sum is neither near 0, where sigma is nearly a line, nor where it is flat."""
    while True:
        w: np.ndarray = 2.0 * rng.normal(size=len(a)) / np.sqrt(max(1.0, a @ a))
        if 0.4 < abs(a @ w) < 1.8:
            return w


def _target(rng: Rng, o: float) -> float:
    """A target between 0 and 1 that the output misses clearly."""
    while True:
        t = float(rng.uniform(0.05, 0.95))
        if abs(o - t) > 0.15:
            return t


def cases(rng: Rng) -> list[Inputs]:
    """Networks of one to four layers; targets lie on either side of the outputs."""
    found: list[Inputs] = []
    for sizes in SIZES:
        x = apart(rng, sizes[0], gap=0.4, scale=1.2)
        a, weights = x, []
        for n in sizes[1:]:
            weights.append(np.stack([_unit(rng, a) for _ in range(n)], axis=1))
            a = 1 / (1 + np.exp(-a @ weights[-1]))
        found.append((x, weights, np.array([_target(rng, o) for o in a])))
    return found


assignment = Assignment(
    title="Multilayer perceptron",
    topic="Backpropagation, Intuitions: modularity, the sigmoid example",
    parts=(
        Pair(
            "mlp",
            inputs=("x", "weights", "t"),
            output="loss",
            cases=cases,
            points=Points(forward=2, stages=1.75, purity=1),
            differentiable=("weights",),
            steps=STEPS,
            examples=(
                Example(
                    (
                        np.array([1.0, -2.0]),
                        [np.array([[0.5, -1.0], [0.25, 0.5]]), np.array([[2.0], [-1.0]])],
                        np.array([0.2]),
                    ),
                    output=0.1285180957,
                    upstream=1.0,
                    gradients={
                        "dweights": [
                            np.array([[0.0525127958, -0.0110270134], [-0.1050255916, 0.0220540268]]),
                            np.array([[0.0525127958], [0.0125193574]]),
                        ]
                    },
                ),
            ),
        ),
    ),
)
