"""Recognising mistakes by what they return.

A failed check's values are compared with the predictions of the assignment's known mistakes, then with those of the
general ones below. A name is given only when every case agrees with the prediction, and only when the prediction
differs from what is right: one coincidence names nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from grader.numeric import Floats, same

Values = Mapping[str, Floats]
"""Outputs or gradients by name."""


@dataclass(frozen=True)
class MistakeInfo:
    """What the student is told about a mistake that the grader knows by name."""

    name: str
    """The identifier that a check's `diagnosis` holds."""
    title: str
    """What it is called in front of people."""
    reason: str
    """Why it gives a wrong answer; text in backticks is code."""
    read: str
    """The section of the notes to read."""


@dataclass(frozen=True)
class Prediction:
    """What a submission with one mistake returns in every case; `detail` is added to the message.

    None stands for a case in which the mistake can't be computed, such as a product of matrices that do not fit:
    there, the submission must have raised.
    """

    name: str
    values: tuple[Values | None, ...]
    detail: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """A recognised mistake: in all wrong values together, or in the one called `part`."""

    name: str
    detail: str = ""
    part: str = ""


@dataclass(frozen=True)
class Observed:
    """One case: what is right, what came, the scale that went in, and quantities by name ("keep_prob", "W.shape[0]").

    `got` is None where the function raised.
    """

    expected: Values
    got: Values | None
    scale: float
    quantities: Mapping[str, float]
    ones: Values | None = None
    """The gradients for an upstream gradient of ones: what ignoring it gives."""
    turned: Values = field(default_factory=dict)
    """What is right, transposed, of the values that are matrices or lists of them."""


_NOTES: Final = "Backpropagation, Intuitions"

GENERAL: Final = {
    m.name: m
    for m in (
        MistakeInfo(
            "not-implemented",
            "Not implemented yet",
            "The function still returns what the stub returns.",
            "The assignment's README",
        ),
        MistakeInfo(
            "sign",
            "The sign is wrong",
            "Every entry has the right size and the opposite sign: look for a minus that is missing or one too many.",
            f"{_NOTES}: intuitive understanding of backpropagation",
        ),
        MistakeInfo(
            "transposed",
            "Transposed",
            "The values are right and lie the wrong way round: a gradient has the shape of what it is the gradient of.",
            f"{_NOTES}: gradients for vectorized operations",
        ),
        MistakeInfo(
            "constant-factor",
            "Off by a constant factor",
            "Every entry is off by the same factor.",
            f"{_NOTES}: patterns in backward flow",
        ),
        MistakeInfo(
            "zero",
            "It is zero everywhere",
            "Zero came back where something else is right: is it filled in, is a path through the circuit forgotten?",
            f"{_NOTES}: intuitive understanding of backpropagation",
        ),
        MistakeInfo(
            "upstream-ignored",
            "The upstream gradient is ignored",
            "It is right only for an upstream gradient of 1: the chain rule multiplies each local gradient by it.",
            f"{_NOTES}: compound expressions with chain rule",
        ),
        MistakeInfo(
            "input-changed",
            "An argument is changed in place",
            "Whoever called may still need the array: work on a copy, or write x = x * 2 in place of x *= 2.",
            "The assignment's README",
        ),
        MistakeInfo(
            "shared-state",
            "Two calls share their state",
            "A network makes many forward calls before it goes backward: what a backward needs belongs in its cache.",
            f"{_NOTES}: modularity, forward and backward pass",
        ),
        MistakeInfo(
            "wrong-shape",
            "The values are right, the shape is not",
            "An axis of length 1 is missing or one too many: `keepdims=True` keeps a summed axis, and `reshape` mends "
            "the rest.",
            f"{_NOTES}: gradients for vectorized operations",
        ),
        MistakeInfo(
            "sum-missing",
            "A sum is missing after broadcasting",
            "What was stretched on the way forward is summed on the way back: a number that was used for every sample "
            "collects the gradients of all of them.",
            f"{_NOTES}: gradients for vectorized operations",
        ),
        MistakeInfo(
            "sum-over-wrong-axis",
            "The sum runs over the wrong axis",
            "The gradients are all in it and collected along the wrong axis: sum over the axis along which the input "
            "was stretched.",
            f"{_NOTES}: gradients for vectorized operations",
        ),
        MistakeInfo(
            "float32",
            "Computed in float32 on the way",
            "The result has no more digits than float32 holds: leave out `astype(np.float32)` and `dtype=np.float32`.",
            "The assignment's README",
        ),
        MistakeInfo(
            "numerical-differentiation",
            "Differences in place of a derivative",
            "The function calls its own forward for every entry: differences are a check on a derivative, and are "
            "right to a few digits only.",
            f"{_NOTES}: simple expressions and interpretation of the gradient",
        ),
        MistakeInfo(
            "few-digits",
            "Right to a few digits only",
            "Every entry is nearly right, which a derivative is to the last digits: is it differentiated numerically, "
            "rounded, or is a small constant added on the way?",
            "The assignment's README",
        ),
        MistakeInfo(
            "differentiating-library",
            "A library is asked for the derivative",
            "The point of the exercise is to derive the backward by hand: only numpy and Python's own library are "
            "there.",
            "The assignment's README",
        ),
        MistakeInfo(
            "wrong-order",
            "The gradients come in the wrong order",
            "The values are right, in another order than that of the forward's inputs.",
            "The assignment's README",
        ),
    )
}


