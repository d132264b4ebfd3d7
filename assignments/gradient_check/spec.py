"""Numerical gradients, and the relative difference of two gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from assignments.gradient_check import judges
from assignments.gradient_check.judges import NAME, Case
from grader.assignment import (
    Assignment,
    Earlier,
    Example,
    Experiment,
    Experiments,
    Function,
    Inputs,
    Opinion,
    Points,
    Property,
    Rng,
    apart,
)
from grader.program import Program, program

SMALL: Final = ((3,), 1e-5), ((2, 3), 1e-5), ((1,), 1e-6), ((4,), None), ((3, 2), None), ((2, 1, 2), 1e-5)
"""Shapes and epsilons with which one-sided and two-sided differences are nearly the same."""
LARGE: Final = ((3,), 1e-2), ((2, 2), 1e-3), ((1, 4), 1e-2), ((1,), 1e-3), ((2, 3), 1e-3)
"""Shapes and epsilons with which they are not."""
ROUGH: Final = 1e-4
FINE: Final = 1e-6
"""How far off gradients may be, relative to themselves."""


def _function(rng: Rng, shape: tuple[int, ...]) -> Program:
    """A function of an array whose derivatives depend on all entries, and are curved in each."""
    a, b, c = (apart(rng, shape, gap=0.3, scale=0.7) for _ in range(3))
    return program(lambda x: np.sum(a * x**3) + np.sum(b * x) ** 2 + np.sum(np.sin(c * x)), "x")


def _case(rng: Rng, shape: tuple[int, ...], epsilon: float | None) -> Case:
    """Drawn until every entry's derivatives are of ordinary size, the second and the mixed ones too."""
    while True:
        case = Case(_function(rng, shape), apart(rng, shape, gap=0.3, scale=1.2), epsilon)
        probe = Case(case.f, case.x, 1e-3)
        g = case.gradient
        bent = np.abs(probe.each(lambda above, here, below: (above - 2 * here + below) / 1e-6))
        spread = np.ptp(g) if g.size > 1 else 1.0
        sum_off = np.abs(g - g.sum()).min() if g.size > 1 else 1.0
        if np.abs(g).min() > 0.5 and np.abs(g).max() < 20 and bent.min() > 1.0 and spread > 0.5 and sum_off > 0.1:
            return case


def _cases(rng: Rng, wanted: Sequence[tuple[tuple[int, ...], float | None]]) -> list[Case]:
    return [_case(rng, shape, epsilon) for shape, epsilon in wanted]


def _experiment(cases: Sequence[Case], judge: Callable[..., Opinion], **given: Any) -> list[Experiment]:
    steps = tuple(
        type(step)(step.function, tuple(_moved(a, i * judges.CALLED) for a in step.arguments))
        for i, case in enumerate(cases)
        for step in case.steps
    )
    return [Experiment(steps, partial(judge, cases=cases, **given), cases[0].shown, sees_all=True)]


def _moved(argument: Any, by: int) -> Any:
    return type(argument)(argument.step + by, argument.path) if isinstance(argument, Earlier) else argument


def small(rng: Rng) -> list[Experiment]:
    """Small epsilons, and none given."""
    return _experiment(_cases(rng, SMALL), judges.values, relative=ROUGH)


def large(rng: Rng) -> list[Experiment]:
    """Epsilons with which it matters on how many sides the function is evaluated."""
    return _experiment(_cases(rng, LARGE), judges.values, relative=FINE)


def untouched(rng: Rng) -> list[Experiment]:
    """The argument is looked at afterwards."""
    return _experiment(_cases(rng, (((3,), 1e-3), ((2, 2), 1e-5), ((2, 3), None))), judges.untouched)


def gradients(rng: Rng) -> list[Inputs]:
    """Pairs of gradients, near each other and far apart; small ones, and two of zeros."""
    found: list[Inputs] = []
    for shape, off in (((4,), 1e-3), ((3, 2), 0.5), ((2, 3), 1e-6), ((1,), 0.2), ((3, 3), 2.0), ((2, 2, 2), 0.1)):
        a = apart(rng, shape, gap=0.4, scale=1.5)
        found.append((a, a + off * apart(rng, shape, gap=0.3, scale=0.7)))
    small = 1e-3 * apart(rng, (2, 2), gap=0.4, scale=1.5)
    found.append((small, 1.3 * small + 1e-4 * apart(rng, (2, 2), gap=0.3, scale=0.7)))
    found.append((np.zeros(3), np.zeros(3)))
    return found


assignment = Assignment(
    title="Gradient check",
    topic="Neural Networks Part 3: gradient checks",
    parts=(
        Experiments(
            functions={NAME: ("f", "x", "epsilon")},
            properties=(
                Property(NAME, "forward", 3.5, small),
                Property(NAME, "property:two-sided", 2, large, ((NAME, "forward"),)),
                Property(NAME, "purity", 1, untouched, ((NAME, "forward"),)),
            ),
        ),
        Function(
            "gradient_difference",
            inputs=("analytic", "numeric"),
            output="difference",
            cases=gradients,
            points=Points(forward=3, purity=0.5),
            examples=(
                Example((np.array([3.0, 4.0]), np.array([0.0, 0.0])), output=1.0),
                Example((np.array([3.0, 4.0]), np.array([-3.0, -4.0])), output=1.0),
                Example((np.array([3.0, 0.0]), np.array([3.0, 4.0])), output=0.5),
            ),
        ),
    ),
)
