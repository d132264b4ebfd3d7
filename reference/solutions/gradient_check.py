"""Numerical gradients, the difference of two gradients, and the known mistakes.

Those of `numerical_gradient` are recognised by experiment, in `assignments/gradient_check/judges.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake

_CHECKS: Final = "Neural Networks Part 3: gradient checks"


def numerical_gradient(f: Callable[[Any], Any], x: Any, epsilon: float = 1e-7) -> Any:
    """The gradient of f at x, an array of any shape, by two-sided differences."""
    x = np.array(x)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        was = x[index]
        x[index] = was + epsilon
        above = f(x)
        x[index] = was - epsilon
        gradient[index] = (above - f(x)) / (2 * epsilon)
        x[index] = was
    return gradient


def gradient_difference(analytic: Any, numeric: Any) -> Any:
    """||a - n|| / (||a|| + ||n||), 0 for two arrays of zeros."""
    apart, sizes = _norm(analytic - numeric), _norm(analytic) + _norm(numeric)
    return apart / sizes if sizes else 0.0


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _norm(a: Any) -> Any:
    return np.sqrt(np.sum(a * a))


def _ratio(rule: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[[Any, Any], Any]:
    """A difference that is a ratio; two zeros are right."""

    def difference(a: Any, n: Any) -> Any:
        above, below = rule(a, n)
        return above / below if np.any(a) or np.any(n) else 0.0

    return difference


def _mistake(name: str, title: str, reason: str, *predicts: Callable[..., Any]) -> list[Mistake]:
    """A mistake of numerical_gradient, or one of gradient_difference with its variants."""
    if not predicts:
        return [Mistake(name, title, reason, _CHECKS, "numerical_gradient")]
    return [Mistake(name, title, reason, _CHECKS, "gradient_difference", predict) for predict in predicts]


MISTAKES = (
    *_mistake(
        "one-sided",
        "The difference is one-sided",
        "`(f(x + h) - f(x)) / h` is off by an amount that shrinks like h; `(f(x + h) - f(x - h)) / (2 * h)` by one "
        "that shrinks like its square. Evaluate f on both sides, and divide by the distance between them.",
    ),
    *_mistake(
        "not-divided",
        "The difference is not divided by 2 epsilon",
        "The two points are `2 * epsilon` apart, and that is what the difference of f has to be divided by. Mind the "
        "brackets: `a / 2 * epsilon` multiplies by epsilon.",
    ),
    *_mistake(
        "all-entries-at-once",
        "Epsilon is added to every entry at once",
        "That gives the slope along one diagonal, a single number. The gradient has an entry for each entry of x: move "
        "one at a time, with all others where they were.",
    ),
    *_mistake(
        "both-plus",
        "Both evaluations are at the same point",
        "The difference of f with itself is 0. Often both names mean the same array: `x_minus = x_plus` copies "
        "nothing, and what is subtracted from one is subtracted from the other.",
    ),
    *_mistake(
        "not-restored",
        "x is changed and not put back",
        "x belongs to whoever called, and all other entries have to be where they were when the next one is moved. Put "
        "each entry back, or work on a copy; adding epsilon again rounds, so keep the old number.",
    ),
    *_mistake(
        "norms-missing",
        "The difference is not relative to the gradients",
        "Whether 0.001 is much depends on how large the gradients are: divide the norm of the difference by the sum of "
        "both norms.",
        lambda a, n: _norm(a - n),
        lambda a, n: np.sum((a - n) ** 2),
        lambda a, n: np.max(np.abs(a - n)),
        lambda a, n: np.sum(np.abs(a - n)),
        lambda a, n: np.mean(np.abs(a - n)),
    ),
    *_mistake(
        "one-norm-only",
        "The difference is relative to one gradient only",
        "Divide by the sum of both norms: then it does not matter which of the two is which, and the result is never "
        "larger than 1.",
        _ratio(lambda a, n: (_norm(a - n), _norm(a))),
        _ratio(lambda a, n: (_norm(a - n), _norm(n))),
        _ratio(lambda a, n: (_norm(a - n), max(_norm(a), _norm(n)))),
    ),
    *_mistake(
        "norm-of-the-sum",
        "Divided by the norm of the sum",
        "`norm(a + n)` is not `norm(a) + norm(n)`: for gradients of opposite signs it is nearly 0. Take both norms, "
        "then add them.",
        _ratio(lambda a, n: (_norm(a - n), _norm(a + n))),
    ),
    *_mistake(
        "difference-of-norms",
        "The norms' difference, not the difference's norm",
        "Two gradients of the same length may point in quite different ways. Subtract the arrays first, then take the "
        "norm of what is left.",
        _ratio(lambda a, n: (abs(_norm(a) - _norm(n)), _norm(a) + _norm(n))),
        _ratio(lambda a, n: (_norm(a) - _norm(n), _norm(a) + _norm(n))),
    ),
    *_mistake(
        "norms-squared",
        "The norms are squared",
        "A norm is the root of the sum of squares. Without the root a relative difference of 0.001 comes out as a "
        "millionth, and a wrong gradient passes.",
        _ratio(lambda a, n: (_norm(a - n) ** 2, _norm(a) ** 2 + _norm(n) ** 2)),
    ),
    *_mistake(
        "other-norm",
        "Another norm than the root of the sum of squares",
        "The norm of any array here is the root of the sum of all squares, which for a matrix is the Frobenius norm: "
        "`np.linalg.norm(a)` without an order, or of `a.ravel()`.",
        _ratio(lambda a, n: (np.sum(np.abs(a - n)), np.sum(np.abs(a)) + np.sum(np.abs(n)))),
        _ratio(lambda a, n: (np.max(np.abs(a - n)), np.max(np.abs(a)) + np.max(np.abs(n)))),
        _ratio(lambda a, n: (np.linalg.norm(a - n, 2), np.linalg.norm(a, 2) + np.linalg.norm(n, 2))),
    ),
    *_mistake(
        "zero-over-zero",
        "Two gradients of zeros give 0/0",
        "Both norms are 0 where both gradients are, and 0/0 is not a number. They do not differ: say 0 in that case.",
        lambda a, n: _norm(a - n) / (_norm(a) + _norm(n)),
    ),
)
