"""Inverted dropout, judged by experiment: no output is right by itself, so statements about outputs are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assignments.dropout import judges
from assignments.dropout.judges import BACKWARD, FORWARD
from grader.assignment import (
    SAME,
    Assignment,
    Earlier,
    Experiment,
    Experiments,
    Larger,
    Opinion,
    Property,
    Rng,
    Step,
    apart,
)

SHAPES: Final = ((150,), (12, 13), (1, 140), (5, 6, 5))
"""Large enough that dropping no unit, or all, is not by chance."""
LARGE: Final = (25, 40, 20)
MORE: Final = 4
"""Calls beside one whose masks make the larger sample of the kept share."""
GAP: Final = 0.3
"""No input is near zero: a zero in the output is a dropped unit."""

LOW: Final = (0.25, 0.42)
HIGH: Final = (0.58, 0.8)
"""Probabilities to keep. Not 0.5, which can't tell keeping from dropping."""

Floats = NDArray[np.float64]


def _keep_prob(rng: Rng, between: tuple[float, float] | None = None) -> float:
    low, high = between or (LOW, HIGH)[int(rng.integers(2))]
    return round(float(rng.uniform(low, high)), 2)


def _forward(*arguments: Any) -> Step:
    return Step(FORWARD, arguments, cache_at=1)


def _backward(dout: Any, step: int) -> Step:
    return Step(BACKWARD, (dout, Earlier(step, (1,))))


def _experiment(judge: Callable[..., Opinion], shown: Mapping[str, Any], *steps: Step, **given: Any) -> Experiment:
    """`judge` gets the results and `given`; the student is shown `shown`."""
    return Experiment(steps, partial(judge, **given), shown)


def _one(judge: Callable[..., Opinion], a: Floats, keep: float, *train: bool) -> Experiment:
    """One forward."""
    return _experiment(judge, {"a": a, "keep_prob": keep}, _forward(a, keep, *train), a=a, keep_prob=keep)


def _pair(judge: Callable[..., Opinion], a: Floats, dout: Floats, keep: float, *train: bool) -> Experiment:
    """A forward and its backward."""
    steps = (_forward(a, keep, *train), _backward(dout, 0))
    shown = {"a": a, "keep_prob": keep, "dout": dout}
    return _experiment(judge, shown, *steps, a=a, dout=dout, keep_prob=keep)


def scales(rng: Rng) -> list[Experiment]:
    """Arrays of one to three axes, with train left out and given."""
    trains = ((), (True,), (), (True,))
    return [
        _one(judges.scale, apart(rng, shape, GAP), _keep_prob(rng), *train)
        for shape, train in zip(SHAPES, trains, strict=True)
    ]


def shares(rng: Rng) -> list[Experiment]:
    """A large array at a low and at a high probability, and the same again for whom chance did not favour.

    One alone would not do: normal numbers lie below 0.77 as often as uniform ones, and below 0.36 as often as uniform
    ones lie above it.
    """
    found = []
    for between in ((0.2, 0.3), (0.6, 0.8)):
        a, keep = apart(rng, LARGE, GAP), _keep_prob(rng, between)
        again = (Step(SAME, (a,)), *(_forward(Earlier(0), keep) for _ in range(1 + MORE)))
        larger = Larger(again, partial(judges.unlikely, a=a, keep_prob=keep))
        found.append(replace(_one(judges.share, a, keep), larger=larger))
    return found


def fresh_masks(rng: Rng) -> list[Experiment]:
    """Three calls with the same input."""
    a, keep = apart(rng, (20, 30), GAP), _keep_prob(rng)
    return [_experiment(judges.fresh, {"a": a, "keep_prob": keep}, *(_forward(a, keep) for _ in range(3)), a=a)]


def test_modes(rng: Rng) -> list[Experiment]:
    """The forward with train=False."""
    return [_one(judges.test_mode, apart(rng, shape, GAP), _keep_prob(rng), False) for shape in SHAPES[:2]]


def keep_alls(rng: Rng) -> list[Experiment]:
    """The forward with keep_prob = 1."""
    a = apart(rng, SHAPES[1], GAP)
    return [_experiment(judges.keep_all, {"a": a, "keep_prob": 1.0}, _forward(a, 1.0), a=a)]


def backwards(rng: Rng) -> list[Experiment]:
    """Forward/backward pairs, with train left out and given."""
    trains = ((), (True,), (), (True,))
    return [
        _pair(judges.backward, apart(rng, shape, GAP), apart(rng, shape, GAP), _keep_prob(rng), *train)
        for shape, train in zip(SHAPES, trains, strict=True)
    ]


def test_mode_backwards(rng: Rng) -> list[Experiment]:
    """Pairs with train=False."""
    return [
        _pair(judges.test_mode_backward, apart(rng, shape, GAP), apart(rng, shape, GAP), _keep_prob(rng), False)
        for shape in SHAPES[:2]
    ]


def keep_all_backwards(rng: Rng) -> list[Experiment]:
    """A pair with keep_prob = 1."""
    a, dout = apart(rng, SHAPES[1], GAP), apart(rng, SHAPES[1], GAP)
    steps = (_forward(a, 1.0), _backward(dout, 0))
    return [_experiment(judges.keep_all_backward, {"a": a, "keep_prob": 1.0, "dout": dout}, *steps, a=a, dout=dout)]


def purities(rng: Rng) -> list[Experiment]:
    """Two interleaved pairs; and one pair whose arguments stay in the box and are looked at afterwards."""
    shape, keep = SHAPES[1], _keep_prob(rng)
    a, b, da, db = (apart(rng, shape, GAP) for _ in range(4))
    mixed = (_forward(a, keep), _forward(b, keep), _backward(da, 0), _backward(db, 1))
    held = (Step(SAME, (a,)), Step(SAME, (da,)), Step(FORWARD, (Earlier(0), keep), 1), _backward(Earlier(1), 2))
    looked = (*held, Step(SAME, (Earlier(0),)), Step(SAME, (Earlier(1),)))
    shown = {"a": a, "keep_prob": keep, "dout": da}
    return [
        _experiment(judges.interleaved, shown, *mixed, a=a),
        _experiment(judges.untouched, shown, *looked, a=a, dout=da),
    ]


MASKED: Final = ((FORWARD, "forward"),)
"""The identity is not dropout: a forward that has no mask earns nothing for what the identity does right."""
PASSED_BACK: Final = ((BACKWARD, "backward"),)

assignment = Assignment(
    title="Dropout",
    topic="Neural Networks Part 2: regularization, inverted dropout",
    parts=(
        Experiments(
            functions={FORWARD: ("a", "keep_prob", "train"), BACKWARD: ("dout", "cache")},
            properties=(
                Property(FORWARD, "forward", 2, scales),
                Property(FORWARD, "property:share", 1.5, shares),
                Property(FORWARD, "property:fresh mask", 1, fresh_masks, MASKED),
                Property(FORWARD, "property:test mode", 0.5, test_modes, MASKED),
                Property(FORWARD, "property:keep all", 0.5, keep_alls, MASKED),
                Property(BACKWARD, "backward", 3, backwards, also=(FORWARD,)),
                Property(BACKWARD, "property:test mode", 0.5, test_mode_backwards, PASSED_BACK, (FORWARD,)),
                Property(BACKWARD, "property:keep all", 0.5, keep_all_backwards, PASSED_BACK, (FORWARD,)),
                Property(BACKWARD, "purity", 0.5, purities, PASSED_BACK, (FORWARD,)),
            ),
        ),
    ),
)
