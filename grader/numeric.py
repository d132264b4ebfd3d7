"""When two numbers count as equal, and derivatives by differences whose error is estimated instead of guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Figure = Floats | tuple[Floats, ...]
"""What a name stands for: an array, or a list of arrays."""

RELATIVE: Final = 1e-6
"""What an entry may be off by, as a share of its magnitude."""
OF_ARRAY: Final = 1e-3
"""An entry counts as at least this share of its array's largest."""
OF_SCALE: Final = 1e-4
"""And as at least this share of the scale that went in, so that an exact zero may come back as 6e-14."""


def magnitude(*values: Any) -> float:
    """The largest finite magnitude in numbers, arrays, and lists and dicts of them; 0 when there is none."""
    largest = 0.0
    for value in values:
        if isinstance(value, list | tuple):
            largest = max(largest, magnitude(*value))
        elif isinstance(value, dict):
            largest = max(largest, magnitude(*value.values()))
        elif isinstance(value, int | float | np.ndarray | np.generic):
            array = np.abs(np.asarray(value, np.float64))
            finite = array[np.isfinite(array)]
            largest = max(largest, float(finite.max())) if finite.size else largest
    return largest


def figure(value: Any) -> Figure:
    """`value` as float64; a list or tuple that holds arrays as a list of them."""
    if isinstance(value, list | tuple) and any(isinstance(item, np.ndarray | np.generic) for item in value):
        return tuple(np.asarray(item, np.float64) for item in value)
    return np.asarray(value, np.float64)


def size(value: Any) -> int:
    """How many numbers there are in a number, an array, or a list or dict of them."""
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(size, value)) if isinstance(value, list | tuple) else int(np.size(value))


def flat(value: Figure) -> Floats:
    """An array as it is; a list's arrays end to end."""
    if not isinstance(value, tuple):
        return value
    return np.concatenate([np.ravel(item) for item in value]) if value else np.empty(0)


def turned(value: Figure) -> Floats | None:
    """A matrix transposed, or a list's matrices, end to end; None for what holds no matrices."""
    items = value if isinstance(value, tuple) else (value,)
    if not items or any(item.ndim != 2 for item in items):
        return None
    return flat(tuple(item.T for item in items)) if isinstance(value, tuple) else value.T


def tolerance(expected: Floats, scale: float, *, coarse: bool = False) -> Floats:
    """How far off each entry of `expected` may be; `scale` is the magnitude of what went in.

    `coarse` is for float32, whose sums are right to 1e-7 of their largest term: there every entry counts as its array's
    largest, or as what went in.
    """
    size = np.abs(expected)
    largest = float(size.max()) if size.size else 0.0
    floor = max(largest, scale) if coarse else max(OF_ARRAY * largest, OF_SCALE * scale)
    return np.asarray(RELATIVE * np.maximum(size, floor))


