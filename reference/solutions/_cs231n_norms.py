"""Batch and layer normalisation of cs231n_layers: forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, PATTERNS, VECTORIZED

_NORM: Final = "Neural Networks Part 2: batch normalization"

Rule = Callable[..., Any]


def batchnorm_forward(x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    """Each column of x (m, d) with mean 0 and variance 1, times gamma, plus beta; in test mode, with running values."""
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "test":
        return (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps) * gamma + beta
    return _normalised(x, eps, 0) * gamma + beta


def batchnorm_changes(x: Any, _gamma: Any, _beta: Any, bn_param: Any) -> None:
    """What the forward does to bn_param in train mode: the running values move towards the batch's."""
    if bn_param["mode"] == "train":
        momentum = bn_param.get("momentum", 0.9)
        for key, value in (("running_mean", x.mean(axis=0)), ("running_var", x.var(axis=0))):
            bn_param[key] = momentum * bn_param.get(key, np.zeros(x.shape[1])) + (1 - momentum) * value


def layernorm_forward(x: Any, gamma: Any, beta: Any, ln_param: Any) -> Any:
    """Each row of x (m, d) with mean 0 and variance 1, times gamma, plus beta."""
    return _normalised(x, ln_param.get("eps", 1e-5), 1) * gamma + beta


def _normalised(x: Any, eps: float, axis: int) -> Any:
    mean = np.mean(x, axis=axis, keepdims=True)
    return (x - mean) / np.sqrt(np.var(x, axis=axis, keepdims=True) + eps)


# --- forwards by mistake ----------------------------------------------------------------------------------------------

Scale = Callable[[Any, float], Any]
"""What a submission divides by, from the variances and eps."""


def _root(var: Any, eps: float) -> Any:
    return np.sqrt(var + eps)


def _root_alone(var: Any, _eps: float) -> Any:
    return np.sqrt(var)


def _eps_outside(var: Any, eps: float) -> Any:
    return np.sqrt(var) + eps


def _no_root(var: Any, eps: float) -> Any:
    return var + eps


def _own_eps(eps: float) -> Scale:
    return lambda var, _eps: np.sqrt(var + eps)


def _variance(x: Any, axis: int | None, ddof: int, keepdims: bool = True) -> Any:
    """Without numpy's warning where a single entry is divided by 0 entries."""
    squares = np.sum((x - x.mean(axis=axis, keepdims=True)) ** 2, axis=axis, keepdims=keepdims)
    return squares / (x.size / squares.size - ddof)


def _forward(axis: int | None, scale: Scale = _root, ddof: int = 0, keepdims: bool = True) -> Rule:
    """A forward with other statistics. Raises ValueError where they do not line up."""

    def forward(x: Any, gamma: Any, beta: Any, param: Any) -> Any:
        mean = x.mean(axis=axis, keepdims=keepdims)
        return (x - mean) / scale(_variance(x, axis, ddof, keepdims), param.get("eps", 1e-5)) * gamma + beta

    return forward


# --- backwards by mistake ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pass:
    """What a backward works with: centred and normalised inputs, the deviation, the number of entries averaged."""

    x: Any
    gamma: Any
    centred: Any
    xhat: Any
    std: Any
    axis: int
    var: Any
    eps: float

    @property
    def n(self) -> int:
        return int(self.x.shape[self.axis])

    def mean(self, a: Any) -> Any:
        return np.mean(a, axis=self.axis, keepdims=True)


def _backward(
    axis: int,
    dx: Callable[[Any, _Pass], Any] | None = None,
    dgamma: Callable[[Any, _Pass], Any] | None = None,
    dbeta: Callable[[Any], Any] | None = None,
    *,
    scale: Scale = _root,
    scale_dx: Scale | None = None,
    ddof: int = 0,
) -> Rule:
    """A backward with other rules: `scale` gives the xhat that is cached, `scale_dx` what dx divides by."""

    def backward(dout: Any, x: Any, gamma: Any, _beta: Any, param: Any) -> Any:
        eps = param.get("eps", 1e-5)
        var = _variance(x, axis, ddof)
        centred = x - x.mean(axis=axis, keepdims=True)
        known = _Pass(x, gamma, centred, centred / scale(var, eps), (scale_dx or scale)(var, eps), axis, var, eps)
        return (
            (dx or _dx)(dout, known),
            dgamma(dout, known) if dgamma else np.sum(dout * known.xhat, axis=0),
            dbeta(dout) if dbeta else np.sum(dout, axis=0),
        )

    return backward


