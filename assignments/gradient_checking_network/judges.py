"""What is said about a gradient check: it gives the relative difference between the gradient that it is to check and
two-sided differences.

Each experiment asks for the same point with a right gradient and with planted wrong ones, so that a constant passes
none. What a right gradient leaves is truncation and rounding, and is judged by a bound; what a wrong one leaves is
judged by its value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Opinion

Floats = NDArray[np.float64]

SMALL: Final = 1e-4
"""What a right gradient leaves is below this, what a planted wrong one leaves far above."""
NOISE: Final = 1e-6
"""A right gradient may leave so much at any epsilon: at 1e-7, rounding alone leaves some 1e-9."""
RELATIVE: Final = 2e-5
RIGHT: Final = Opinion(1.0)


def difference(gradient: Floats, approximation: Floats) -> float:
    """The norm of the difference over the sum of the norms."""
    norm = np.linalg.norm
    return float(norm(gradient - approximation) / (norm(gradient) + norm(approximation)))


def expectations(
    gradients: Sequence[Floats], approximations: Mapping[str, Floats]
) -> tuple[list[float], dict[str, list[float]]]:
    """What a right check gives for each gradient, and what checks with a mistake give, by the mistake's name.

    `approximations` holds the two-sided differences as "", and those that come of a mistake under a name that begins
    with the mistake's ("one-sided before").
    """
    right = approximations[""]
    want = [difference(g, right) for g in gradients]
    norm = np.linalg.norm
    wrong = {name: [difference(g, n) for g in gradients] for name, n in approximations.items() if name}
    wrong["not-normalized"] = [float(norm(g - right)) for g in gradients]
    wrong["norm-of-the-sum"] = [float(norm(g - right) / norm(g + right)) for g in gradients]
    squares = [float(norm(g - right) ** 2 / (norm(g) ** 2 + norm(right) ** 2)) for g in gradients]
    wrong["squares-in-place-of-norms"] = squares
    wrong["gradient-ignored"] = [want[0]] * len(want)
    return want, wrong


def fits(got: float, want: float) -> bool:
    """Whether a difference is what is expected; written so that NaN is not."""
    if want < SMALL:
        return 0.0 <= got <= max(20 * want, NOISE)
    return abs(got - want) <= RELATIVE * want


def judged(values: Sequence[Any], want: Sequence[float], wrong: Mapping[str, Sequence[float]]) -> Opinion:
    """Whether every call gave the difference that is expected, the first of them with a right gradient."""
    remarks: set[str] = set()
    got = []
    for value in values:
        if not isinstance(value, np.ndarray) or value.size != 1:
            return Opinion(0.0, f"The difference is {_kind(value)}, where one number is expected.")
        if value.ndim:
            remarks.add(f"The difference has shape {value.shape}: a number is meant.")
        got.append(float(value.item()))
    told = tuple(remarks)
    bad = [i for i, pair in enumerate(zip(got, want, strict=True)) if not fits(*pair)]
    if not bad:
        return Opinion(1.0, remarks=told)
    first = bad[0]
    what = "a wrong" if first else "a right"
    below = f"at most {max(20 * want[0], NOISE):.1e}" if want[first] < SMALL else f"{want[first]:.6g}"
    text = f"For {what} gradient the difference is {got[first]:.6g}, where {below} is expected."
    named = (name for name, values in wrong.items() if all(map(fits, got, values)))
    mistake = next(named, "").partition(" ")[0]
    return Opinion(0.0, text, mistake or None, {"difference": want[first]}, {"difference": got[first]}, remarks=told)


def _kind(value: Any) -> str:
    """What came in place of a number."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"a tuple of {len(value)}" if isinstance(value, tuple) else "something else"


# --- one number -------------------------------------------------------------------------------------------------------


def single(results: Sequence[Any], x: float, factors: Sequence[float], epsilon: float) -> Opinion:
    """`gradient_check` with the module's backward_propagation replaced.

    The results are J(theta + epsilon) and J(theta - epsilon) of the submission's own forward, then, for each factor,
    what binding gave and the difference. The replaced backward gives x, as is right, times the factor.
    """
    plus, minus = results[0], results[1]
    if not all(isinstance(j, np.ndarray) and j.size == 1 and np.isfinite(j).all() for j in (plus, minus)):
        return Opinion(0.0, "forward_propagation does not give a finite number to take differences of.")
    approximation = np.reshape((plus - minus) / (2 * epsilon), 1)
    gradients = [np.array([factor * x]) for factor in factors]
    slopes = {"": approximation, **undivided(approximation, epsilon)}
    want, wrong = expectations(gradients, slopes)
    # By a forward that is constant, or far too steep, a constant would be right of every gradient.
    if all(fits(want[0], other) for other in want):
        return Opinion(0.0, "By its differences forward_propagation tells no gradient from another: mend that first.")
    return judged(results[3::2], want, wrong)


def undivided(approximation: Floats, epsilon: float) -> dict[str, Floats]:
    """What comes of two-sided differences that are not divided by twice epsilon, or have nothing to divide."""
    return {
        "not-divided-by-two-epsilon half": 2 * approximation,
        "not-divided-by-two-epsilon at all": 2 * epsilon * approximation,
        "not-divided-by-two-epsilon brackets": epsilon**2 * approximation,
        "both-at-plus": np.zeros_like(approximation),
    }


# --- a whole network --------------------------------------------------------------------------------------------------


def whole(results: Sequence[Any], want: Sequence[float], wrong: Mapping[str, Sequence[float]]) -> Opinion:
    """`gradient_check_n` with the module's forward_propagation_n replaced by a right one: a difference a gradient."""
    return judged(results[1:], want, wrong)
