"""Softmax's forward, its Jacobian, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, VECTORIZED

_STABILITY: Final = "Linear classification: softmax, practical issues of numeric stability"


def softmax_forward(a: Any) -> Any:
    """Softmax over the last axis of `a` (..., n)."""
    e = np.exp(a - np.max(a, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_jacobian(a: Any) -> Any:
    """J[i, j] = dp_i / da_j = p_i (delta_ij - p_j); a (n,), J (n, n)."""
    p = softmax_forward(a)
    return np.diag(p) - np.outer(p, p)


# --- the forward's mistakes -------------------------------------------------------------------------------------------

Reduce = Callable[[Any, Any], Any]
"""np.max or np.sum, and an array, to what stands in for the maximum or the sum of each row."""


def _rows(reduce: Any, a: Any) -> Any:
    return reduce(a, axis=-1, keepdims=True)


def _whole(reduce: Any, a: Any) -> Any:
    return reduce(a)


def _flat(reduce: Any, a: Any) -> Any:
    return reduce(a, axis=-1)


def _nothing(_reduce: Any, _a: Any) -> Any:
    return 0.0


def _axis(axis: int, *, keepdims: bool = True) -> Reduce:
    return lambda reduce, a: reduce(a, axis=axis, keepdims=keepdims)


def _softmax(shift: Reduce, norm: Reduce) -> Callable[[Any], Any]:
    def forward(a: Any) -> Any:
        e = np.exp(a - shift(np.max, a))
        return e / norm(np.sum, e)

    return forward


def _sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


_SHIFTS: Final = (_rows, _nothing, _whole, _axis(0), _axis(1))
_WRONG_SUMS: Final = (_whole, _axis(0), _axis(1), _axis(0, keepdims=False), _axis(1, keepdims=False))


# --- the backward's and the Jacobian's --------------------------------------------------------------------------------


def _backward(rule: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A backward of `rule(p, dp)`."""
    return lambda dp, a: rule(softmax_forward(a), dp)


def _right(p: Any, dp: Any) -> Any:
    return p * (dp - np.sum(dp * p, axis=-1, keepdims=True))


def _wrong_sign(p: Any, dp: Any) -> Any:
    """With + p_i p_j off the diagonal, and the right diagonal."""
    return p * (dp + np.sum(dp * p, axis=-1, keepdims=True) - 2 * p * dp)


def _jacobian_of(p: Any) -> Any:
    if p.ndim != 1:
        raise ValueError("only a single row has one Jacobian")
    return np.diag(p) - np.outer(p, p)


