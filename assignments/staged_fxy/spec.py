"""Staged computation: f(x, y) = (x + sigma(y)) / (sigma(x) + (x + y)^2) through seven named stages."""

from __future__ import annotations

import math
from typing import Final

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng

CASES: Final = 6
QUADRANTS: Final = ((-1, 1), (1, 1), (1, -1), (-1, -1))


def cases(rng: Rng) -> list[Inputs]:
    """Points in all four quadrants at which no stage is near 0, nor den near 1, its own square and its own inverse."""
    found: list[Inputs] = []
    while len(found) < CASES:
        sizes = 0.3 + 2.5 * rng.random(2)
        x, y = (float(sign * size) for sign, size in zip(QUADRANTS[len(found) % 4], sizes, strict=True))
        num = x + 1 / (1 + math.exp(-y))
        den = 1 / (1 + math.exp(-x)) + (x + y) ** 2
        if abs(x + y) > 0.6 and abs(num) > 0.2 and abs(den - 1) > 0.2 and den < 10.0:
            found.append((x, y))
    return found


assignment = Assignment(
    title="Staged computation",
    topic="Backpropagation, Intuitions: backprop in practice, staged computation",
    parts=(
        Pair(
            "staged",
            inputs=("x", "y"),
            output="f",
            cases=cases,
            points=Points(forward=1, stages=1),
            stages=("num", "invden", "den", "sigx", "xpysqr", "xpy", "sigy"),
            examples=(
                Example(
                    (3.0, -4.0),
                    output=1.5456448841066441,
                    upstream=1.0,
                    gradients={
                        "dnum": 0.5121444488,
                        "dinvden": 3.0179862100,
                        "dden": -0.7915934473,
                        "dsigx": -0.7915934473,
                        "dxpysqr": -0.7915934473,
                        "dxpy": 1.5831868945,
                        "dsigy": 0.5121444488,
                        "dx": 2.0595697956,
                        "dy": 1.5922327515,
                    },
                ),
            ),
        ),
    ),
)
