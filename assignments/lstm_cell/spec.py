"""The LSTM cell: z = x W + h_prev U + b, gates i, f, g, o, c = f c_prev + i g, h = o tanh(c)."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SHAPES: Final = ((3, 2), (2, 3), (1, 1), (4, 1), (1, 3), (3, 3), (2, 4))
"""(d, n): the sizes of the input and of the state. W (d, 4n) is square for (4, 1)."""
STEPS: Final = ("cell state", "gate i", "gate f", "gate g", "gate o", "weights", "inputs")


def _cell(rng: Rng, d: int, n: int) -> Inputs:
    x = apart(rng, d, gap=0.3, scale=1.0)
    h_prev = apart(rng, n, gap=0.2, scale=0.6)
    c_prev = apart(rng, n, gap=0.4, scale=1.2)
    W, U = 0.8 * rng.normal(size=(d, 4 * n)), 0.8 * rng.normal(size=(n, 4 * n))
    return x, h_prev, c_prev, W, U, 0.5 * rng.normal(size=4 * n)


def _telling(inputs: Inputs) -> bool:
    """Whether no gate is nearly closed, open or in the middle, where a lost slope would hardly show."""
    x, h_prev, _, W, U, b = inputs
    z = np.abs(x @ W + h_prev @ U + b)
    return bool(z.min() > 0.03 and z.max() < 4.0)


def cases(rng: Rng) -> list[Inputs]:
    """Cells of several sizes, one and square ones among them."""
    found: list[Inputs] = []
    for d, n in SHAPES:
        inputs = _cell(rng, d, n)
        while not _telling(inputs):
            inputs = _cell(rng, d, n)
        found.append(inputs)
    return found


assignment = Assignment(
    title="LSTM cell",
    topic="Backpropagation, Intuitions: backprop in practice, staged computation",
    parts=(
        Pair(
            "lstm_cell",
            inputs=("x", "h_prev", "c_prev", "W", "U", "b"),
            output=("h", "c"),
            cases=cases,
            points=Points(forward=2, stages=1, purity=1),
            steps=STEPS,
            loose=("db",),
            examples=(
                Example(
                    (
                        np.array([1.0, -1.0]),
                        np.array([0.5]),
                        np.array([2.0]),
                        np.array([[0.5, 1.0, -1.0, 0.0], [1.0, 0.0, 0.5, -0.5]]),
                        np.array([[1.0, 0.0, 2.0, -1.0]]),
                        np.array([0.0, 0.5, 0.25, 1.0]),
                    ),
                    output=(np.array([0.663373661]), np.array([1.5126896212])),
                    upstream=(np.array([1.0]), np.array([0.5])),
                    gradients={
                        "dx": np.array([-0.1272860516, 0.0201174881]),
                        "dh_prev": np.array([0.3744379509]),
                        "dc_prev": np.array([0.5143387521]),
                        "dW": np.array(
                            [
                                [-0.038519781, 0.1876570325, 0.2956831936, 0.1784086553],
                                [0.038519781, -0.1876570325, -0.2956831936, -0.1784086553],
                            ]
                        ),
                        "dU": np.array([[-0.0192598905, 0.0938285163, 0.1478415968, 0.0892043276]]),
                        "db": np.array([-0.038519781, 0.1876570325, 0.2956831936, 0.1784086553]),
                    },
                ),
            ),
        ),
    ),
)