def _dx(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.mean(g) - p.xhat * p.mean(g * p.xhat)) / p.std


def _dx_eps_outside(dout: Any, p: _Pass) -> Any:
    """The true derivative of a forward that divides by sqrt(var) + eps."""
    g, root = dout * p.gamma, np.sqrt(p.var)
    return (g - p.mean(g)) / p.std - p.centred * p.mean(g * p.centred) / (root * p.std**2)


def _dx_own_root(dout: Any, p: _Pass) -> Any:
    """With eps in xhat and the first quotient, and without it in the derivative of the root."""
    g = dout * p.gamma
    return (g - p.mean(g)) / p.std - p.centred * p.mean(g * p.centred) / p.var**1.5


def _dx_constant(dout: Any, p: _Pass) -> Any:
    return dout * p.gamma / p.std


def _dx_no_mean(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.xhat * p.mean(g * p.xhat)) / p.std


def _dx_no_variance(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.mean(g)) / p.std


def _dx_no_gamma(dout: Any, p: _Pass) -> Any:
    return (dout - p.mean(dout) - p.xhat * p.mean(dout * p.xhat)) / p.std


def _dx_sums(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.n * p.mean(g) - p.xhat * p.n * p.mean(g * p.xhat)) / p.std


def _dx_variance_sum(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.mean(g) - p.xhat * p.n * p.mean(g * p.xhat)) / p.std


def _dx_mean_sum(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.n * p.mean(g) - p.xhat * p.mean(g * p.xhat)) / p.std


def _dx_half_variance(dout: Any, p: _Pass) -> Any:
    """The 2 of the square is lost, or the 1/2 of the root is taken once more."""
    g = dout * p.gamma
    return (g - p.mean(g) - 0.5 * p.xhat * p.mean(g * p.xhat)) / p.std


def _dx_double_variance(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.mean(g) - 2.0 * p.xhat * p.mean(g * p.xhat)) / p.std


def _dx_plus_variance(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g - p.mean(g) + p.xhat * p.mean(g * p.xhat)) / p.std


def _dx_plus_mean(dout: Any, p: _Pass) -> Any:
    g = dout * p.gamma
    return (g + p.mean(g) - p.xhat * p.mean(g * p.xhat)) / p.std


_BATCH: Final = ("batchnorm_backward", "batchnorm_backward_alt")


def _mistake(
    name: str,
    title: str,
    reason: str,
    read: str,
    *,
    forward: list[tuple[str, Rule]] | None = None,
    backward: Callable[[int], list[Rule]] | None = None,
) -> list[Mistake]:
    """An entry for each forward, and for each backward of batch and layer normalisation, made for an axis."""
    made = [Mistake(name, title, reason, read, function, predict) for function, predict in forward or []]
    if backward:
        for functions, axis in ((_BATCH, 0), (("layernorm_backward",), 1)):
            rules = backward(axis)
            made += [Mistake(name, title, reason, read, function, rule) for function in functions for rule in rules]
    return made


def _both(*rules: Callable[[int], Rule]) -> list[tuple[str, Rule]]:
    """Each rule for both forwards."""
    forwards = (("batchnorm_forward", 0), ("layernorm_forward", 1))
    return [(function, rule(axis)) for function, axis in forwards for rule in rules]


def _experiment(name: str, title: str, reason: str) -> Mistake:
    """A mistake that shows in experiments with bn_param."""
    return Mistake(name, title, reason, _NORM, "batchnorm_forward")


