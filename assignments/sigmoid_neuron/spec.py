"""The sigmoid neuron: f = sigma(w0 x0 + w1 x1 + w2)."""

from __future__ import annotations

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

CASES = 8


def cases(rng: Rng) -> list[Inputs]:
    """Weights and inputs whose sum is neither near 0, where sigma is nearly a line, nor where it is flat."""
    found: list[Inputs] = []
    while len(found) < CASES:
        w, x = apart(rng, 3), apart(rng, 2)
        if 0.3 < abs(w[:2] @ x + w[2]) < 2.5:
            found.append((w, x))
    return found


assignment = Assignment(
    title="Sigmoid neuron",
    topic="Backpropagation, Intuitions: modularity, the sigmoid example",
    parts=(
        Pair(
            "sigmoid_neuron",
            inputs=("w", "x"),
            output="f",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            examples=(
                Example(
                    (np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])),
                    output=0.7310585786300049,
                    upstream=1.0,
                    gradients={
                        "dw": [-0.19661193, -0.39322387, 0.19661193],
                        "dx": [0.39322387, -0.58983580],
                    },
                ),
            ),
        ),
    ),
)
