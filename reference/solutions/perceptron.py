"""The perceptron's forward and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.solution import Mistake
from reference.solutions import MODULARITY, PATTERNS, VECTORIZED

Rule = Callable[..., Any]


def _sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def perceptron_forward(W: Any, x: Any, t: Any) -> Any:
    """The loss 1/2 sum (sigma(x W) - t)^2, a scalar; W (j, k), x (j,), t (k,)."""
    return 0.5 * np.sum((_sigma(x @ W) - t) ** 2)


def _loss(rule: Callable[[Any], Any]) -> Rule:
    """A forward of `rule(o - t)`."""
    return lambda W, x, t: rule(_sigma(x @ W) - t)


def _delta(rule: Callable[[Any, Any, Any], Any]) -> Rule:
    """A backward whose gradient of the weighted sums is `rule(z, o, o - t)`."""

    def backward(dloss: Any, W: Any, x: Any, t: Any) -> Any:
        z = x @ W
        o = _sigma(z)
        return np.outer(x, dloss * rule(z, o, o - t))

    return backward


def _product(rule: Callable[[Any, Any], Any]) -> Rule:
    """A backward with the right delta, and `rule(x, delta)` for dW."""

    def backward(dloss: Any, W: Any, x: Any, t: Any) -> Any:
        o = _sigma(x @ W)
        return rule(x, dloss * (o - t) * o * (1 - o))

    return backward


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant; the keywords are the ends of the functions' names."""
    return [
        Mistake(name, title, reason, read, f"perceptron_{function}", predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "sigmoid-gradient-missing",
        "The sigmoid's gradient o(1 - o) is missing",
        "Between the outputs and the weighted sums lies sigma: `(o - t)` has to be multiplied by its local derivative "
        "`o * (1 - o)` before it goes on to W. Only a cross-entropy loss would make that factor cancel.",
        MODULARITY,
        backward=[_delta(lambda _z, _o, e: e)],
    ),
    *_mistake(
        "sigmoid-gradient-wrong",
        "The sigmoid's gradient is not o(1 - o)",
        "The derivative of sigma at z is `o * (1 - o)`, where `o = sigma(z)` is the output. Something else stands in "
        "its place: z for o, a second sigma, half of the product, or tanh's `1 - o**2`.",
        MODULARITY,
        backward=[
            _delta(lambda z, _o, e: e * z * (1 - z)),
            _delta(lambda _z, o, e: e * _sigma(o) * (1 - _sigma(o))),
            _delta(lambda _z, o, e: e * (1 - o**2)),
            _delta(lambda _z, o, e: e * (1 - o)),
            _delta(lambda _z, o, e: e * o),
        ],
    ),
    *_mistake(
        "sign",
        "The sign is wrong: (t - o) in place of (o - t)",
        "The derivative of `(o - t)**2 / 2` in o is `o - t`. With `t - o`, or a minus in front of `o * (1 - o)`, a "
        "step down the gradient makes the loss larger; the minus of gradient descent belongs to the update of W.",
        PATTERNS,
        backward=[_delta(lambda _z, o, e: -e * o * (1 - o))],
    ),
    *_mistake(
        "factor-2",
        "The half and the square's factor 2 don't cancel",
        "The loss is half of the sum of squares: the derivative of the square brings a factor 2, and the 1/2 takes it "
        "away. What is left is `o - t`, neither twice nor half of it.",
        PATTERNS,
        forward=[_loss(lambda e: np.sum(e**2)), _loss(lambda e: 0.25 * np.sum(e**2))],
        backward=[_delta(lambda _z, o, e: 2 * e * o * (1 - o)), _delta(lambda _z, o, e: 0.5 * e * o * (1 - o))],
    ),
    *_mistake(
        "x-missing",
        "The input x is missing from dW",
        "`W[i, j]` is multiplied by `x[i]`, so its gradient has the factor `x[i]`: a multiply gate passes on the "
        "gradient times its other input. `dW` is the outer product of x and delta, not delta alone.",
        PATTERNS,
        backward=[
            _product(lambda _x, delta: delta),
            _product(lambda x, delta: np.outer(np.ones(len(x)), delta)),
        ],
    ),
    *_mistake(
        "outer-transposed",
        "The outer product is transposed",
        "`dW` has the shape of W, (j, k): a row for each input and a column for each output. That is `np.outer(x, "
        "delta)`; `np.outer(delta, x)` has the same numbers the wrong way round.",
        VECTORIZED,
        backward=[_product(lambda x, delta: np.outer(delta, x))],
    ),
    *_mistake(
        "no-outer-product",
        "x and delta are not combined by an outer product",
        "x and delta are vectors: `x.T` is x itself, `x * delta` multiplies entry by entry, and `x @ delta` is one "
        "number. Each input meets each output: `np.outer(x, delta)`, or `x[:, None] * delta`.",
        VECTORIZED,
        backward=[_product(lambda x, delta: x * delta), _product(lambda x, delta: x @ delta)],
    ),
    *_mistake(
        "mean-in-place-of-sum",
        "A mean over the outputs in place of the sum",
        "The loss is half of the sum of the squared errors: nothing is divided by the number of outputs k. With one "
        "output there is no difference, with several there is.",
        PATTERNS,
        forward=[_loss(lambda e: 0.5 * np.mean(e**2)), _loss(lambda e: np.mean(e**2))],
        backward=[
            _delta(lambda _z, o, e: e * o * (1 - o) / len(o)),
            _delta(lambda _z, o, e: 2 * e * o * (1 - o) / len(o)),
        ],
    ),
    *_mistake(
        "not-summed",
        "The squared errors are not added up",
        "The loss is one number for all outputs together: add the squares of the single errors up. A sum of the "
        "errors before squaring lets errors of opposite sign cancel.",
        VECTORIZED,
        forward=[
            _loss(lambda e: 0.5 * e**2),
            _loss(lambda e: 0.5 * np.sum(e) ** 2),
        ],
    ),
    *_mistake(
        "sigmoid-missing",
        "The weighted sums do not go through sigma",
        "The outputs are `o = sigma(x @ W)`, numbers between 0 and 1. Here the weighted sums themselves are compared "
        "with the targets: the layer is linear.",
        MODULARITY,
        forward=[lambda W, x, t: 0.5 * np.sum((x @ W - t) ** 2)],
        backward=[_delta(lambda z, o, e: z - o + e)],
    ),
    *_mistake(
        "W-transposed",
        "W is taken the wrong way round",
        "A column of W holds the weights of one output, so the weighted sums are `x @ W` (or `W.T @ x`). `W @ x` fits "
        "square matrices only, and takes their rows for columns.",
        VECTORIZED,
        forward=[lambda W, x, t: 0.5 * np.sum((_sigma(W @ x) - t) ** 2)],
    ),
)