MISTAKES = (
    *_mistake(
        "epsilon-missing",
        "Epsilon is missing under the root",
        "The deviation is sqrt(var + eps), in the forward and in the backward: without eps a feature that does not "
        "vary divides by 0. It shows where variances are small.",
        _NORM,
        forward=_both(lambda axis: _forward(axis, _root_alone)),
        backward=lambda axis: [
            _backward(axis, scale=_root_alone),
            _backward(axis, scale_dx=_root_alone),
            _backward(axis, _dx_own_root),
        ],
    ),
    *_mistake(
        "epsilon-outside-root",
        "Epsilon is added outside the root",
        "The deviation is sqrt(var + eps), with eps under the root: sqrt(var) + eps is another number, and its "
        "derivative is another one too. It shows where variances are small.",
        _NORM,
        forward=_both(lambda axis: _forward(axis, _eps_outside)),
        backward=lambda axis: [
            _backward(axis, scale=_eps_outside),
            _backward(axis, scale_dx=_eps_outside),
            _backward(axis, _dx_eps_outside, scale=_eps_outside),
        ],
    ),
    *_mistake(
        "epsilon-written-in",
        "Epsilon is a number of the code's own",
        "bn_param or ln_param may bring its own eps: use `param.get('eps', 1e-5)` in the forward, and keep what it "
        "gave in the cache for the backward.",
        _NORM,
        forward=_both(
            lambda axis: _forward(axis, _own_eps(1e-5)),
            lambda axis: _forward(axis, _own_eps(1e-8)),
            lambda axis: _forward(axis, _own_eps(1e-7)),
        ),
        backward=lambda axis: [
            _backward(axis, scale=scale, scale_dx=scale_dx)
            for eps in (1e-5, 1e-8, 1e-7)
            for scale, scale_dx in ((_own_eps(eps), _own_eps(eps)), (_root, _own_eps(eps)))
        ],
    ),
    *_mistake(
        "root-missing",
        "Divided by the variance, not by its root",
        "The deviation is the root of the variance: dividing by var + eps leaves a variance of 1 / var.",
        _NORM,
        forward=_both(lambda axis: _forward(axis, _no_root)),
        backward=lambda axis: [
            _backward(axis, scale=_no_root),
            _backward(axis, scale=_no_root, scale_dx=_root),
            _backward(axis, scale_dx=_no_root),
        ],
    ),
    *_mistake(
        "unbiased-variance",
        "The variance divides by m - 1",
        "Normalisation uses the biased variance, the mean of the squared distances: `np.var(x, axis=0)` as it is, "
        "without ddof=1.",
        _NORM,
        forward=_both(lambda axis: _forward(axis, ddof=1)),
        backward=lambda axis: [_backward(axis, ddof=1)],
    ),
    *_mistake(
        "statistics-over-wrong-axis",
        "Mean and variance run over the wrong axis",
        "Batch normalisation takes each feature's mean and variance over the batch, `axis=0`. Layer normalisation "
        "takes each sample's over its features, `axis=1` with `keepdims=True`.",
        VECTORIZED,
        forward=[
            *_both(lambda axis: _forward(1 - axis), lambda _: _forward(None)),
            ("layernorm_forward", _forward(1, keepdims=False)),
            ("batchnorm_forward", _forward(1, keepdims=False)),
        ],
        backward=lambda axis: [_backward(1 - axis)],
    ),
    *_mistake(
        "statistics-constant",
        "Mean and variance are treated as constants",
        "Every entry of x moves the mean and the variance, and through them all the others: dx has two more terms than "
        "`dout * gamma / std`.",
        CHAIN_RULE,
        backward=lambda axis: [_backward(axis, _dx_constant)],
    ),
    *_mistake(
        "mean-path-missing",
        "The path through the mean is missing",
        "x reaches the output directly, through the variance and through the mean: the mean passes the average of the "
        "gradients back with a minus, and that term is not there.",
        PATTERNS,
        backward=lambda axis: [_backward(axis, _dx_no_mean)],
    ),
    *_mistake(
        "variance-path-missing",
        "The path through the variance is missing",
        "x reaches the output directly, through the mean and through the variance: the variance's term, made of the "
        "sum of `dxhat * (x - mean)`, is not there.",
        PATTERNS,
        backward=lambda axis: [_backward(axis, _dx_no_variance)],
    ),
    *_mistake(
        "wrong-sign-of-a-path",
        "One path comes back with the wrong sign",
        "Both the mean and the variance take something away: their terms of dx have a minus. Here one of the two has a "
        "plus.",
        PATTERNS,
        backward=lambda axis: [_backward(axis, _dx_plus_variance), _backward(axis, _dx_plus_mean)],
    ),
    *_mistake(
        "factor-2-in-variance-path",
        "A factor 2 in the path through the variance",
        "The square gives a factor 2 and the root a factor 1/2, which cancel in the end: here one of them is missing "
        "or there twice.",
        CHAIN_RULE,
        backward=lambda axis: [_backward(axis, _dx_half_variance), _backward(axis, _dx_double_variance)],
    ),
    *_mistake(
        "gamma-missing",
        "gamma is missing in dx",
        "The gradient of the normalised input is `dout * gamma`: gamma scales on the way forward, and so on the way "
        "back.",
        CHAIN_RULE,
        forward=_both(lambda axis: lambda x, _, beta, param: _forward(axis)(x, 1.0, beta, param)),
        backward=lambda axis: [_backward(axis, _dx_no_gamma)],
    ),
    *_mistake(
        "paths-not-averaged",
        "A path's sum is not divided by the number of entries",
        "Mean and variance divide by the number of entries that they run over, so what they pass back is divided by it "
        "too: m for batch, d for layer normalisation.",
        VECTORIZED,
        backward=lambda axis: [_backward(axis, rule) for rule in (_dx_sums, _dx_variance_sum, _dx_mean_sum)],
    ),
    *_mistake(
        "dgamma-of-x",
        "dgamma is made with x in place of the normalised x",
        "gamma multiplies the normalised input: its gradient is the sum of `dout * xhat` over the batch.",
        CHAIN_RULE,
        backward=lambda axis: [
            _backward(axis, dgamma=lambda dout, p: np.sum(dout * p.x, axis=0)),
            _backward(axis, dgamma=lambda dout, p: np.sum(dout * p.centred, axis=0)),
        ],
    ),
    *_mistake(
        "not-summed-over-samples",
        "dgamma or dbeta is not summed over the samples",
        "All samples share gamma and beta: their gradients are sums over the batch, `axis=0`, of shape (d,), in layer "
        "normalisation too.",
        VECTORIZED,
        backward=lambda axis: [
            _backward(axis, dgamma=lambda dout, p: dout * p.xhat, dbeta=lambda dout: dout),
            _backward(
                axis, dgamma=lambda dout, p: np.sum(dout * p.xhat, axis=1), dbeta=lambda dout: np.sum(dout, axis=1)
            ),
            _backward(
                axis,
                dgamma=lambda dout, p: np.sum(dout * p.xhat, axis=1, keepdims=True),
                dbeta=lambda dout: np.sum(dout, axis=1, keepdims=True),
            ),
            _backward(axis, dgamma=lambda dout, p: np.sum(dout * p.xhat), dbeta=np.sum),
        ],
    ),
    _experiment(
        "running-statistics-not-kept",
        "The running mean or variance is not kept",
        "Test mode needs what training saw: after each call in train mode bn_param['running_mean'] and "
        "bn_param['running_var'] hold the new running values.",
    ),
    _experiment(
        "momentum-exchanged",
        "Momentum weighs the new value, not the old one",
        "The running value keeps the share momentum of what it was and takes 1 - momentum of the batch's: "
        "`running = momentum * running + (1 - momentum) * sample`.",
    ),
    _experiment(
        "running-statistics-wrong",
        "The running mean or variance is another number",
        "The running mean averages the batches' means and the running variance their biased variances, as `np.var` "
        "gives them: not roots, not unbiased, not with eps, and starting from zeros.",
    ),
    _experiment(
        "batch-statistics-at-test",
        "Test mode uses the batch's own statistics",
        "At test time the batch may be a single sample: normalise with bn_param's running_mean and running_var.",
    ),
    _experiment(
        "test-mode-epsilon",
        "Epsilon is missing or outside the root in test mode",
        "The test mode divides by sqrt(running_var + eps), just as training divides by sqrt(var + eps): eps is added "
        "to the variance, and the root is taken of the sum.",
    ),
    _experiment(
        "test-mode-without-gamma-beta",
        "gamma and beta are left out in test mode",
        "Scaling and shifting belong to the layer as learnt: the test mode multiplies by gamma and adds beta as the "
        "train mode does.",
    ),
    _experiment(
        "running-variance-as-deviation",
        "Test mode divides by the running variance",
        "running_var is a variance: what the test mode divides by is its root, sqrt(running_var + eps).",
    ),
)
