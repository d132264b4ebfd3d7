"""Himmelblau's function, its gradient, and gradient descent with a gradient that the grader passes in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from grader.assignment import Assignment, Example, Function, Inputs, Points, Rng, apart
from grader.program import Program, program

STEPS: Final = ((2, 2), (1, 3), (3, 6), (2, 12), (4, 25), (2, 40))
"""(size of the vector, number of steps at least)."""
CURVED: Final = 3
"""The case whose gradient is Himmelblau's own."""


def points(rng: Rng) -> list[Inputs]:
    """Points of either sign in both coordinates, clear of the axes, of the minima and of x0 = +-x1."""
    found: list[Inputs] = []
    while len(found) < 6:
        x = apart(rng, 2, gap=0.6, scale=4.0)
        slope = _slope(x)
        if abs(abs(x[0]) - abs(x[1])) > 0.3 and np.abs(slope).min() > 3:
            found.append((x,))
    return found


def _slope(x: Any) -> np.ndarray[Any, Any]:
    """How steep the function is in each coordinate, by differences: only to keep away from flat places."""

    def f(x0: float, x1: float) -> float:
        return (x0 * x0 + x1 - 11) ** 2 + (x0 + x1 * x1 - 7) ** 2

    h = 1e-4
    return np.array([(f(x[0] + h, x[1]) - f(x[0] - h, x[1])) / 2 / h, (f(x[0], x[1] + h) - f(x[0], x[1] - h)) / 2 / h])


def _bowl(rng: Rng, n: int) -> Program:
    """The gradient of a quadratic function of n variables, whose curvatures differ."""
    curvature, middle = (0.5 + 2 * rng.random(n), rng.normal(size=n))
    return program(lambda x: curvature * (x - middle), "x", name="gradient")


def _saddle(rng: Rng) -> Program:
    """The gradient of a function of two variables that mixes them."""
    a, b = (0.3 + rng.random(2)).tolist()
    return program(lambda x: np.stack([a * x[0] + x[1] ** 3, b * x[1] + np.sin(x[0])]), "x", name="gradient")


def descents(rng: Rng) -> list[Inputs]:
    """Gradients as real functions, from random starts, with rates at which the path neither stalls nor explodes."""
    found: list[Inputs] = []
    for i, (n, at_least) in enumerate(STEPS):
        gradient = _saddle(rng) if i == CURVED else _bowl(rng, n)
        start = apart(rng, n, gap=0.3, scale=0.6) if i == CURVED else 2 * apart(rng, n, gap=1.0, scale=1.0)
        found.append((gradient, start, float(rng.uniform(0.03, 0.09)), at_least + int(rng.integers(0, 5))))
    return found


assignment = Assignment(
    title="Himmelblau's function",
    topic="Optimization: following the gradient, gradient descent",
    parts=(
        Function(
            "himmelblau",
            inputs=("x",),
            output="f",
            cases=points,
            points=Points(forward=2),
            examples=(Example((np.array([-4.0, 0.0]),), output=146.0), Example((np.array([3.0, 2.0]),), output=0.0)),
        ),
        Function(
            "himmelblau_gradient",
            inputs=("x",),
            output="gradient",
            cases=points,
            points=Points(forward=3, purity=0.5),
            examples=(Example((np.array([-4.0, 0.0]),), output=[-102.0, 10.0]),),
        ),
        Function(
            "gradient_descent",
            inputs=("gradient", "start", "learning_rate", "steps"),
            output="path",
            cases=descents,
            points=Points(forward=4, purity=0.5),
            examples=(
                Example(
                    (program(lambda x: 2.0 * x, "x", name="gradient"), np.array([1.0, -2.0]), 0.25, 2),
                    output=[[1.0, -2.0], [0.5, -1.0], [0.25, -0.5]],
                ),
            ),
        ),
    ),
)
