"""What is said about a numerical gradient, each from what the calls returned and nothing else.

What is right is the derivative itself. A two-sided difference is off by its truncation, and by the rounding of the
function's values: that is how far off a gradient may be, however it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Earlier, Opinion, Raised, Step
from grader.program import CALLS, SAME, Program

Floats = NDArray[np.float64]
NAME: Final = "numerical_gradient"
DEFAULT: Final = 1e-7
"""What epsilon is where it is not given."""
UNCHANGED: Final = 1e-12
ROUNDING: Final = 64 * float(np.finfo(float).eps)
"""How far off a function's value may be, relative to the sizes that it is made of."""
IMAGINARY: Final = 1e-30


@dataclass(frozen=True, eq=False)
class Case:
    """A function, a point, and epsilon; None leaves it out."""

    f: Program
    x: Floats
    epsilon: float | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Makes f and x, calls the submission, looks at x and counts the calls of f; five in all."""
        given = () if self.epsilon is None else (self.epsilon,)
        made = (Step(SAME, (self.f,)), Step(SAME, (self.x,)))
        return (
            *made,
            Step(NAME, (Earlier(0), Earlier(1), *given)),
            Step(SAME, (Earlier(1),)),
            Step(CALLS, (Earlier(0),)),
        )

    @property
    def step(self) -> float:
        """Epsilon."""
        return DEFAULT if self.epsilon is None else self.epsilon

    @cached_property
    def gradient(self) -> Floats:
        """The derivative in each entry, by an imaginary step: nothing cancels, so it is right to the last digits."""
        found = np.zeros(self.x.shape)
        for index in np.ndindex(self.x.shape):
            shifted = self.x.astype(complex)
            shifted[index] += IMAGINARY * 1j
            found[index] = np.imag(self.f(shifted)) / IMAGINARY
        return found

    def at(self, index: tuple[int, ...] | None, sign: int) -> float:
        """The function's value with epsilon added to one entry, or to all; `sign` says how often."""
        shifted = self.x.copy()
        shifted[... if index is None else index] += sign * self.step
        return float(self.f(shifted))

    def each(self, rule: Callable[[float, float, float], float]) -> Floats:
        """`rule(above, here, below)` of each entry."""
        here, found = float(self.f(self.x)), np.zeros(self.x.shape)
        for index in np.ndindex(self.x.shape):
            found[index] = rule(self.at(index, 1), here, self.at(index, -1))
        return found

    @cached_property
    def truncation(self) -> Floats:
        """How far a two-sided difference with this epsilon is off."""
        e = self.step
        return np.abs(self.each(lambda above, _, below: (above - below) / (2 * e)) - self.gradient)

    @property
    def rounding(self) -> float:
        """How far off differences are because values are."""
        return ROUNDING * (1 + abs(float(self.f(self.x)))) / self.step

    @property
    def shown(self) -> dict[str, Any]:
        """What the student is shown of it."""
        epsilon = {} if self.epsilon is None else {"epsilon": self.epsilon}
        return {"f": str(self.f), "x": self.x, **epsilon}


CALLED: Final = 5
"""The steps of one case."""


# --- the mistakes -----------------------------------------------------------------------------------------------------


def _all_at_once(case: Case) -> Floats:
    return np.full(case.x.shape, (case.at(None, 1) - case.at(None, -1)) / (2 * case.step))


def _drifting(*left: int) -> Callable[[Case], Floats]:
    """Entries are not put back: `left` says where each one stays, after it was above and below."""

    def gradient(case: Case) -> Floats:
        x, found, e = case.x.copy(), np.zeros(case.x.shape), case.step
        for index in np.ndindex(x.shape):
            was = x[index]
            values = []
            for sign in (1, -1):
                x[index] = was + sign * e
                values.append(float(case.f(x)))
            found[index] = (values[0] - values[1]) / (2 * e)
            x[index] = was + left[0] * e
        return found

    return gradient


def _each(rule: Callable[[float, float, float, float], float]) -> Callable[[Case], Floats]:
    return lambda case: case.each(lambda above, here, below: rule(above, here, below, case.step))


PREDICTED: Final[tuple[tuple[str, Callable[[Case], Floats]], ...]] = (
    ("one-sided", _each(lambda above, here, _, e: (above - here) / e)),
    ("one-sided", _each(lambda _, here, below, e: (here - below) / e)),
    ("one-sided", _each(lambda above, here, _, e: (above - here) / (2 * e))),
    ("one-sided", _each(lambda _, here, below, e: (here - below) / (2 * e))),
    ("not-divided", _each(lambda above, _, below, __: above - below)),
    ("not-divided", _each(lambda above, _, below, e: (above - below) / e)),
    ("not-divided", _each(lambda above, _, below, __: (above - below) / 2)),
    ("not-divided", _each(lambda above, _, below, e: (above - below) / 2 * e)),
    ("all-entries-at-once", _all_at_once),
    ("all-entries-at-once", lambda case: _all_at_once(case) / case.x.size),
    ("sign", _each(lambda above, _, below, e: (below - above) / (2 * e))),
    ("not-restored", _drifting(-1)),
    ("not-restored", _drifting(1)),
)


