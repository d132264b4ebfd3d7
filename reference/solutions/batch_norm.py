"""Batch normalisation's forward and known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from reference.engine import vjp
from reference.solution import Follow, Mistake
from reference.solutions import PATTERNS, VECTORIZED

_BATCH: Final = "Neural networks: batch normalization"

Rule = Callable[..., Any]


def batchnorm_forward(x: Any, gamma: Any, beta: Any, eps: float = 1e-5) -> Any:
    """The output gamma (x - mean) / sqrt(variance + eps) + beta, with statistics over the first axis.

    x (m, n), gamma and beta (n,).
    """
    mean = np.mean(x, axis=0)
    variance = np.mean((x - mean) ** 2, axis=0)
    return gamma * (x - mean) / np.sqrt(variance + eps) + beta


# --- forwards by mistake, and the backwards that belong to them -------------------------------------------------------


def _over(deviation: Callable[[Any, float], Any], ddof: int = 0) -> Rule:
    """A forward with `deviation(variance, eps)` in place of the square root."""

    def forward(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
        centred = x - np.mean(x, axis=0)
        variance = np.sum(centred**2, axis=0) / np.subtract(len(x), ddof)
        return gamma * centred / deviation(variance, eps) + beta

    return forward


def _along(axis: int | None) -> Rule:
    def forward(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
        centred = x - np.mean(x, axis=axis, keepdims=True)
        return gamma * centred / np.sqrt(np.mean(centred**2, axis=axis, keepdims=True) + eps) + beta

    return forward


def _flat(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    """Statistics of the rows, lined up with the columns: fits square batches only."""
    centred = x - np.mean(x, axis=1)
    return gamma * centred / np.sqrt(np.var(x, axis=1) + eps) + beta


def _uncentred(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    return gamma * x / np.sqrt(np.var(x, axis=0) + eps) + beta


def _unscaled(x: Any, _gamma: Any, beta: Any, eps: float) -> Any:
    return batchnorm_forward(x, 1.0, beta, eps)


def _unshifted(x: Any, gamma: Any, _beta: Any, eps: float) -> Any:
    return batchnorm_forward(x, gamma, 0.0, eps)


def _derived(forward: Rule) -> Rule:
    """The backward that belongs to another forward."""
    return lambda dout, *inputs: vjp(forward, *inputs, wrt=(0, 1, 2))[1](dout)


# --- the backward's mistakes ------------------------------------------------------------------------------------------


class _At:
    """What a backward has at hand: `s` is the standard deviation with eps, `h` the normalised x."""

    def __init__(self, dout: Any, x: Any, gamma: Any, s: Any) -> None:
        self.dout, self.x, self.gamma, self.s = dout, x, gamma, s
        self.m = len(x)
        self.centred = x - np.mean(x, axis=0)
        self.h = self.centred / s
        self.dh = dout * gamma


def _dx(at: _At) -> Any:
    return (at.dh - _mean(at.dh) - at.h * _mean(at.dh * at.h)) / at.s


def _dgamma(at: _At) -> Any:
    return _sum(at.dout * at.h)


def _dbeta(at: _At) -> Any:
    return _sum(at.dout)


def _mean(a: Any, axis: int = 0) -> Any:
    return np.mean(a, axis=axis, keepdims=axis == 1)


def _sum(a: Any) -> Any:
    return np.sum(a, axis=0)


def _root(variance: Any, eps: float) -> Any:
    return np.sqrt(variance + eps)


def _backward(
    dx: Callable[[_At], Any] = _dx,
    dgamma: Callable[[_At], Any] = _dgamma,
    dbeta: Callable[[_At], Any] = _dbeta,
    deviation: Callable[[Any, float], Any] = _root,
    ddof: int = 0,
) -> Rule:
    """A backward of three rules."""

    def backward(dout: Any, x: Any, gamma: Any, _beta: Any, eps: float) -> Any:
        variance = np.sum((x - np.mean(x, axis=0)) ** 2, axis=0) / np.subtract(len(x), ddof)
        at = _At(dout, x, gamma, deviation(variance, eps))
        return dx(at), dgamma(at), dbeta(at)

    return backward


def _terms(mean: float = 1.0, variance: float = 1.0) -> Rule:
    """A backward with the two terms of the statistics off by a factor."""
    return _backward(lambda at: (at.dh - mean * _mean(at.dh) - variance * at.h * _mean(at.dh * at.h)) / at.s)


def _counts(whole: Callable[[int], float], mean: Callable[[int], float], variance: Callable[[int], float]) -> Rule:
    """A backward with dx off by a factor made of m, and its terms by others."""

    def dx(at: _At) -> Any:
        means, variances = _mean(at.dh) * mean(at.m), at.h * _mean(at.dh * at.h) * variance(at.m)
        return whole(at.m) * (at.dh - means - variances) / at.s

    return _backward(dx)


def _one(_m: int) -> float:
    return 1.0


def _up(m: int) -> float:
    return float(m)


def _down(m: int) -> float:
    return 1.0 / m


_EPS: Final[dict[str, tuple[Callable[[Any, float], Any], ...]]] = {
    "missing": (lambda variance, _: np.sqrt(variance),),
    "outside": (
        lambda variance, eps: np.sqrt(variance) + eps,
        lambda variance, eps: np.sqrt(variance) + np.sqrt(eps),
    ),
    "written-in": (lambda variance, _: np.sqrt(variance + 1e-5), lambda variance, _: np.sqrt(variance + 1e-8)),
    "variance": (lambda variance, eps: variance + eps, lambda variance, _: variance),
}
"""What stands in place of sqrt(variance + eps)."""


def _wrong_deviation(key: str) -> dict[str, list[Rule]]:
    """Forwards with it; backwards with the right formula at it, and those that belong to the forwards."""
    return {
        "forward": [_over(deviation) for deviation in _EPS[key]],
        "backward": [
            backward
            for deviation in _EPS[key]
            for backward in (_backward(deviation=deviation), _derived(_over(deviation)))
        ],
    }


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant; the keywords are the ends of the functions' names."""
    return [
        Mistake(name, title, reason, read, f"batchnorm_{function}", predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "epsilon-missing",
        "eps is missing",
        "x is divided by `sqrt(variance + eps)`. Without eps a column that hardly varies is blown up, and one that "
        "doesn't vary at all, as in a batch of one, gives 0/0; the backward needs the same root.",
        _BATCH,
        **_wrong_deviation("missing"),
    ),
    *_mistake(
        "epsilon-outside-root",
        "eps is added outside the root",
        "eps is added to the variance, under the root: `sqrt(variance + eps)`. `sqrt(variance) + eps` is another "
        "number, clearly so where the variance is small, and its derivative is another one too.",
        _BATCH,
        **_wrong_deviation("outside"),
    ),
    *_mistake(
        "epsilon-written-in",
        "A number stands where eps belongs",
        "eps is an argument of the forward, and the backward needs the same one: keep it, or `sqrt(variance + eps)`, "
        "in the cache. 1e-5 is only its default.",
        _BATCH,
        **_wrong_deviation("written-in"),
    ),
    *_mistake(
        "variance-in-place-of-deviation",
        "Divided by the variance, not by its root",
        "x is divided by the standard deviation, `sqrt(variance + eps)`, which has x's own unit. Divided by the "
        "variance, a column does not come out with a spread of 1.",
        _BATCH,
        **_wrong_deviation("variance"),
    ),
    *_mistake(
        "unbiased-variance",
        "The variance is divided by m - 1",
        "The variance is the mean of the squared distances: divided by m, as np.var does by itself. `ddof=1`, or m - "
        "1, is the unbiased one, and undefined for a batch of one.",
        _BATCH,
        forward=[_over(_root, ddof=1)],
        backward=[_derived(_over(_root, ddof=1)), _backward(ddof=1)],
    ),
    *_mistake(
        "statistics-as-constants",
        "Mean and variance are treated as constants",
        "Each entry of x moves its column's mean and variance, and through them every output of the column. `dout * "
        "gamma / sqrt(variance + eps)` is the direct path alone: the paths through mean and variance add to it.",
        PATTERNS,
        backward=[_terms(0.0, 0.0)],
    ),
    *_mistake(
        "mean-path-missing",
        "The path through the mean is left out",
        "The mean is made of all of x and is subtracted from every row: its gradient is minus the sum of those of the "
        "centred rows, and each entry of x gets 1/m of it.",
        PATTERNS,
        backward=[_terms(mean=0.0)],
    ),
    *_mistake(
        "variance-path-missing",
        "The path through the variance is left out",
        "The variance is made of all of x and divides every row: its gradient, times `2 * (x - mean) / m`, is part of "
        "dx.",
        PATTERNS,
        backward=[_terms(variance=0.0)],
    ),
    *_mistake(
        "statistics-sign",
        "A path through the statistics has the wrong sign",
        "A larger mean makes every output smaller, and so does a larger variance (of what lies above the mean): both "
        "paths are subtracted from the direct one. The derivative of `variance**-0.5` has a minus.",
        PATTERNS,
        backward=[_terms(-1.0, 1.0), _terms(1.0, -1.0), _terms(-1.0, -1.0)],
    ),
    *_mistake(
        "variance-derivative",
        "The derivative of 1 / sqrt(variance + eps) is wrong",
        "With s = variance + eps, the derivative of `s**-0.5` is `-0.5 * s**-1.5`, and that of the variance in x is "
        "`2 * (x - mean) / m`: the half and the 2 cancel. Here a factor or the power is another.",
        PATTERNS,
        backward=[
            _terms(variance=0.5),
            _terms(variance=2.0),
            _backward(lambda at: (at.dh - _mean(at.dh)) / at.s - at.centred * _mean(at.dh * at.centred) / at.s),
            _backward(lambda at: (at.dh - _mean(at.dh)) / at.s - at.centred * _mean(at.dh * at.centred) / at.s**2),
        ],
    ),
    *_mistake(
        "wrong-count",
        "A factor of m is missing, or one too many",
        "Mean and variance each bring a 1/m into dx, once; dgamma and dbeta are plain sums over the batch and bring "
        "none.",
        VECTORIZED,
        backward=[
            _counts(_up, _one, _one),
            _counts(_down, _one, _one),
            _counts(_one, _up, _up),
            _counts(_one, _one, _up),
            _counts(_one, _up, _one),
            _counts(_one, _one, _down),
            _counts(_one, _down, _one),
            _backward(dgamma=lambda at: _mean(at.dout * at.h), dbeta=lambda at: _mean(at.dout)),
        ],
    ),
    *_mistake(
        "wrong-axis",
        "The sums run over the wrong axis",
        "Rows are samples: mean, variance, dgamma and dbeta are taken over the first axis (axis=0), one number for "
        "each column. Each column is normalised by itself.",
        VECTORIZED,
        forward=[_along(1), _along(None), _flat],
        backward=[
            _derived(_along(1)),
            _derived(_along(None)),
            _backward(
                lambda at: (at.dh - _mean(at.dh, 1) - at.h * _mean(at.dh * at.h, 1)) / at.s,
                lambda at: np.sum(at.dout * at.h, axis=1),
                lambda at: np.sum(at.dout, axis=1),
            ),
            _backward(
                lambda at: (at.dh - np.mean(at.dh) - at.h * np.mean(at.dh * at.h)) / at.s,
                lambda at: np.sum(at.dout * at.h),
                lambda at: np.sum(at.dout),
            ),
        ],
    ),
    *_mistake(
        "not-summed",
        "dgamma or dbeta is not summed over the batch",
        "gamma and beta are (n,), and every row uses them: their gradients add up over the rows, `np.sum(..., "
        "axis=0)`. They have the shape of gamma and beta.",
        VECTORIZED,
        backward=[_backward(dgamma=lambda at: at.dout * at.h, dbeta=lambda at: at.dout)],
    ),
    *_mistake(
        "keepdims-left",
        "dgamma or dbeta has an axis too many",
        "gamma and beta have shape (n,), and so have their gradients. `keepdims=True` makes (1, n) of the sum: leave "
        "it away there.",
        VECTORIZED,
        backward=[
            _backward(
                dgamma=lambda at: np.sum(at.dout * at.h, axis=0, keepdims=True),
                dbeta=lambda at: np.sum(at.dout, axis=0, keepdims=True),
            )
        ],
    ),
    *_mistake(
        "not-normalised-in-dgamma",
        "dgamma is made of x, not of the normalised x",
        "gamma multiplies the normalised x, so dgamma is the sum of `dout` times that, `(x - mean) / sqrt(variance + "
        "eps)`: neither x itself nor `x - mean`, and gamma has no part in its own gradient.",
        PATTERNS,
        backward=[
            _backward(dgamma=lambda at: _sum(at.dout * at.x)),
            _backward(dgamma=lambda at: _sum(at.dout * at.centred)),
            _backward(dgamma=lambda at: _sum(at.dh * at.h)),
        ],
    ),
    *_mistake(
        "gamma-missing",
        "gamma is left out",
        "The normalised x is multiplied by gamma, so on the way back `dout` is multiplied by gamma before it goes on "
        "to x.",
        PATTERNS,
        forward=[_unscaled],
        backward=[
            _backward(lambda at: (at.dout - _mean(at.dout) - at.h * _mean(at.dout * at.h)) / at.s),
            _derived(_unscaled),
        ],
    ),
    *_mistake(
        "beta-missing",
        "beta is not added",
        "After normalising and scaling, beta is added to every row: it gives each column the mean that the network "
        "wants.",
        _BATCH,
        forward=[_unshifted],
    ),
    *_mistake(
        "mean-not-subtracted",
        "The mean is not subtracted",
        "Normalising takes two steps: subtract the column's mean, then divide by its standard deviation. Without the "
        "first, columns keep their offset.",
        _BATCH,
        forward=[_uncentred],
        backward=[_derived(_uncentred)],
    ),
)


