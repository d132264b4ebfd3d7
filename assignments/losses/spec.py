"""Two losses: the mean squared error, and the mean cross-entropy of a softmax over logits."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

MSE_SHAPES: Final = ((4,), (1,), (1, 5), (4, 1), (3, 3), (5, 2), (2, 4), (2, 3, 2))
LOGITS_SHAPES: Final = ((4, 4), (5, 3), (6, 2), (3, 6), (2, 5), (1, 4), (3, 3))
"""(m, n): square ones, more samples than classes, more classes than samples, and a single sample."""
FAR: Final = 1000.0


def mse_cases(rng: Rng) -> list[Inputs]:
    """Predictions, and targets that no entry of them is near to."""
    found: list[Inputs] = []
    for shape in MSE_SHAPES:
        prediction = rng.normal(size=shape)
        found.append((prediction, prediction - apart(rng, shape)))
    return found


def cross_entropy_cases(rng: Rng) -> list[Inputs]:
    """Logits of a few classes; the labels of a batch of several are not all the same."""
    found: list[Inputs] = []
    for m, n in LOGITS_SHAPES:
        labels = rng.integers(n, size=m)
        if m > 1 and np.all(labels == labels[0]):
            labels[-1] = (labels[0] + 1) % n
        found.append((1.5 * rng.normal(size=(m, n)), labels))
    return found


def extremes(rng: Rng) -> list[Inputs]:
    """Logits of +-1000: for the right class, against it, for whole rows, and huge rows beside ordinary ones."""
    rows = rng.normal(size=(3, 4)) + np.array([[FAR], [0.0], [-FAR]])
    spikes = rng.normal(size=(4, 3))
    spikes[0, 1], spikes[1, 2], spikes[2, 0] = FAR, FAR, -FAR
    return [
        (rng.normal(size=(1, 4)) + FAR, np.array([1])),
        (rng.normal(size=(2, 3)) - FAR, np.array([2, 0])),
        (rows, rng.integers(4, size=3)),
        # right with all its weight, wrong with all its weight, wrong by one logit, ordinary
        (spikes, np.array([1, 0, 0, 2])),
        (np.array([[FAR, -FAR, 999.0]]) + rng.normal(size=(1, 3)), np.array([1])),
    ]


assignment = Assignment(
    title="Losses",
    topic="Linear classification: softmax classifier; Backpropagation, Intuitions: gradients for vectorized operations",
    parts=(
        Pair(
            "mse",
            inputs=("prediction", "target"),
            output="loss",
            cases=mse_cases,
            points=Points(forward=1, backward=2, purity=0.5),
            differentiable=("prediction",),
            examples=(
                Example(
                    (np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[0.0, 2.0], [5.0, 4.0]])),
                    output=1.5,
                    upstream=1.0,
                    gradients={"dprediction": [[0.5, 0.0], [-1.0, 0.5]]},
                ),
            ),
        ),
        Pair(
            "cross_entropy",
            inputs=("logits", "labels"),
            output="loss",
            cases=cross_entropy_cases,
            points=Points(forward=1.5, backward=3, stability=1, backward_stability=0.5, purity=0.5),
            differentiable=("logits",),
            axes={"logits": ("the batch size m", "the number of classes n")},
            extremes=extremes,
            examples=(
                Example(
                    (np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([2, 0])),
                    output=0.75310913,
                    upstream=1.0,
                    gradients={
                        "dlogits": [[0.04501529, 0.12236424, -0.16737952], [-0.33333333, 0.16666667, 0.16666667]]
                    },
                ),
            ),
        ),
    ),
)