# --- judging ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Seen:
    case: Case
    got: Floats | None
    fault: str
    mistake: str | None = None
    raised: bool = False


def values(results: Sequence[Any], cases: Sequence[Case], relative: float) -> Opinion:
    """Each gradient is right to `relative`, beside what a two-sided difference is off."""
    seen = [_read(results[i * CALLED + 2], case, relative) for i, case in enumerate(cases)]
    wrong = [each for each in seen if each.fault]
    share = 1 - len(wrong) / len(seen)
    if not wrong:
        return Opinion(1.0)
    first = wrong[0]
    index = seen.index(first)
    more = f" {len(seen) - len(wrong)} of {len(seen)} gradients are right." if len(seen) > 1 else ""
    count = results[index * CALLED + 4]
    if first.got is not None and isinstance(count, np.ndarray) and count.size == 1 and np.isfinite(count).all():
        more += f" f was called {int(count.item())} times for {first.case.x.size} entries."
    mistake = _name(seen, relative)
    error = all(each.raised for each in seen)
    got = {} if first.got is None else {"gradient": first.got}
    expected = {"gradient": first.case.gradient}
    return Opinion(share, first.fault + more, mistake, expected, got, error=error)


def _read(result: Any, case: Case, relative: float) -> _Seen:
    if isinstance(result, Raised):
        at = f" at {result.where}" if result.where else ""
        mistake = "not-implemented" if result.type == "NotImplementedError" else None
        return _Seen(case, None, f"{NAME} raises {result.type}{at}: {result.message}".rstrip(": ") + ".", mistake, True)
    if not isinstance(result, np.ndarray):
        return _Seen(case, None, f"{NAME} returns no array.", "not-implemented" if _nothing(result) else None)
    if result.shape != case.x.shape:
        return _Seen(case, result, f"The gradient has shape {result.shape} instead of {case.x.shape}.")
    right = close(result, case.gradient, case, relative, case.truncation)
    if right.all():
        return _Seen(case, result, "")
    index = np.unravel_index(int(np.argmin(right)), right.shape)
    where = f"[{', '.join(str(int(i)) for i in index)}]"
    text = (
        f"gradient{where} is {result[index]:.9g} instead of {case.gradient[index]:.9g}, with epsilon = {case.step:g}."
    )
    return _Seen(case, result, text)


def _nothing(result: Any) -> bool:
    return type(result).__name__ == "Nothing"


def close(got: Floats, want: Floats, case: Case, relative: float, slack: Floats | float = 0.0) -> NDArray[np.bool_]:
    """Entry by entry, whether `got` is `want`; written so that NaN is not."""
    largest = max(float(np.abs(want).max(initial=0.0)), 1e-3)
    allowed = relative * np.maximum(np.abs(want), 1e-3 * largest) + case.rounding + 1.25 * slack
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(got - want) <= allowed)


def _name(seen: Sequence[_Seen], relative: float) -> str | None:
    """The mistake that explains every gradient, right ones too."""
    wrong = [each for each in seen if each.fault]
    if all(each.mistake == wrong[0].mistake for each in wrong) and wrong[0].mistake:
        return wrong[0].mistake
    if any(each.got is None for each in seen):
        return None
    if all(each.got is not None and each.got.shape == () for each in wrong):
        scalars = all(
            bool(close(each.got, _all_at_once(each.case).flat[0], each.case, relative))  # type: ignore[arg-type]
            for each in wrong
        )
        return "all-entries-at-once" if scalars else None
    if any(each.got is None or each.got.shape != each.case.x.shape for each in seen):
        return None
    if not any(each.got is not None and each.got.any() for each in seen):
        return "both-plus"
    for name, predict in PREDICTED:
        if all(
            each.got is not None and close(each.got, predict(each.case), each.case, relative).all() for each in seen
        ):
            return name
    return None


def untouched(results: Sequence[Any], cases: Sequence[Case]) -> Opinion:
    """The argument is afterwards what it was, to 1e-12."""
    calls = [results[i * CALLED + 2 : i * CALLED + 4] for i in range(len(cases))]
    if all(isinstance(came, Raised) for came, _ in calls):
        return Opinion(0.0, f"{NAME} raises {calls[0][0].type}: {calls[0][0].message}.", error=True)
    for case, (came, now) in zip(cases, calls, strict=True):
        if isinstance(came, Raised):
            continue  # the other checks tell
        if not isinstance(now, np.ndarray) or now.shape != case.x.shape:
            return Opinion(0.0, f"{NAME} changes what x is.", "not-restored")
        off = np.abs(now - case.x)
        if not (off <= UNCHANGED * np.maximum(1.0, np.abs(case.x))).all():
            text = f"{NAME} leaves x changed, by up to {off.max():.3g}: put each entry back, or work on a copy."
            return Opinion(0.0, text, "not-restored", {"x": case.x}, {"x": now})
    return Opinion(1.0)
