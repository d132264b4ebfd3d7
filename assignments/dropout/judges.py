"""What is said about dropout's outputs, each from what the calls returned and nothing else.

The mask is read off the submission's own output: a unit is dropped where `out` is 0, since no input is. So it does not
matter where the randomness comes from. Each judge takes the results of an experiment's calls and gives an `Opinion`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Opinion

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FORWARD: Final = "dropout_forward"
BACKWARD: Final = "dropout_backward"
RELATIVE: Final = 1e-6
SIGNIFICANCE: Final = 1e-8
"""How often a right dropout may fail one test of its kept share: two are made in a run."""
DOUBT: Final = 1e-3
"""How often a right dropout may look wrong at the first sample: then a larger one is looked at before judging."""
ALIKE: Final = 0.99
"""Masks of hundreds of units that agree in this share of them are one mask: chance gives two thirds."""
RIGHT: Final = Opinion(1.0)


# --- reading values ---------------------------------------------------------------------------------------------------


def unreadable(value: Any, like: Floats, name: str) -> Opinion | None:
    """What is wrong with `value` before its entries count: no array, another shape."""
    if not isinstance(value, np.ndarray):
        kind = f"a tuple of {len(value)}" if isinstance(value, tuple) else "something other than an array"
        return Opinion(0.0, f"{name} is {kind}, where an array of shape {like.shape} is expected.")
    if value.shape != like.shape:
        return Opinion(0.0, f"{name} has shape {value.shape} instead of {like.shape}.", got={name: value})
    return None


def infinite(value: Floats, name: str, mistake: str | None = None) -> Opinion | None:
    """NaN or infinity in `value`."""
    if np.isfinite(value).all():
        return None
    first = float(value[~np.isfinite(value)].flat[0])
    return Opinion(0.0, f"{name} has entries that are {first}.", mistake, got={name: value})


def close(got: Floats, want: Floats | float) -> Mask:
    """Entry by entry, whether `got` is `want`; written so that NaN is not."""
    with np.errstate(invalid="ignore"):
        near = np.abs(got - want) <= RELATIVE * np.maximum(np.abs(want), np.abs(got))
        return np.asarray(near & np.isfinite(got) & np.isfinite(want))


def _same(got: Floats, want: Floats) -> bool:
    return bool(close(got, want).all())


# --- the forward ------------------------------------------------------------------------------------------------------


def scale(results: Sequence[Any], a: Floats, keep_prob: float) -> Opinion:
    """`out` is a mask of 0 and 1 times a/keep_prob. A right mask with a wrong scale is worth half."""
    out = results[0][0]
    if found := unreadable(out, a, "out") or infinite(out, "out"):
        return found
    kept = out != 0
    if not kept.any():
        return Opinion(0.0, f"Every unit is dropped, at keep_prob = {keep_prob}.", got={"out": out})
    factor = out[kept] / a[kept]
    if close(factor, 1 / keep_prob).all() and not kept.all():
        return RIGHT
    if kept.all() and (close(factor, 1.0).all() or close(factor, 1 / keep_prob).all()):
        return Opinion(0.0, f"No unit is dropped, at keep_prob = {keep_prob}.", got={"out": out})
    middle = float(np.median(factor))
    if not close(factor, middle).all() or kept.all():
        return Opinion(
            0.0, "out is not a mask of 0 and 1 times a/keep_prob: units change by different factors.", got={"out": out}
        )
    mistake = _wrong_scale(middle, keep_prob, kept)
    how = "not scaled" if mistake == "not-scaled" else f"{middle:.6g} times what they were"
    return Opinion(
        0.5,
        f"Kept units are {how}, where 1/keep_prob = {1 / keep_prob:.6g} is meant.",
        mistake,
        expected={"out": np.where(kept, a / keep_prob, 0.0)},
        got={"out": out},
    )


def _wrong_scale(factor: float, keep_prob: float, kept: Mask) -> str | None:
    """The mistake behind a factor that is not 1/keep_prob, where the units `kept` are kept."""
    names = {1.0: "not-scaled", keep_prob: "multiplied-by-keep-prob"}
    if plausible(float(kept.mean()), 1 - keep_prob, kept.size):
        names[1 / (1 - keep_prob)] = "keep-drop-exchanged"
    return next((name for value, name in names.items() if math.isclose(factor, value, rel_tol=RELATIVE)), None)


def share(results: Sequence[Any], a: Floats, keep_prob: float) -> Opinion:
    """The share of units kept is plausible for keep_prob, each unit drawn for itself; `a` is large, and the masks of
    several calls are one sample.
    """
    outs = _outs(results)
    if found := _first_found(outs, a):
        return found
    kept = outs[0] != 0
    if text := _shared(kept):
        return Opinion(0.0, text, "mask-shared-along-axis", got={"share kept": float(kept.mean())})
    # A mask that comes again is no further sample.
    masks = np.array(list({mask.tobytes(): mask for mask in (out != 0 for out in outs)}.values()))
    got = float(masks.mean())
    if plausible(got, keep_prob, masks.size):
        return RIGHT
    text = f"{got:.1%} of {masks.size} units are kept, at keep_prob = {keep_prob}: chance does not explain that."
    below = (1 + math.erf(keep_prob / math.sqrt(2))) / 2
    explained = {"keep-drop-exchanged": 1 - keep_prob, "normal-in-place-of-uniform": below}
    mistake = next((name for name, p in explained.items() if plausible(got, p, masks.size)), None)
    return Opinion(0.0, text, mistake, expected={"share kept": keep_prob}, got={"share kept": got})


def unlikely(results: Sequence[Any], a: Floats, keep_prob: float) -> bool:
    """Whether chance hardly explains the share of units kept in one call, so that more calls are to tell."""
    outs = _outs(results)
    if _first_found(outs, a) or _shared(outs[0] != 0):
        return False
    return not plausible(float((outs[0] != 0).mean()), keep_prob, a.size, DOUBT)


def _outs(results: Sequence[Any]) -> list[Any]:
    """What the forwards among the steps gave."""
    return [result[0] for result in results if isinstance(result, tuple)]


def _shared(kept: Mask) -> str:
    """How entries share their mask along some axis, where any unit is kept and any is not."""
    if kept.all() or not kept.any():
        return ""
    return next((text for axis in range(kept.ndim) if (text := shared(kept, axis))), "")


def _first_found(outs: Sequence[Any], a: Floats) -> Opinion | None:
    """What is wrong with the first output that can't be read."""
    return next((found for out in outs if (found := unreadable(out, a, "out") or infinite(out, "out"))), None)