def recognise(
    cases: Sequence[Observed], wrong: Sequence[str], known: Sequence[Prediction], *, anything: bool = True
) -> Diagnosis | None:
    """The mistake that explains the wrong values of all cases, known ones before general ones; None when none does.

    `wrong` names the values that are wrong in some case. Every case must have given every value a number, or have
    raised: then only a known mistake that raises in the same cases explains the others. Without `anything`, general
    mistakes are not looked for.
    """
    answered = [case.got for case in cases if case.got is not None]
    if not answered or any(name not in got for got in answered for name in wrong):
        return None
    everywhere = anything and len(answered) == len(cases)
    together = next((p for p in known if _explains(p, cases, list(cases[0].expected))), None)
    nothing = next((part for part in wrong if everywhere and _explains(zero(cases, part), cases, [part])), None)
    if nothing and (together is None or _vanishes(together)):
        return Diagnosis("zero", part=nothing)
    if together:
        return Diagnosis(together.name, together.detail)
    order = _permuted(cases) if everywhere else None
    if order:
        return order
    for part in wrong:
        for prediction in itertools.chain(known, general(cases, part) if everywhere else ()):
            if _explains(prediction, cases, [part]):
                return Diagnosis(prediction.name, prediction.detail, part)
        if everywhere and (related := relation(cases, part)):
            return Diagnosis(related[0], related[1], part)
    return None


def _explains(prediction: Prediction, cases: Sequence[Observed], names: Sequence[str]) -> bool:
    differs = False
    for case, predicted in zip(cases, prediction.values, strict=True):
        if case.got is None or predicted is None:
            if (case.got is None) != (predicted is None):
                return False
            continue
        for name in names:
            if name not in predicted or name not in case.got:
                return False
            if not same(case.got[name], predicted[name], case.scale):
                return False
            differs = differs or not same(predicted[name], case.expected[name], case.scale)
    return differs


def _vanishes(prediction: Prediction) -> bool:
    """Whether a mistake leaves nothing at all."""
    return not any(np.any(value) for values in prediction.values if values is not None for value in values.values())


def _permuted(cases: Sequence[Observed]) -> Diagnosis | None:
    names = list(cases[0].expected)
    if not 1 < len(names) <= 4:
        return None
    for order in itertools.permutations(names):
        swapped = Prediction(
            "wrong-order", tuple({n: c.expected[o] for n, o in zip(names, order, strict=True)} for c in cases)
        )
        if _explains(swapped, cases, names):
            return Diagnosis("wrong-order", f"They come as ({', '.join(order)}).")
    return None


def zero(cases: Sequence[Observed], part: str) -> Prediction:
    """Nothing at all in the value called `part`."""
    return Prediction("zero", tuple({part: np.zeros_like(c.expected[part])} for c in cases))


def general(cases: Sequence[Observed], part: str) -> Iterator[Prediction]:
    """What the general mistakes would have given for the value called `part`; no case raised."""
    expected = [c.expected[part] for c in cases]

    def predict(name: str, values: Sequence[Floats], detail: str = "") -> Prediction:
        return Prediction(name, tuple({part: v} for v in values), detail)

    yield predict("sign", [-e for e in expected])
    if all(part in c.turned for c in cases):
        yield predict("transposed", [c.turned[part] for c in cases])
    ones = [c.ones[part] for c in cases if c.ones is not None]
    if len(ones) == len(cases):
        yield predict("upstream-ignored", ones)
    yield from _factors(cases, part, expected)


def _factors(cases: Sequence[Observed], part: str, expected: Sequence[Floats]) -> Iterator[Prediction]:
    """Constant factors: one for all cases, or a quantity of each case, its inverse or its negative."""
    first = _ratio((cases[0].got or {})[part], expected[0])
    if first is not None and (len(cases) > 1 or _nice(first)):
        hint = FACTORS.get(first, "")
        yield Prediction(
            "constant-factor",
            tuple({part: first * e} for e in expected),
            f"It is {first:.6g} times what is right{hint}{'' if hint.endswith('?') else '.'}",
        )
    for name in cases[0].quantities:
        factors = [c.quantities.get(name, 0.0) for c in cases]
        for power, text, hint in ((1, f"{name} times", _TOO_MUCH), (-1, f"1/{name} times", _TOO_LITTLE)):
            if all(f not in {0.0, 1.0} for f in factors) or len(set(factors)) > 1:
                values = tuple({part: f**power * e} for f, e in zip(factors, expected, strict=True) if f)
                if len(values) == len(cases):
                    yield Prediction("constant-factor", values, f"It is {text} what is right: {hint.format(name)}")


