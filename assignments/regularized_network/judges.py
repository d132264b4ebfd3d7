"""What is said about dropout's forward: its masks are its own, and everything else follows from them.

The masks are read off the cache, whose layout is fixed. Each judge takes the results of an experiment's only call and
gives an `Opinion`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Opinion

Floats = NDArray[np.float64]

LAYOUT: Final = ("Z1", "D1", "A1", "W1", "b1", "Z2", "D2", "A2", "W2", "b2", "Z3", "A3", "W3", "b3")
RELATIVE: Final = 1e-6
SIGNIFICANCE: Final = 1e-8
"""How often a right dropout may fail one test of its kept share: four are made in a run."""
RIGHT: Final = Opinion(1.0)


# --- reading the cache ------------------------------------------------------------------------------------------------


def _read(results: Sequence[Any], x: Floats, parameters: Mapping[str, Floats]) -> dict[str, Floats] | Opinion:
    """What the cache holds, by name, with "out" for the returned A3; or what is wrong with it."""
    value = results[0]
    if not isinstance(value, tuple) or len(value) != 2:
        return Opinion(0.0, "forward_propagation_with_dropout returns something other than a tuple (A3, cache).")
    out, cache = value
    if not isinstance(cache, tuple | list) or len(cache) != len(LAYOUT):
        count = f" of {len(cache)}" if isinstance(cache, tuple | list) else ""
        return Opinion(0.0, f"The cache is a tuple{count}, where ({', '.join(LAYOUT)}) is meant.")
    found = {"out": out, **dict(zip(LAYOUT, cache, strict=True))}
    shapes = _shapes(x, parameters)
    for name, array in found.items():
        if not isinstance(array, np.ndarray):
            return Opinion(0.0, f"{name} in the cache is no array.")
        if name.startswith("D") and array.shape != shapes[name] and _shared(array, shapes[name]):
            text = f"{name} has shape {array.shape} instead of {shapes[name]}: every unit of a sample is drawn alone."
            return Opinion(0.0, text, "mask-shared-along-axis", got={name: array})
        if array.shape != shapes[name]:
            text = f"{name} has shape {array.shape} instead of {shapes[name]}; the cache is ({', '.join(LAYOUT)})."
            return Opinion(0.0, text, got={name: array})
        if not np.isfinite(array).all():
            return Opinion(0.0, f"{name} has entries that are not finite.", got={name: array})
    for name in ("D1", "D2"):
        if not np.isin(found[name], (0.0, 1.0)).all():
            return Opinion(0.0, f"{name} is no mask of 0 and 1: scale A, not the mask.", got={name: found[name]})
    return found


def _shapes(x: Floats, parameters: Mapping[str, Floats]) -> dict[str, tuple[int, ...]]:
    m = x.shape[1]
    found: dict[str, tuple[int, ...]] = {name: p.shape for name, p in parameters.items()}
    for layer in "123":
        units = parameters[f"W{layer}"].shape[0]
        found |= {f"{kind}{layer}": (units, m) for kind in "ZDA"}
    return {**found, "out": found["A3"]}


def _shared(mask: Floats, shape: tuple[int, ...]) -> bool:
    """Whether a mask is a row or a column that numpy spreads over the layer."""
    return mask.ndim == 2 and all(n in {1, whole} for n, whole in zip(mask.shape, shape, strict=True))


def close(got: Floats, want: Floats) -> bool:
    """Whether `got` is `want` throughout; written so that NaN is not."""
    scale = max(1e-3 * float(np.abs(want).max()), 1e-9)
    return bool((np.abs(got - want) <= RELATIVE * np.maximum(np.abs(want), scale)).all())


# --- values -----------------------------------------------------------------------------------------------------------


def values(results: Sequence[Any], x: Floats, parameters: Mapping[str, Floats], keep_prob: float) -> Opinion:
    """Each layer follows from the one before, through the submission's own masks; a third for each layer."""
    found = _read(results, x, parameters)
    if isinstance(found, Opinion):
        return found
    before, share, first = x, 0.0, RIGHT
    for layer in "123":
        wrong = _layer(found, layer, before, parameters, keep_prob)
        share += 0.0 if wrong else 1 / 3
        first = wrong if wrong and first is RIGHT else first
        before = found[f"A{layer}"]
    if not close(found["out"], found["A3"]) and first is RIGHT:
        share, first = share - 1 / 3, Opinion(0.0, "What is returned as A3 is not the A3 of the cache.")
    if first is RIGHT:
        return RIGHT
    return Opinion(max(0.0, share), first.message, first.mistake, first.expected, first.got)