def shared(kept: Mask, axis: int) -> str:
    """Whether entries along an axis share their mask; no two of them do by chance, each has hundreds of units."""
    slices = np.moveaxis(kept, axis, 0).reshape(kept.shape[axis], -1)
    different = len({row.tobytes() for row in np.packbits(slices, axis=1)})
    if different == len(slices):
        return ""
    how = "all" if different == 1 else "some"
    return f"Along axis {axis}, {how} entries are kept or dropped together: each unit has to be drawn for itself."


def plausible(got: float, keep_prob: float, count: int, significance: float = SIGNIFICANCE) -> bool:
    """Whether chance gives a share this far from keep_prob more often than `significance`.

    Either tail of the binomial distribution is at most exp(-count * KL(got || keep_prob)). Source: Chernoff (1952),
    Hoeffding (1963), theorem 1.
    """
    divergence = sum(p * math.log(p / q) for p, q in ((got, keep_prob), (1 - got, 1 - keep_prob)) if p > 0)
    return count * divergence <= math.log(2 / significance)


def fresh(results: Sequence[Any], a: Floats) -> Opinion:
    """Several calls with the same input give different masks."""
    outs = [result[0] for result in results]
    for out in outs:
        if found := unreadable(out, a, "out") or infinite(out, "out"):
            return found
    masks = [out != 0 for out in outs]
    for mask, other in itertools.combinations(masks, 2):
        alike = float((mask == other).mean())
        if alike >= ALIKE:
            text = f"Two calls treat {alike:.0%} of the units alike: each call has to draw a new mask."
            return Opinion(0.0, text, "fixed-mask")
    return RIGHT


def test_mode(results: Sequence[Any], a: Floats, keep_prob: float) -> Opinion:
    """With train=False the forward gives its input back."""
    out = results[0][0]
    if found := unreadable(out, a, "out") or infinite(out, "out"):
        return found
    if _same(out, a):
        return RIGHT
    dropped = int(np.count_nonzero(out == 0))
    mistake = None
    if dropped or _same(out, a / keep_prob):
        mistake = "active-at-test"
    elif _same(out, a * keep_prob):
        mistake = "scaled-at-test"
    text = f"{dropped} of {a.size} units are dropped" if dropped else "out is not a"
    return Opinion(0.0, f"{text}, with train=False.", mistake, expected={"out": a}, got={"out": out})


def keep_all(results: Sequence[Any], a: Floats) -> Opinion:
    """With keep_prob = 1 the forward gives its input back."""
    out = results[0][0]
    if found := unreadable(out, a, "out") or infinite(out, "out", _nothing_left(out)):
        return found
    if _same(out, a):
        return RIGHT
    dropped = int(np.count_nonzero(out == 0))
    text = f"{dropped} of {a.size} units are dropped" if dropped else "out is not a"
    return Opinion(0.0, f"{text}, at keep_prob = 1.", _nothing_left(out), expected={"out": a}, got={"out": out})


def _nothing_left(value: Floats) -> str | None:
    """The mistake where keep_prob = 1 leaves no unit: each is 0, or 0/0."""
    return "keep-drop-exchanged" if not np.any(np.isfinite(value) & (value != 0)) else None


# --- the backward -----------------------------------------------------------------------------------------------------


