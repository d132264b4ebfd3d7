"""Two small circuits: f = (x + y) z, and f = 2 (x y + max(z, w))."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Final

from grader.assignment import Assignment, Example, Inputs, Pair, Points, Rng, apart

CASES: Final = 8
GAP: Final = 0.25
MAX_SIGNS: Final = ((1, 1), (1, 1), (1, -1), (-1, 1), (-1, -1), (-1, -1), (1, -1), (-1, 1))
"""The signs of z and w, case by case. Where both are negative, the larger is the one nearer to 0."""


def _tells_apart(*values: float) -> bool:
    """Whether no two numbers are near each other, in size either, and none is near 1 or 2 in size.

    Where they are, a gate that takes the wrong one of them, or loses a factor 2, gives what is nearly right.
    """
    sizes = [*map(abs, values), 0.0, 1.0, 2.0]
    return all(abs(a - b) > GAP / 2 for a, b in combinations(sizes, 2))


def _numbers(rng: Rng, count: int) -> tuple[float, ...]:
    return tuple(float(v) for v in apart(rng, count, gap=GAP, scale=4.0))


def circuit_cases(rng: Rng) -> list[Inputs]:
    """x, y and z of either sign, apart from each other and from x + y."""
    found: list[Inputs] = []
    while len(found) < CASES:
        x, y, z = _numbers(rng, 3)
        if _tells_apart(x, y, z, x + y):
            found.append((x, y, z))
    return found


def gates_cases(rng: Rng) -> list[Inputs]:
    """x, y, z and w of either sign: in every other case z is the larger, else w, and never by little."""
    found: list[Inputs] = []
    while len(found) < CASES:
        x, y, z, w = _numbers(rng, 4)
        z, w = (math.copysign(value, sign) for value, sign in zip((z, w), MAX_SIGNS[len(found)], strict=True))
        if _tells_apart(x, y, z, w, x * y) and abs(z - w) > GAP and (z > w) == (len(found) % 2 == 0):
            found.append((x, y, z, w))
    return found


assignment = Assignment(
    title="Gates",
    topic="Backpropagation, Intuitions: compound expressions with chain rule; patterns in backward flow",
    parts=(
        Pair(
            "circuit",
            inputs=("x", "y", "z"),
            output="f",
            cases=circuit_cases,
            points=Points(forward=1, backward=2.5, purity=0.5),
            examples=(
                Example(
                    (-2.0, 5.0, -4.0),
                    output=-12.0,
                    upstream=1.0,
                    gradients={"dx": -4.0, "dy": -4.0, "dz": 3.0},
                ),
            ),
        ),
        Pair(
            "gates",
            inputs=("x", "y", "z", "w"),
            output="f",
            cases=gates_cases,
            points=Points(forward=1.5, backward=4, purity=0.5),
            examples=(
                Example(
                    (3.0, -4.0, 2.0, -1.0),
                    output=-20.0,
                    upstream=1.0,
                    gradients={"dx": -8.0, "dy": 6.0, "dz": 2.0, "dw": 0.0},
                ),
            ),
        ),
    ),
)
