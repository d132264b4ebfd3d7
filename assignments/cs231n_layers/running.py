"""What batch normalisation is asked beside its training pass: the running values that it keeps, and its test mode.

bn_param stays in the box, so that it can be looked at again after each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assignments.cs231n_layers.inputs import normalised
from assignments.dropout.judges import unreadable
from grader.assignment import SAME, Earlier, Experiment, Opinion, Property, Rng, Step, apart

FORWARD: Final = "batchnorm_forward"
RELATIVE: Final = 1e-5
"""Of the larger of an entry and a tenth of its array's largest: float32 is accepted too."""

Floats = NDArray[np.float64]


def near(got: Floats, want: Floats) -> bool:
    """Whether two arrays of one shape agree; written so that NaN does not."""
    size = np.maximum(np.abs(want), 0.1 * np.abs(want).max())
    return bool((np.abs(got - want) <= RELATIVE * size).all())


# --- running values ---------------------------------------------------------------------------------------------------


Next = Callable[[Floats, Floats], Floats]
"""A running value and a batch's own to the next running value."""


def kept(results: Sequence[Any], batches: Sequence[Floats], param: Mapping[str, Any]) -> Opinion:
    """After each call in train mode bn_param holds the new running mean and variance: half for either."""
    own = {"running_mean": [b.mean(axis=0) for b in batches], "running_var": [b.var(axis=0) for b in batches]}
    wrong: dict[str, tuple[str, str]] = {}
    expected: dict[str, Any] = {}
    got: dict[str, Any] = {}
    remarks: set[str] = set()
    for key, values in own.items():
        start = np.asarray(param.get(key, np.zeros_like(values[0])))
        looks = [look.get(key) if isinstance(look, dict) else None for look in results[2::2]]
        found = [_fitted(look, start) for look in looks]
        if any(isinstance(look, np.ndarray) and look.shape != start.shape for look in looks):
            remarks.add(f"bn_param['{key}'] has another shape than {start.shape}.")
        if fault := _fault(key, found, start, values, param.get("momentum", 0.9)):
            wrong[key] = fault
            expected[key] = _chain(start, values, _step(param.get("momentum", 0.9)))[-1]
            got |= {key: found[-1]} if found[-1] is not None else {}
    if not wrong:
        return Opinion(1.0, remarks=tuple(remarks))
    text, mistake = next(iter(wrong.values()))
    return Opinion(1.0 - len(wrong) / len(own), text, mistake, expected=expected, got=got, remarks=tuple(remarks))


def _step(momentum: float) -> Next:
    return lambda before, batch: momentum * before + (1 - momentum) * batch


def _chain(start: Floats, values: Sequence[Floats], step: Next) -> list[Floats]:
    """The running values after each of the batches."""
    found = [start]
    for value in values:
        found.append(step(found[-1], value))
    return found[1:]


def _fitted(look: Any, like: Floats) -> Floats | None:
    """What bn_param holds, as a vector; None where it is no array of so many numbers."""
    return look.reshape(like.shape) if isinstance(look, np.ndarray) and look.size == like.size else None


def _fault(
    key: str, found: Sequence[Floats | None], start: Floats, values: Sequence[Floats], momentum: float
) -> tuple[str, str] | None:
    """What is wrong with one running value, and the mistake's name."""
    there = [value for value in found if value is not None]

    def follows(step: Next) -> bool:
        chain = _chain(start, values, step)
        return len(there) == len(found) and all(near(a, b) for a, b in zip(there, chain, strict=True))

    if follows(_step(momentum)):
        return None
    if not there or follows(lambda before, _: before):
        return f"bn_param['{key}'] is what it was before the calls in train mode.", "running-statistics-not-kept"
    if follows(_step(1 - momentum)):
        return f"bn_param['{key}'] gives momentum to the batch's own value.", "momentum-exchanged"
    return f"bn_param['{key}'] is wrong after calls in train mode.", "running-statistics-wrong"


