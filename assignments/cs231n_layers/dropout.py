"""What dropout is asked, and what is said about its outputs.

The mask is read off the submission's own output, as in the assignment `dropout`. What p means is not asked: in older
handouts it is the probability of dropping a unit, in newer ones of keeping it. The scale of the units that are left
tells which one a submission means, and the share that is left has to agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assignments.dropout.judges import ALIKE, close, infinite, plausible, shared, unreadable
from grader.assignment import SAME, Earlier, Experiment, Opinion, Property, Rng, Step, apart

FORWARD: Final = "dropout_forward"
BACKWARD: Final = "dropout_backward"
SHAPES: Final = ((1000,), (30, 35), (1, 1100), (8, 5, 26))
LARGE: Final = (25, 40, 20)
GAP: Final = 0.3
"""No input is near zero: a zero in the output is a dropped unit."""
LOW: Final = (0.15, 0.25)
HIGH: Final = (0.75, 0.85)
"""Values of p: far from 0.5, which can't tell keeping from dropping."""
RIGHT: Final = Opinion(1.0)
MEANS: Final = {
    "keep": "p is read as the probability of keeping a unit, as in newer handouts.",
    "drop": "p is read as the probability of dropping a unit, as in older handouts.",
}

Floats = NDArray[np.float64]


def kept_with(p: float) -> dict[str, float]:
    """The probability of keeping a unit, by what p may mean."""
    return {"keep": p, "drop": 1 - p}


# --- the forward ------------------------------------------------------------------------------------------------------


def _factor(out: Floats, x: Floats, p: float) -> tuple[float, Opinion | None]:
    """What the units that are left are multiplied by, or what is wrong when there is no such thing."""
    if found := unreadable(out, x, "out") or infinite(out, "out"):
        return 0.0, found
    left = out != 0
    if not left.any():
        return 0.0, Opinion(0.0, f"Every unit is dropped, at p = {p}.", got={"out": out})
    factors = out[left] / x[left]
    middle = float(np.median(factors))
    if left.all():
        return middle, Opinion(0.0, f"No unit is dropped, at p = {p}.", got={"out": out})
    if not close(factors, middle).all():
        text = "out is not x times a mask of 0 and one number: units change by different factors."
        return middle, Opinion(0.0, text, got={"out": out})
    return middle, None


def forward(results: Sequence[Any], x: Floats, p: float) -> Opinion:
    """`out` is a mask times x over the probability of keeping, for either meaning of p. A right mask that is not scaled
    right is worth half.
    """
    out = results[0][0]
    factor, wrong = _factor(out, x, p)
    if wrong:
        return wrong
    share = float(np.mean(out != 0))
    for meaning, keep in kept_with(p).items():
        if math.isclose(factor, 1 / keep, rel_tol=1e-6):
            if plausible(share, keep, x.size):
                return Opinion(1.0, remarks=(MEANS[meaning],))
            return _mixed(share, keep, p, out)
    mistake = "not-scaled" if math.isclose(factor, 1.0, rel_tol=1e-6) else None
    for keep in kept_with(p).values():
        if math.isclose(factor, keep, rel_tol=1e-6) and plausible(share, keep, x.size):
            mistake = "multiplied-by-keep-probability"
    how = "not scaled" if mistake == "not-scaled" else f"{factor:.6g} times what they were"
    text = f"Units that are left are {how}, where 1 over the probability of keeping is meant (p = {p})."
    return Opinion(0.5, text, mistake, got={"out": out})


def _mixed(share: float, keep: float, p: float, out: Floats) -> Opinion:
    """The units left are scaled for `keep`, and too few or too many are left."""
    text = (
        f"{share:.1%} of {out.size} units are left, and they are scaled by {1 / keep:.6g}, which fits {keep:.0%}: is p "
        f"= {p} the probability of keeping or that of dropping? Mask and scale have to agree."
    )
    below = (1 + math.erf(p / math.sqrt(2))) / 2
    near = {
        1 - keep: "keep-drop-exchanged",
        below: "normal-in-place-of-uniform",
        1 - below: "normal-in-place-of-uniform",
    }
    explained = min(near, key=lambda q: abs(q - share))
    mistake = near[explained] if plausible(share, explained, out.size) else None
    return Opinion(0.0, text, mistake, expected={"share left": keep}, got={"share left": share})


def shares(results: Sequence[Any], x: Floats, p: float) -> Opinion:
    """In a large array, the share of units left is plausible for p, each unit drawn for itself."""
    out = results[0][0]
    factor, wrong = _factor(out, x, p)
    if wrong:
        return wrong
    left = out != 0
    share = float(left.mean())
    for axis in range(left.ndim):
        if text := shared(left, axis):
            return Opinion(0.0, text, "mask-shared-along-axis", got={"share left": share})
    keeps = list(kept_with(p).values())
    meant = [keep for keep in keeps if math.isclose(factor, 1 / keep, rel_tol=1e-6)] or keeps
    if any(plausible(share, keep, x.size) for keep in meant):
        return RIGHT
    return _mixed(share, min(meant, key=lambda keep: abs(keep - share)), p, out)