# --- step by step, where the intermediate gradients are returned besides ----------------------------------------------

EXTRAS: Final = ("dxhat", "dvar", "dmean")
Gradients = Mapping[str, Any]


def _parts(gradients: Gradients, *_inputs: Any) -> dict[str, dict[str, Any]]:
    """Each gradient is a step; the way to dx is part of dx's."""
    way = {name: gradients[name] for name in EXTRAS if name in gradients}
    return {name: {name: gradients[name]} for name in ("dbeta", "dgamma")} | {"dx": {**way, "dx": gradients["dx"]}}


def _follow(own: Gradients, upstreams: Gradients, x: Any, gamma: Any, _beta: Any, eps: float) -> dict[str, Any]:
    """The gradients: dvar by the submission's own dxhat, dmean by these two, dx by all three."""
    dout, m = upstreams["dout"], len(x)
    centred = x - np.mean(x, axis=0)
    s = _root(np.mean(centred**2, axis=0), eps)
    dxhat = dout * gamma
    dvar = _sum(own.get("dxhat", dxhat) * centred) * -0.5 / s**3
    dmean = -_sum(own.get("dxhat", dxhat)) / s - 2 * own.get("dvar", dvar) * np.mean(centred, axis=0)
    way = [own.get(name, right) for name, right in zip(EXTRAS, (dxhat, dvar, dmean), strict=True)]
    return {
        "dxhat": dxhat,
        "dvar": dvar,
        "dmean": dmean,
        "dx": way[0] / s + way[1] * 2 * centred / m + way[2] / m,
        "dgamma": _sum(dout * centred / s),
        "dbeta": _sum(dout),
    }


def _right(upstreams: Gradients, *inputs: Any) -> dict[str, Any]:
    found = _follow({}, upstreams, *inputs)
    return {name: found[name] for name in EXTRAS}


FOLLOW = {"batchnorm_backward": Follow(_parts, _follow, right=_right)}
