"""A small assignment of its own, and a box to ask a submission in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from grader.assignment import Assignment, Pair, Points
from grader.cases import prepare
from grader.checks import Check
from grader.judge import judge
from grader.oracle import Oracle
from grader.result import Check as Judged
from grader.sandbox import Limits, wire
from grader.sandbox.none_wall import NoneWall
from reference.solution import Mistake, Solution

RIGHT = """
import numpy as np

def blend_forward(u, v):
    return u * v + v ** 2, (u, v)

def blend_backward(dout, cache):
    u, v = cache
    return dout * v, dout * (u + 2 * v)
"""


def blend_forward(u, v):
    """The reference of the small assignment."""
    return u * v + v**2


def draw(rng):
    """Vectors and a matrix."""
    return [(rng.normal(size=shape), rng.normal(size=shape)) for shape in (3, 4, (2, 3))]


BLEND = Assignment(
    "Blend",
    "A topic",
    (Pair("blend", ("u", "v"), "out", draw, Points(forward=3, backward=6, purity=1)),),
    "blend",
)
MISTAKES = (
    Mistake(
        "square-lost",
        "The square's gradient is lost",
        "v**2 depends on v too.",
        "the notes",
        "blend_backward",
        lambda dout, u, v: (dout * v, dout * u),
    ),
)


@pytest.fixture(scope="session")
def wall() -> Iterator[NoneWall]:
    """A wall for sources that these tests wrote."""
    with NoneWall(Limits(question_s=5)) as wall:
        yield wall


@pytest.fixture(scope="session")
def grade(wall: NoneWall) -> Callable[..., dict[str, Judged]]:
    """`grade(source, seed=1, assignment=BLEND, oracle=...)`: the verdicts by check name."""

    def run(
        source: str, seed: int = 1, assignment: Assignment = BLEND, oracle: Oracle | str | None = "own"
    ) -> dict[str, Judged]:
        known = Oracle(Solution({"blend_forward": blend_forward}, MISTAKES)) if oracle == "own" else oracle
        checks = prepare(assignment, seed, known)
        cells = (wire.Cell("work.py", source),)
        with wall.open() as box:
            loaded = box.load(cells)
            judged, _ = judge(checks, box, loaded, lambda: box.load(cells))
        return {f"{c.function}/{c.check}".replace("blend_", ""): c for c in judged}

    return run


@pytest.fixture(scope="session")
def blend_checks() -> Sequence[Check]:
    """The checks of the small assignment."""
    return prepare(BLEND, 1, Oracle(Solution({"blend_forward": blend_forward}, MISTAKES)))


@pytest.fixture
def right() -> str:
    """The right solution."""
    return RIGHT


@pytest.fixture
def blend() -> Assignment:
    """The small assignment."""
    return BLEND


@pytest.fixture
def ones() -> np.ndarray:
    """Three ones."""
    return np.ones(3)