def test_mode(results: Sequence[Any], x: Floats, p: float) -> Opinion:
    """In test mode the forward gives its input back."""
    out = results[0][0]
    if found := unreadable(out, x, "out") or infinite(out, "out"):
        return found
    if close(out, x).all():
        return RIGHT
    dropped = int(np.count_nonzero(out == 0))
    scaled = any(close(out, x * q).all() or close(out, x / q).all() for q in kept_with(p).values())
    mistake = "active-at-test" if dropped else "scaled-at-test" if scaled else None
    text = f"{dropped} of {x.size} units are dropped" if dropped else "out is not x"
    return Opinion(0.0, f"{text}, in test mode.", mistake, expected={"out": x}, got={"out": out})


# --- the backward -----------------------------------------------------------------------------------------------------


def backward(results: Sequence[Any], x: Floats, dout: Floats, p: float) -> Opinion:
    """`dx` is dout times the mask of the forward's own output, with the scale that this output shows.

    Where that scale is wrong, the right one is right too.
    """
    out, dx = results[0][0], results[1]
    if unreadable(out, x, "out") or not np.isfinite(out).all():
        return Opinion(0.0, "The forward's output does not show which units it dropped.")
    if found := unreadable(dx, x, "dx") or infinite(dx, "dx"):
        return found
    mask = out != 0
    if mask.all() or not mask.any():
        return Opinion(0.0, "The forward drops all units or none, which leaves nothing to judge.")
    want = dout * out / x
    right = [want]
    factor = float(np.median(out[mask] / x[mask]))
    if not any(math.isclose(factor, 1 / keep, rel_tol=1e-6) for keep in kept_with(p).values()):
        right += [dout * mask / keep for keep in kept_with(p).values()]
    if any(close(dx, each).all() for each in right):
        return RIGHT
    share, text, mistake = _wrong_backward(dx, dout, mask, factor)
    return Opinion(share, text, mistake, expected={"dx": want}, got={"dx": dx})


def _wrong_backward(dx: Floats, dout: Floats, mask: Any, scale: float) -> tuple[float, str, str | None]:
    """The worth of a wrong backward, what to say of it, and the mistake's name."""
    passed = dx != 0
    if not passed.any():
        return 0.0, "dx is zero everywhere.", "zero"
    factors = dx[passed] / dout[passed]
    middle = float(np.median(factors))
    even, like_mask = bool(close(factors, middle).all()), np.array_equal(passed, mask)
    if like_mask and even:
        if math.isclose(middle, -scale, rel_tol=1e-6):
            return 0.0, "dx has the wrong sign.", "sign"
        text = f"dx is {middle:.6g} times dout where units were kept; {scale:.6g} is the forward's own scale."
        return 0.5, text, "not-scaled" if math.isclose(middle, 1.0, rel_tol=1e-6) else None
    if passed.all():
        return 0.0, "Gradient reaches units that the forward dropped.", "mask-not-applied-in-backward" if even else None
    if even:
        wrong = int(np.count_nonzero(passed != mask))
        text = f"The backward's mask is not the forward's: it differs in {wrong} of {mask.size} units."
        return 0.0, text, "new-mask-in-backward"
    if like_mask and np.ptp(dx[passed]) <= 1e-6 * np.abs(dx[passed]).max():
        return 0.0, "dx does not depend on dout.", "upstream-ignored"
    return 0.0, "dx is not dout times the forward's mask.", None


def test_mode_backward(results: Sequence[Any], x: Floats, dout: Floats) -> Opinion:
    """In test mode the backward gives the upstream gradient back."""
    dx = results[1]
    if found := unreadable(dx, x, "dx") or infinite(dx, "dx"):
        return found
    if close(dx, dout).all():
        return RIGHT
    mistake = "active-at-test" if (dx == 0).any() else None
    return Opinion(0.0, "dx is not dout, in test mode.", mistake, expected={"dx": dout}, got={"dx": dx})


def interleaved(results: Sequence[Any], x: Floats) -> Opinion:
    """Forward A, forward B, backward A, backward B: each backward drops what its own forward dropped."""
    outs, gradients = (results[0][0], results[1][0]), results[2:]
    for value, name in (*((out, "out") for out in outs), *((dx, "dx") for dx in gradients)):
        if found := unreadable(value, x, name):
            return found
    if all(np.array_equal(dx != 0, out != 0) for dx, out in zip(gradients, outs, strict=True)):
        same = float(np.mean((outs[0] != 0) == (outs[1] != 0)))
        text = "Two calls drop the same units: without dropout_param['seed'], is there a seed inside?"
        return Opinion(1.0, remarks=(text,) if same >= ALIKE else ())
    text = (
        "After two forwards, a backward no longer has the mask of its own forward: keep the mask in the cache, not in "
        "a global or a shared buffer."
    )
    return Opinion(0.0, text, "shared-state")