def agrees(got: Floats, expected: Floats, scale: float, *, coarse: bool = False) -> NDArray[np.bool_]:
    """Entry by entry, whether `got` is `expected` within tolerance. The shapes are equal; `coarse` as in `tolerance`.

    NaN never agrees: the comparison is written so that it fails.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        close = np.abs(got - expected) <= tolerance(expected, scale, coarse=coarse)
        # Where the right value is infinite, so is the tolerance.
        return np.asarray(close & np.isfinite(expected) & np.isfinite(got))


def same(got: Floats, predicted: Floats, scale: float) -> bool:
    """Whether `got` is what was predicted, here with NaN and infinity equal to themselves, for recognising mistakes."""
    if got.shape != predicted.shape:
        return False
    odd = ~np.isfinite(predicted)
    if odd.any():
        if not np.array_equal(got[odd], predicted[odd], equal_nan=True):
            return False
        got, predicted = got[~odd], predicted[~odd]
    return bool(agrees(got, predicted, scale).all())


# --- derivatives by differences ---------------------------------------------------------------------------------------

STEPS: Final = (1.0, 0.5, 0.25)
"""The steps of one derivative, as shares of its first."""
FIRST_STEP: Final = 2.0**-6
EPS: Final = 2.0**-52
COARSE_EPS: Final = 2.0**-23
"""The relative rounding of float32."""


@dataclass(frozen=True)
class Probe:
    """A line through the inputs, along which the derivative is taken: entry `index` of input `position`, or a
    direction.
    """

    position: int
    direction: Floats
    """Of the input's shape."""
    step: float
    index: tuple[int, ...] | None = None
    item: int | None = None
    """Of an input that is a list of arrays: which of them."""

    def points(self, inputs: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The inputs to evaluate at: plus and minus each step."""
        value = inputs[self.position] if self.item is None else inputs[self.position][self.item]
        base = np.asarray(value, np.float64)
        moved = []
        for share in STEPS:
            for sign in (1.0, -1.0):
                point = base + sign * share * self.step * self.direction
                moved.append(self._in_place(point if isinstance(value, np.ndarray) else float(point), inputs))
        return [(*inputs[: self.position], m, *inputs[self.position + 1 :]) for m in moved]

    def _in_place(self, point: Any, inputs: Sequence[Any]) -> Any:
        """The moved value, among the others of its list where it is one of a list."""
        if self.item is None:
            return point
        others = inputs[self.position]
        return [*others[: self.item], point, *others[self.item + 1 :]]


@dataclass(frozen=True)
class Slope:
    """A directional derivative with an estimate of its error, and of what a kink nearby may add to it."""

    value: float
    error: float
    kink: float
    noise: float
    """The part of the error that is the values' own rounding."""


def probes(inputs: Sequence[Any], position: int, rng: np.random.Generator, entries: int) -> list[Probe]:
    """Entry by entry for an array of at most `entries` entries, otherwise that many random directions.

    Random directions decide just as well in large inputs (a wrong gradient is orthogonal to them with probability 0);
    entries say where the fault is. A list's arrays are probed one by one, and share `entries`.
    """
    value = inputs[position]
    if isinstance(value, list | tuple):
        few = max(2, entries // max(1, len(value)))
        return [p for i, item in enumerate(value) for p in _probes(item, position, i, rng, few)]
    return _probes(value, position, None, rng, entries)


def _probes(value: Any, position: int, item: int | None, rng: np.random.Generator, entries: int) -> list[Probe]:
    base = np.asarray(value, np.float64)
    if base.size <= entries:
        found = []
        for index in np.ndindex(base.shape):
            direction = np.zeros(base.shape)
            direction[index] = 1.0
            found.append(Probe(position, direction, FIRST_STEP * max(1.0, abs(float(base[index]))), index, item))
        return found
    step = FIRST_STEP * max(1.0, magnitude(base)) / np.sqrt(base.size)
    return [Probe(position, rng.normal(size=base.shape), step, None, item) for _ in range(entries)]


def slope(values: Sequence[float], step: float, noise: float | None = None) -> Slope:
    """The derivative from values at plus and minus each of STEPS, by two Richardson extrapolations.

    A two-sided difference D(h) is off by c2 h^2 + c4 h^4 + ...; D over h, h/2 and h/4 cancels both terms. The change
    that the last extrapolation made bounds the truncation, and the values' own rounding, `noise` or 2^-52 of their
    size, is what the smallest step divides. A kink can hide from the differences, but not from the sums f(x + h) +
    f(x - h) as well: where f is smooth they change four times as much from h to h/2 as from h/2 to h/4. Source:
    Richardson (1911); Press et al., Numerical Recipes, "Numerical Derivatives".
    """
    pairs = [(values[2 * i], values[2 * i + 1], share * step) for i, share in enumerate(STEPS)]
    d = [(plus - minus) / (2.0 * h) for plus, minus, h in pairs]
    first = [(4.0 * d[1] - d[0]) / 3.0, (4.0 * d[2] - d[1]) / 3.0]
    value = (16.0 * first[1] - first[0]) / 15.0
    rounding = 8.0 * (EPS * max(abs(v) for v in values) if noise is None else noise) / (STEPS[-1] * step)
    e = [(plus + minus) / 2.0 for plus, minus, _ in pairs]
    kink = abs((e[0] - e[1]) - 4.0 * (e[1] - e[2])) / step
    return Slope(value, abs(value - first[1]) + rounding, kink, rounding)