def running(rng: Rng) -> list[Experiment]:
    """Two batches through one bn_param: one that holds nothing yet, and one that holds everything."""
    full = {"momentum": 0.7, "eps": 1e-3, "running_mean": apart(rng, 4, 0.5), "running_var": 1.0 + rng.random(4)}
    return [_training(rng, (6, 3), {}), _training(rng, (5, 4), full)]


def _training(rng: Rng, shape: tuple[int, int], more: dict[str, Any]) -> Experiment:
    param = {"mode": "train", **more}
    batches = [normalised(rng, shape, 0) for _ in range(2)]
    gamma, beta = apart(rng, shape[1], 0.4), apart(rng, shape[1], 0.4)
    steps = [Step(SAME, (param,))]
    for batch in batches:
        steps += [Step(FORWARD, (batch, gamma, beta, Earlier(0)), cache_at=1), Step(SAME, (Earlier(0),))]
    shown = {"x": batches[0], "then x": batches[1], "bn_param": param}
    return Experiment(tuple(steps), partial(kept, batches=batches, param=param), shown)


# --- test mode --------------------------------------------------------------------------------------------------------

Rule = Callable[[Floats, Floats, Floats, float], Floats]
"""Something normalised from x, a mean, a variance and eps."""


def _normal(x: Floats, mean: Floats, var: Floats, eps: float) -> Floats:
    return np.asarray((x - mean) / np.sqrt(var + eps))


WRONG: Final[Mapping[str, tuple[Rule, ...]]] = {
    "test-mode-epsilon": (
        lambda x, mean, var, _eps: (x - mean) / np.sqrt(var),
        lambda x, mean, var, eps: (x - mean) / (np.sqrt(var) + eps),
        lambda x, mean, var, _eps: (x - mean) / np.sqrt(var + 1e-5),
        lambda x, mean, var, _eps: (x - mean) / np.sqrt(var + 1e-8),
    ),
    "running-variance-as-deviation": (
        lambda x, mean, var, eps: (x - mean) / (var + eps),
        lambda x, mean, var, _eps: (x - mean) / var,
    ),
    "batch-statistics-at-test": (lambda x, _mean, _var, eps: _normal(x, x.mean(axis=0), x.var(axis=0), eps),),
}


def tested(results: Sequence[Any], x: Floats, gamma: Floats, beta: Floats, param: Mapping[str, Any]) -> Opinion:
    """In test mode x is normalised with the running values, then scaled and shifted."""
    out = results[0][0]
    if fault := unreadable(out, x, "out"):
        return fault
    known = (x, param["running_mean"], param["running_var"], param.get("eps", 1e-5))
    want = _normal(*known) * gamma + beta
    if near(out, want):
        return Opinion(1.0)
    if near(out, _normal(*known)):
        mistake: str | None = "test-mode-without-gamma-beta"
    else:
        mistake = next(
            (name for name, rules in WRONG.items() if any(near(out, rule(*known) * gamma + beta) for rule in rules)),
            None,
        )
    text = "out is wrong in test mode: running_mean and running_var normalise, gamma and beta scale and shift."
    return Opinion(0.0, text, mistake, expected={"out": want}, got={"out": out})


def tests(rng: Rng) -> list[Experiment]:
    """The test mode with eps of its own and without, for a batch and for a single sample."""
    return [_testing(rng, (4, 3), {"eps": 1e-2}), _testing(rng, (5, 4), {}), _testing(rng, (1, 3), {"eps": 1e-3})]


def _testing(rng: Rng, shape: tuple[int, int], more: dict[str, Any]) -> Experiment:
    x, d = normalised(rng, shape, 0), shape[1]
    param = {"mode": "test", **more, "running_mean": rng.normal(size=d), "running_var": rng.uniform(0.02, 0.1, d)}
    gamma, beta = apart(rng, d, 0.4), apart(rng, d, 0.4)
    shown = {"x": x, "gamma": gamma, "beta": beta, "bn_param": param}
    steps = (Step(FORWARD, (x, gamma, beta, param), cache_at=1),)
    return Experiment(steps, partial(tested, x=x, gamma=gamma, beta=beta, param=param), shown)


PROPERTIES: Final = (
    Property(FORWARD, "property:running values", 1, running),
    Property(FORWARD, "property:test mode", 1, tests),
)