def _layer(
    found: Mapping[str, Floats], layer: str, before: Floats, parameters: Mapping[str, Floats], keep_prob: float
) -> Opinion | None:
    """What is wrong with a layer, given what came into it."""
    for name in (f"W{layer}", f"b{layer}"):
        if not close(found[name], parameters[name]):
            return Opinion(0.0, f"{name} in the cache is not the {name} of the parameters.", got={name: found[name]})
    z, a = found[f"Z{layer}"], found[f"A{layer}"]
    want = parameters[f"W{layer}"] @ before + parameters[f"b{layer}"]
    if not close(z, want):
        text = f"Z{layer} is not W{layer} times what comes before, plus b{layer}."
        return Opinion(0.0, text, expected={f"Z{layer}": want}, got={f"Z{layer}": z})
    if layer == "3":
        out = 1 / (1 + np.exp(-z))
        if close(a, out):
            return None
        return Opinion(0.0, "A3 is not the sigmoid of Z3.", expected={"A3": out}, got={"A3": a})
    return _hidden(layer, z, a, found[f"D{layer}"], keep_prob)


def _hidden(layer: str, z: Floats, a: Floats, mask: Floats, keep_prob: float) -> Opinion | None:
    """What is wrong with the dropped-out activations of a hidden layer."""
    active = np.maximum(z, 0.0)
    want = active * mask / keep_prob
    if close(a, want):
        return None
    shown: dict[str, Any] = {"expected": {f"A{layer}": want}, "got": {f"A{layer}": a}}
    name = f"A{layer}"
    if not np.array_equal(mask, np.ones_like(mask)):
        if close(a, active) or close(a, active / keep_prob):
            return Opinion(
                0.0, f"D{layer} is not applied: {name} has units that it drops.", "mask-not-applied", **shown
            )
        if close(a, active * (1 - mask) / keep_prob) or close(a, active * (1 - mask)):
            return Opinion(0.0, f"{name} keeps what D{layer} drops, and drops what it keeps.", **shown)
    if close(a, active * mask):
        return Opinion(0.0, f"{name} is not scaled by 1/keep_prob.", "not-scaled", **shown)
    if close(a, active * mask * keep_prob):
        text = f"{name} is multiplied by keep_prob, where it is to be divided."
        return Opinion(0.0, text, "multiplied-by-keep-prob", **shown)
    return Opinion(0.0, f"{name} is not relu(Z{layer}) times D{layer}, over keep_prob.", **shown)


# --- masks ------------------------------------------------------------------------------------------------------------


def shares(results: Sequence[Any], x: Floats, parameters: Mapping[str, Floats], keep_prob: float) -> Opinion:
    """The share of units that each mask keeps is plausible for keep_prob, each unit of each sample drawn for itself."""
    found = _read(results, x, parameters)
    if isinstance(found, Opinion):
        return found
    opinions = [_share(f"D{layer}", found[f"D{layer}"], keep_prob) for layer in "12"]
    wrong = [opinion for opinion in opinions if opinion]
    if not wrong:
        return RIGHT
    first = wrong[0]
    return Opinion(1 - len(wrong) / 2, first.message, first.mistake, first.expected, first.got)


def _share(name: str, mask: Floats, keep_prob: float) -> Opinion | None:
    """What is wrong with a mask's share of ones."""
    got = float(mask.mean())
    if 0.0 < got < 1.0 and any(len(np.unique(part, axis=0)) == 1 for part in (mask, mask.T)):
        text = f"{name} repeats itself along an axis: each unit of each sample is drawn for itself."
        return Opinion(0.0, text, "mask-shared-along-axis", got={f"share kept by {name}": got})
    if plausible(got, keep_prob, mask.size):
        return None
    text = f"{name} keeps {got:.1%} of {mask.size} units, at keep_prob = {keep_prob}: chance does not explain that."
    below = (1 + math.erf(keep_prob / math.sqrt(2))) / 2
    explained = {"keep-drop-exchanged": 1 - keep_prob, "normal-in-place-of-uniform": below}
    mistake = next((mistake for mistake, p in explained.items() if plausible(got, p, mask.size)), None)
    return Opinion(0.0, text, mistake, {f"share kept by {name}": keep_prob}, {f"share kept by {name}": got})


def plausible(got: float, keep_prob: float, count: int) -> bool:
    """Whether chance gives a share this far from keep_prob more often than SIGNIFICANCE.

    Either tail of the binomial distribution is at most exp(-count * KL(got || keep_prob)). Source: Chernoff (1952),
    Hoeffding (1963), theorem 1.
    """
    divergence = sum(p * math.log(p / q) for p, q in ((got, keep_prob), (1 - got, 1 - keep_prob)) if p > 0)
    return count * divergence <= math.log(2 / SIGNIFICANCE)
