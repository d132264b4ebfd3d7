"""Convolution over time: each row of the output is a window of x times the kernel, plus the bias."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

SHAPES: Final = (
    (6, 2, 3, 2),  # as many channels out as in: exchanged channels fit
    (5, 3, 2, 4),
    (7, 1, 3, 2),  # a single channel in
    (8, 3, 4, 1),  # a single channel out
    (4, 2, 4, 3),  # one window
    (5, 2, 1, 3),  # windows do not overlap
    (6, 3, 2, 3),
    (1, 1, 1, 1),
)
"""(t, c_in, k, c_out) of x (t, c_in) and kernel (k, c_in, c_out)."""


def cases(rng: Rng) -> list[Inputs]:
    """Kernels of several widths and channels, a single window among them."""
    return [
        (rng.normal(size=(t, c_in)), rng.normal(size=(k, c_in, c_out)), apart(rng, c_out))
        for t, c_in, k, c_out in SHAPES
    ]


assignment = Assignment(
    title="Convolution over time",
    topic="Convolutional networks: the convolutional layer and its backward pass",
    parts=(
        Pair(
            "conv1d",
            inputs=("x", "kernel", "bias"),
            output="out",
            cases=cases,
            points=Points(forward=3, backward=6, purity=1),
            axes={"x": ("the length t", "c_in"), "kernel": ("the kernel size k", "c_in", "c_out"), "bias": ("c_out",)},
            examples=(
                Example(
                    (
                        np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]]),
                        np.array([[[1.0], [2.0]], [[3.0], [-1.0]]]),
                        np.array([0.5]),
                    ),
                    output=[[6.5], [1.5]],
                    upstream=np.array([[1.0], [10.0]]),
                    gradients={
                        "dx": [[1.0, 2.0], [13.0, 19.0], [30.0, -10.0]],
                        "dkernel": [[[21.0], [10.0]], [[2.0], [31.0]]],
                        "dbias": [11.0],
                    },
                ),
            ),
        ),
    ),
)
