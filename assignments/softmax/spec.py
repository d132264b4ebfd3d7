"""Softmax over the last axis, its backward, and its Jacobian."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Function, Inputs, Pair, Points, Rng

SHAPES: Final = ((5,), (3,), (3, 5), (4, 4), (4, 2), (1, 5), (2, 3, 4))
"""A square batch is among them: there, sums without keepdims fit and are wrong."""


def cases(rng: Rng) -> list[Inputs]:
    """Logits of a few units, over single rows and batches."""
    return [(1.5 * rng.normal(size=shape),) for shape in SHAPES]


def vectors(rng: Rng) -> list[Inputs]:
    """Logits for the Jacobian: (n,)."""
    return [(1.5 * rng.normal(size=n),) for n in (2, 3, 4, 5, 7)]


def _shifted(rng: Rng, shape: int | tuple[int, ...], shift: float) -> np.ndarray:
    return rng.normal(size=shape) + shift


def extremes(rng: Rng) -> list[Inputs]:
    """Logits of +-1000, one by one and together, and a huge row beside a small one."""
    rows = np.stack([_shifted(rng, 4, 1000.0), _shifted(rng, 4, 0.0), _shifted(rng, 4, -1000.0)])
    spikes = rng.normal(size=(2, 5))
    spikes[0, 1], spikes[1, 3] = 1000.0, -1000.0
    return [
        (_shifted(rng, 4, 1000.0),),
        (_shifted(rng, 4, -1000.0),),
        (np.array([1000.0, -1000.0, 999.0]),),
        (rows,),
        (spikes,),
        (rows.reshape(3, 1, 4),),
    ]


def extreme_vectors(rng: Rng) -> list[Inputs]:
    """The extremes that are vectors."""
    return extremes(rng)[:3]


assignment = Assignment(
    title="Softmax",
    topic="Backpropagation, Intuitions: gradients for vectorized operations",
    parts=(
        Pair(
            "softmax",
            inputs=("a",),
            output="p",
            cases=cases,
            points=Points(forward=2, backward=3, stability=1, backward_stability=0.5, purity=0.5),
            extremes=extremes,
            examples=(
                Example(
                    (np.array([1.0, 2.0, 3.0]),),
                    output=[0.09003057, 0.24472847, 0.66524096],
                    upstream=np.array([1.0, 0.0, 0.0]),
                    gradients={"da": [0.08192507, -0.02203304, -0.05989202]},
                ),
            ),
        ),
        Function(
            "softmax_jacobian",
            inputs=("a",),
            output="J",
            cases=vectors,
            points=Points(forward=2, stability=1),
            extremes=extreme_vectors,
            examples=(
                Example(
                    (np.array([1.0, 2.0, 3.0]),),
                    output=[
                        [0.08192507, -0.02203304, -0.05989202],
                        [-0.02203304, 0.18483645, -0.16280340],
                        [-0.05989202, -0.16280340, 0.22269543],
                    ],
                ),
            ),
        ),
    ),
)