def untouched(results: Sequence[Any], x: Floats, dout: Floats) -> Opinion:
    """Whether a pair leaves its arguments alone: the last two results are looks at them after both calls."""
    changed = tuple(
        f"{function} changes its argument {name} in place: work on a copy."
        for function, name, was, now in ((FORWARD, "x", x, results[-2]), (BACKWARD, "dout", dout, results[-1]))
        if unreadable(now, was, name) or not np.array_equal(now, was)
    )
    return Opinion(1.0, remarks=changed)


# --- the experiments --------------------------------------------------------------------------------------------------


def _param(rng: Rng, between: tuple[float, float], mode: str = "train", *, seed: bool = False) -> dict[str, Any]:
    p = round(float(rng.uniform(*between)), 2)
    return {"mode": mode, "p": p, **({"seed": int(rng.integers(1, 1000))} if seed else {})}


def _forward(x: Any, param: dict[str, Any]) -> Step:
    return Step(FORWARD, (x, param), cache_at=1)


def _backward(dout: Any, step: int) -> Step:
    return Step(BACKWARD, (dout, Earlier(step, (1,))))


def _one(judge: Callable[..., Opinion], x: Floats, param: dict[str, Any]) -> Experiment:
    """One forward."""
    shown = {"x": x, "dropout_param": param}
    return Experiment((_forward(x, param),), partial(judge, x=x, p=param["p"]), shown)


def _pair(judge: Callable[..., Opinion], x: Floats, dout: Floats, param: dict[str, Any], **given: Any) -> Experiment:
    """A forward and its backward."""
    shown = {"x": x, "dropout_param": param, "dout": dout}
    return Experiment((_forward(x, param), _backward(dout, 0)), partial(judge, x=x, dout=dout, **given), shown)


def forwards(rng: Rng) -> list[Experiment]:
    """Arrays of one to three axes at low and high p, with and without a seed."""
    return [
        _one(forward, apart(rng, shape, GAP), _param(rng, (LOW, HIGH)[i % 2], seed=i > 1))
        for i, shape in enumerate(SHAPES)
    ]


def large(rng: Rng) -> list[Experiment]:
    """A large array at low and at high p."""
    return [_one(shares, apart(rng, LARGE, GAP), _param(rng, between)) for between in (LOW, HIGH)]


def test_modes(rng: Rng) -> list[Experiment]:
    """The forward in test mode."""
    return [_one(test_mode, apart(rng, shape, GAP), _param(rng, LOW, "test")) for shape in ((40,), (6, 7))]


def backwards(rng: Rng) -> list[Experiment]:
    """Pairs at low and high p, with and without a seed."""
    found = []
    for i, shape in enumerate(SHAPES):
        param = _param(rng, (LOW, HIGH)[i % 2], seed=i > 1)
        found.append(_pair(backward, apart(rng, shape, GAP), apart(rng, shape, GAP), param, p=param["p"]))
    return found


def test_mode_backwards(rng: Rng) -> list[Experiment]:
    """Pairs in test mode."""
    return [
        _pair(test_mode_backward, apart(rng, shape, GAP), apart(rng, shape, GAP), _param(rng, HIGH, "test"))
        for shape in ((40,), (6, 7))
    ]


def purities(rng: Rng) -> list[Experiment]:
    """Two interleaved pairs; and one pair whose arguments stay in the box and are looked at afterwards."""
    param = _param(rng, HIGH)
    a, b, da, db = (apart(rng, (20, 30), GAP) for _ in range(4))
    mixed = (_forward(a, param), _forward(b, param), _backward(da, 0), _backward(db, 1))
    held = (Step(SAME, (a,)), Step(SAME, (da,)), _forward(Earlier(0), param), _backward(Earlier(1), 2))
    looked = (*held, Step(SAME, (Earlier(0),)), Step(SAME, (Earlier(1),)))
    shown = {"x": a, "dropout_param": param, "dout": da}
    return [
        Experiment(mixed, partial(interleaved, x=a), shown),
        Experiment(looked, partial(untouched, x=a, dout=da), shown),
    ]


MASKED: Final = ((FORWARD, "forward"),)
"""The identity is not dropout: a forward that has no mask earns nothing for what the identity does right."""
PASSED_BACK: Final = ((BACKWARD, "backward"),)

PROPERTIES: Final = (
    Property(FORWARD, "forward", 1, forwards),
    Property(FORWARD, "property:share", 0.5, large),
    Property(FORWARD, "property:test mode", 0.5, test_modes, MASKED),
    Property(BACKWARD, "backward", 1.5, backwards, also=(FORWARD,)),
    Property(BACKWARD, "property:test mode", 0.5, test_mode_backwards, PASSED_BACK, (FORWARD,)),
    Property(BACKWARD, "purity", 0.5, purities, PASSED_BACK, (FORWARD,)),
)