def _jacobian(rule: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A Jacobian of `rule(p)`."""
    return lambda a: rule(softmax_forward(a))


def _off_diagonal_plus(p: Any) -> Any:
    j = np.outer(p, p)
    np.fill_diagonal(j, p * (1 - p))
    return j


def _unstable_jacobian(a: Any) -> Any:
    p = _softmax(_nothing, _rows)(a)
    return np.diag(p) - np.outer(p, p)


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]]) -> list[Mistake]:
    """An entry for each variant; the keywords are the ends of the functions' names."""
    return [
        Mistake(name, title, reason, read, f"softmax_{function}", predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "overflow",
        "No maximum is subtracted before exp",
        "exp(1000) is infinite, and infinity divided by infinity is not a number. Softmax does not change when the "
        "same number is subtracted from every logit of a row: subtract the row's maximum, and the largest exp is 1.",
        _STABILITY,
        forward=[_softmax(_nothing, _rows)],
        jacobian=[_unstable_jacobian],
    ),
    *_mistake(
        "max-over-whole-array",
        "The maximum is taken over the whole array",
        "The maximum of another row makes every exp of a small row 0, and 0/0 is not a number. Each row needs its own "
        "maximum: np.max(a, axis=-1, keepdims=True).",
        _STABILITY,
        forward=[_softmax(_whole, _rows), _softmax(_axis(0), _rows)],
    ),
    *_mistake(
        "wrong-axis",
        "Normalised over the wrong axis",
        "Each row of the last axis is a distribution of its own and sums to 1: sum over axis=-1, with keepdims=True so "
        "that the sums line up with their rows, whatever the number of axes.",
        VECTORIZED,
        forward=[_softmax(shift, norm) for norm in _WRONG_SUMS for shift in _SHIFTS],
    ),
    *_mistake(
        "keepdims-missing",
        "The rows' sums or maxima have lost their axis",
        "np.sum(e, axis=-1) of an (m, n) array is (m,), which numpy lines up with the columns: that raises, or is "
        "wrong without a word where m = n. keepdims=True makes it (m, 1).",
        VECTORIZED,
        forward=[
            _softmax(_rows, _flat),
            _softmax(_nothing, _flat),
            _softmax(_whole, _flat),
            _softmax(_flat, _flat),
            _softmax(_flat, _rows),
        ],
        backward=[_backward(lambda p, dp: p * (dp - np.sum(dp * p, axis=-1)))],
    ),
    *_mistake(
        "diagonal-only",
        "Only the diagonal of the Jacobian",
        "p(1 - p) is how p_i changes with its own logit. Every logit moves every probability, since they share one "
        "sum: the other entries of the Jacobian are -p_i p_j, and they count too.",
        VECTORIZED,
        backward=[_backward(lambda p, dp: dp * p * (1 - p))],
        jacobian=[_jacobian(lambda p: np.diag(p * (1 - p))), _jacobian(np.diag)],
    ),
    *_mistake(
        "off-diagonal-sign",
        "The sign off the diagonal is wrong",
        "When one logit grows, its probability grows and all others shrink: off the diagonal the Jacobian is -p_i p_j.",
        VECTORIZED,
        backward=[_backward(_wrong_sign), _backward(lambda p, dp: p * (dp + np.sum(dp * p, axis=-1, keepdims=True)))],
        jacobian=[_jacobian(_off_diagonal_plus), _jacobian(lambda p: np.diag(p) + np.outer(p, p))],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient dp is ignored",
        "The chain rule multiplies the Jacobian by dp. Without it there is nothing to pass on: a row of p always sums "
        "to 1, so the gradient of its plain sum is zero.",
        CHAIN_RULE,
        backward=[
            _backward(lambda p, _: p * (1 - p)),
            _backward(lambda p, _: _jacobian_of(p)),
        ],
    ),
    *_mistake(
        "delta-everywhere",
        "delta_ij is taken as 1 everywhere",
        "delta_ij is 1 on the diagonal and 0 elsewhere: p_i (1 - p_j) is right for i = j only.",
        VECTORIZED,
        jacobian=[_jacobian(lambda p: p[:, None] * (1 - p)), _jacobian(lambda p: p * (1 - p[:, None]))],
    ),
    *_mistake(
        "sigmoid-in-place-of-softmax",
        "A sigmoid of each logit in place of a softmax",
        "A sigmoid looks at each logit alone; a softmax's probabilities share one sum and add up to 1. With a "
        "backward to match, a gradient check does not see the difference.",
        VECTORIZED,
        forward=[_sigmoid],
        backward=[lambda dp, a: dp * _sigmoid(a) * (1 - _sigmoid(a))],
        jacobian=[lambda a: np.diag(_sigmoid(a) * (1 - _sigmoid(a)))],
    ),
    *_mistake(
        "sum-over-batch",
        "The sum of dp p runs over the wrong axis",
        "Each row has its own Jacobian, so the sum of dp p runs over the last axis alone, with keepdims=True.",
        VECTORIZED,
        backward=[
            _backward(lambda p, dp: p * (dp - np.sum(dp * p))),
            _backward(lambda p, dp: p * (dp - np.sum(dp * p, axis=0, keepdims=True))),
            _backward(lambda p, dp: p * (dp - np.sum(dp * p, axis=1, keepdims=True))),
        ],
    ),
)