def backward(results: Sequence[Any], a: Floats, dout: Floats, keep_prob: float) -> Opinion:
    """`da` is dout*mask/keep_prob for the mask of the forward's own output.

    The right mask with a wrong scale is worth half, the derivative of a forward that is wrong itself a quarter.
    """
    out, da = results[0][0], results[1]
    if unreadable(out, a, "out") or not np.isfinite(out).all():
        return Opinion(0.0, "The forward's output does not show which units it dropped.")
    if found := unreadable(da, a, "da") or infinite(da, "da"):
        return found
    mask = out != 0
    want = np.where(mask, dout / keep_prob, 0.0)
    if not mask.any() or mask.all():
        return Opinion(0.0, "The forward drops all units or none, which leaves nothing to judge.")
    if _same(da, want):
        return RIGHT
    worth, text, mistake = _wrong_backward(da, dout, mask, keep_prob)
    if _same(da, dout * out / a):
        worth = max(worth, 0.25)
        text += " It fits your own forward: mend both."
    return Opinion(worth, text, mistake, expected={"da": want}, got={"da": da})


def _wrong_backward(da: Floats, dout: Floats, mask: Mask, keep_prob: float) -> tuple[float, str, str | None]:
    """The worth of a wrong backward, what to say of it, and the name of the mistake."""
    passed = da != 0
    if not passed.any():
        return 0.0, "da is zero everywhere.", "zero"
    factor = da[passed] / dout[passed]
    middle = float(np.median(factor))
    even, like_mask = bool(close(factor, middle).all()), np.array_equal(passed, mask)
    if even and like_mask:
        text = f"da is {middle:.6g} times dout where units were kept; 1/keep_prob = {1 / keep_prob:.6g} is meant."
        return (0.5, text, _wrong_scale(middle, keep_prob, mask)) if middle > 0 else (0.0, text, "sign")
    if even and passed.all():
        return 0.0, "Gradient reaches units that the forward dropped.", "mask-not-applied-in-backward"
    if even and np.array_equal(passed, ~mask):
        return 0.0, "Gradient reaches the dropped units and not the kept ones.", "keep-drop-exchanged"
    if even:
        wrong = int(np.count_nonzero(passed != mask))
        text = f"The backward's mask is not the forward's: it differs in {wrong} of {mask.size} units."
        return 0.0, text, "new-mask-in-backward"
    if like_mask and np.ptp(da[passed]) <= RELATIVE * np.abs(da[passed]).max():
        return 0.0, "da does not depend on dout.", "upstream-ignored"
    return 0.0, "da is not dout times a mask over keep_prob.", None


def test_mode_backward(results: Sequence[Any], a: Floats, dout: Floats, keep_prob: float) -> Opinion:
    """With train=False the backward gives the upstream gradient back."""
    da = results[1]
    if found := unreadable(da, a, "da") or infinite(da, "da"):
        return found
    if _same(da, dout):
        return RIGHT
    mistake = "active-at-test" if (da == 0).any() or _same(da, dout / keep_prob) else None
    return Opinion(0.0, "da is not dout, with train=False.", mistake, expected={"da": dout}, got={"da": da})


def keep_all_backward(results: Sequence[Any], a: Floats, dout: Floats) -> Opinion:
    """With keep_prob = 1 the backward gives the upstream gradient back."""
    da = results[1]
    if found := unreadable(da, a, "da") or infinite(da, "da", _nothing_left(da)):
        return found
    if _same(da, dout):
        return RIGHT
    return Opinion(0.0, "da is not dout, at keep_prob = 1.", _nothing_left(da), expected={"da": dout}, got={"da": da})


# --- purity -----------------------------------------------------------------------------------------------------------


def interleaved(results: Sequence[Any], a: Floats) -> Opinion:
    """Forward A, forward B, backward A, backward B: each backward drops what its own forward dropped."""
    outs, gradients = (results[0][0], results[1][0]), results[2:]
    for value, name in (*((out, "out") for out in outs), *((da, "da") for da in gradients)):
        if found := unreadable(value, a, name):
            return found
    own = [np.array_equal(da != 0, out != 0) for da, out in zip(gradients, outs, strict=True)]
    if all(own):
        return RIGHT
    text = (
        "After two forwards, a backward no longer has the mask of its own forward: keep the mask in the cache, not in "
        "a global or a shared buffer."
    )
    other = np.array_equal(gradients[0] != 0, outs[1] != 0)
    return Opinion(0.0, text, "shared-state" if other else None, got={"da": gradients[0]})


def untouched(results: Sequence[Any], a: Floats, dout: Floats) -> Opinion:
    """A pair leaves its arguments alone: the last two results are looks at them after both calls."""
    for function, name, was, now in ((FORWARD, "a", a, results[-2]), (BACKWARD, "dout", dout, results[-1])):
        if unreadable(now, was, name) or not np.array_equal(now, was):
            text = f"{function} changes its argument {name} in place: work on a copy."
            return Opinion(0.0, text, "input-changed", got={name: now})
    return RIGHT
