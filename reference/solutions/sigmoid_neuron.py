"""The sigmoid neuron's forward and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS


def _sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def sigmoid_neuron_forward(w: Any, x: Any) -> Any:
    """The neuron f = sigma(w0 x0 + w1 x1 + w2), a scalar; w (3,), x (2,)."""
    return _sigma(w[0] * x[0] + w[1] * x[1] + w[2])


def _with(local: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A backward with `local(z, f)` in place of f(1 - f)."""

    def backward(df: Any, w: Any, x: Any) -> Any:
        z = w[:2] @ x + w[2]
        dz = local(z, _sigma(z)) * df
        return dz * np.array([x[0], x[1], 1.0]), dz * w[:2]

    return backward


def _right(df: Any, w: Any, x: Any) -> Any:
    return _with(lambda _, f: f * (1 - f))(df, w, x)


def _bias_zero(df: Any, w: Any, x: Any) -> Any:
    dw, dx = _right(df, w, x)
    return np.array([dw[0], dw[1], 0.0]), dx


def _bias_left_out(df: Any, w: Any, x: Any) -> Any:
    dw, dx = _right(df, w, x)
    return dw[:2], dx


def _local_exchanged(df: Any, w: Any, x: Any) -> Any:
    dw, _ = _right(df, w, x)
    dz = dw[2]
    return dz * np.array([w[0], w[1], 1.0]), dz * x


def _returned_exchanged(df: Any, w: Any, x: Any) -> Any:
    dw, dx = _right(df, w, x)
    return dx, dw


def _mistake(name: str, title: str, reason: str, read: str, *variants: Callable[..., Any]) -> list[Mistake]:
    return [Mistake(name, title, reason, read, "sigmoid_neuron_backward", variant) for variant in variants]


MISTAKES = (
    *_mistake(
        "bias-gradient",
        "The bias's gradient is missing",
        "w[2] is added to the sum, and an add gate passes its gradient on unchanged: dw[2] is the gradient of the "
        "sum itself, as if w[2] were multiplied by an input of 1.",
        PATTERNS,
        _bias_zero,
        _bias_left_out,
    ),
    *_mistake(
        "w-x-exchanged",
        "The gradients of w and x are exchanged",
        "A multiply gate exchanges its inputs on the way back: the gradient of w[i] has the factor x[i], that of "
        "x[i] has the factor w[i]. They are returned in the order of the inputs, dw first.",
        PATTERNS,
        _local_exchanged,
        _returned_exchanged,
    ),
    *_mistake(
        "sigmoid-gradient-at-wrong-value",
        "The sigmoid's gradient is taken at the wrong value",
        "The derivative of sigma at z is (1 - f) f, where f = sigma(z) is what the forward returned. Here it is "
        "taken of another number: f has gone through sigma a second time, or z itself stands in place of f.",
        MODULARITY,
        _with(lambda _, f: _sigma(f) * (1 - _sigma(f))),
        _with(lambda z, _: z * (1 - z)),
    ),
    *_mistake(
        "sigmoid-gradient-missing",
        "The sigmoid's gradient is left out",
        "Between f and the weighted sum lies sigma: the gradient has to be multiplied by its local derivative, (1 - "
        "f) f, before it goes on to w and x.",
        MODULARITY,
        _with(lambda _, __: 1.0),
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient df is ignored",
        "The result is right for df = 1 only. The chain rule multiplies the gradient that comes from above by each "
        "gate's own.",
        CHAIN_RULE,
        lambda _, w, x: _right(1.0, w, x),
    ),
)
