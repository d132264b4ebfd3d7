"""Elementwise activations: sigmoid, ReLU, leaky ReLU and tanh."""

from __future__ import annotations

from typing import Final

import numpy as np

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

Shape = tuple[int, ...]

SHAPES: Final[tuple[Shape, ...]] = ((5,), (1,), (1, 1), (1, 4), (5, 1), (3, 4), (4, 4), (2, 3, 4))
EXAMPLE: Final = np.array([[1.0, -2.0], [-0.5, 3.0]])
UPSTREAM: Final = np.array([[1.0, 2.0], [-4.0, 0.5]])


def _both_signs(rng: Rng, shape: Shape) -> np.ndarray:
    """Entries away from 0, of both signs wherever there are two; a single one is positive in a row, else negative."""
    x = apart(rng, shape, gap=0.3)
    if x.size == 1:
        x.flat[0] = abs(x.flat[0]) if x.ndim == 1 else -abs(x.flat[0])
        return x
    first, second = rng.choice(x.size, 2, replace=False)
    x.flat[first], x.flat[second] = abs(x.flat[first]), -abs(x.flat[second])
    return x


def cases(rng: Rng) -> list[Inputs]:
    """Arrays of one, two and three axes, clear of the kink at 0 and of where sigmoid and tanh are flat."""
    return [(_both_signs(rng, shape),) for shape in SHAPES]


def leaky_cases(rng: Rng) -> list[Inputs]:
    """The same with slopes that are not the usual 0.01."""
    return [(_both_signs(rng, shape), 0.05 + 0.4 * float(rng.random())) for shape in SHAPES]


def extremes(rng: Rng) -> list[Inputs]:
    """Inputs of +-1000, alone and beside ordinary ones, and some at which exp(x) is huge but finite."""
    mixed = rng.normal(size=(3, 4))
    mixed[0, 1], mixed[1, 2], mixed[2, 0], mixed[2, 3] = 1000.0, -1000.0, 40.0, -40.0
    return [
        (np.array([1000.0, -1000.0, *rng.normal(size=2)]),),
        (np.array([[-1000.0 - rng.random()]]),),
        (np.array([[1000.0 + rng.random()]]),),
        (mixed,),
        (np.array([400.0, -400.0, 700.0, -700.0]) + rng.normal(size=4),),
    ]


assignment = Assignment(
    title="Activations",
    topic="Backpropagation, Intuitions: modularity, the sigmoid example; patterns in backward flow",
    parts=(
        Pair(
            "sigmoid",
            inputs=("x",),
            output="out",
            cases=cases,
            points=Points(forward=0.75, backward=1.25, stability=0.5, backward_stability=0.25, purity=0.25),
            extremes=extremes,
            examples=(
                Example(
                    (EXAMPLE,),
                    output=[[0.73105858, 0.11920292], [0.37754067, 0.95257413]],
                    upstream=UPSTREAM,
                    gradients={"dx": [[0.19661193, 0.20998717], [-0.94001485, 0.02258833]]},
                ),
            ),
        ),
        Pair(
            "relu",
            inputs=("x",),
            output="out",
            cases=cases,
            points=Points(forward=0.5, backward=1.25, purity=0.25),
            examples=(
                Example(
                    (EXAMPLE,),
                    output=[[1.0, 0.0], [0.0, 3.0]],
                    upstream=UPSTREAM,
                    gradients={"dx": [[1.0, 0.0], [0.0, 0.5]]},
                ),
            ),
        ),
        Pair(
            "leaky_relu",
            inputs=("x", "p"),
            output="out",
            cases=leaky_cases,
            points=Points(forward=0.5, backward=1.25, purity=0.25),
            differentiable=("x",),
            examples=(
                Example(
                    (EXAMPLE, 0.1),
                    output=[[1.0, -0.2], [-0.05, 3.0]],
                    upstream=UPSTREAM,
                    gradients={"dx": [[1.0, 0.2], [-0.4, 0.5]]},
                ),
            ),
        ),
        Pair(
            "tanh",
            inputs=("x",),
            output="out",
            cases=cases,
            points=Points(forward=0.75, backward=1.25, stability=0.5, backward_stability=0.25, purity=0.25),
            extremes=extremes,
            examples=(
                Example(
                    (EXAMPLE,),
                    output=[[0.76159416, -0.96402758], [-0.46211716, 0.99505475]],
                    upstream=UPSTREAM,
                    gradients={"dx": [[0.41997434, 0.14130165], [-3.14579093, 0.00493302]]},
                ),
            ),
        ),
    ),
)