FACTORS: Final = {
    2.0: ": is a term counted twice, or a 1/2 left out?",
    0.5: ": is a term counted once that counts twice, such as the 2 of a square's derivative?",
    -2.0: ": the sign is wrong too",
    -0.5: ": the sign is wrong too",
}
"""What a factor that is the same in all cases is often left behind by."""
_TOO_MUCH: Final = "is a mean taken for a sum, or a division by {} left out?"
_TOO_LITTLE: Final = "is it divided by {} once too often?"


# --- what is related to the right value in another way than by a prediction -------------------------------------------


def relation(cases: Sequence[Observed], part: str) -> tuple[str, str] | None:
    """A mistake that shows in how each case's value relates to the right one, and what to add to the message."""
    pairs = [((case.got or {})[part], case.expected[part]) for case in cases]
    if any(not np.isfinite(got).all() or not want.size for got, want in pairs):
        return None
    shapes = [(got.shape, want.shape) for got, want in pairs]
    if any(a != b for a, b in shapes):
        return _shape_relation(pairs, [case.scale for case in cases])
    if all(_near(got, want, _FEW_DIGITS) for got, want in pairs):
        # A value that float32 holds exactly has lost its other digits on the way.
        if all(np.array_equal(got, got.astype(np.float32)) for got, _ in pairs):
            return "float32", ""
        if all(np.mean(np.abs(got - want) > _EXACT * np.max(np.abs(want))) >= 0.5 for got, want in pairs):
            return "few-digits", ""
    return None


_FEW_DIGITS: Final = 1e-3
"""What differences with a careless step, or float32, are off by at most, as a share of the largest entry."""
_EXACT: Final = 1e-9
"""What a derivation in float64 is off by at most."""


def _near(got: Floats, want: Floats, share: float) -> bool:
    return bool(np.all(np.abs(got - want) <= share * np.max(np.abs(want))))


def _shape_relation(pairs: Sequence[tuple[Floats, Floats]], scales: Sequence[float]) -> tuple[str, str] | None:
    """Right values in a wrong shape, a sum that is missing, or one over the wrong axis."""
    every = list(zip(pairs, scales, strict=True))
    if all(got.size == want.size and same(got.ravel(), want.ravel(), scale) for (got, want), scale in every):
        return "wrong-shape", ""
    if all((summed := _summed(got, want.shape)) is not None and same(summed, want, s) for (got, want), s in every):
        return "sum-missing", ""
    # Only of what is a row or a column: the total of a whole table says nothing of how it was summed.
    if any(np.max(array.shape, initial=1) != array.size for pair in pairs for array in pair):
        return None
    totals = [(np.sum(got, keepdims=False), np.sum(want), s * np.sqrt(want.size)) for (got, want), s in every]
    if all(same(np.asarray(a), np.asarray(b), scale) for a, b, scale in totals):
        return "sum-over-wrong-axis", ""
    return None


def _summed(got: Floats, shape: tuple[int, ...]) -> Floats | None:
    """`got` summed to `shape`, where that shape could have been stretched to it; None otherwise."""
    padded = (1,) * (got.ndim - len(shape)) + shape
    if len(padded) != got.ndim or any(n not in {1, m} for n, m in zip(padded, got.shape, strict=True)):
        return None
    axes = tuple(i for i, (n, m) in enumerate(zip(padded, got.shape, strict=True)) if n != m)
    return np.asarray(np.sum(got, axis=axes, keepdims=True)).reshape(shape)


def _ratio(got: Floats, expected: Floats) -> float | None:
    """The factor between two arrays, taken where the expected one is largest."""
    if got.shape != expected.shape or not got.size:
        return None
    at = np.unravel_index(int(np.argmax(np.abs(expected))), expected.shape)
    if expected[at] == 0 or not np.isfinite(got[at]):
        return None
    factor = float(got[at] / expected[at])
    if not math.isfinite(12 * factor):
        return None
    nearest = round(factor * 12) / 12
    return nearest if nearest and abs(factor - nearest) < 1e-6 * abs(nearest) else factor


def _nice(factor: float) -> bool:
    """Whether a factor is one that a slip leaves behind: one case alone is off by some factor always."""
    return factor * 12 == round(factor * 12)
