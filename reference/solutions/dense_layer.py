"""The dense layer's forward and known mistakes.

Most wrong products fit square matrices only. For the others numpy refuses the prediction as it refuses the submission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS, VECTORIZED


def dense_forward(a_prev: Any, W: Any, b: Any) -> Any:
    """The layer a = sigma(W a_prev + b); a_prev (n_prev, m), W (n, n_prev), b (n, 1), a (n, m)."""
    return _sigma(W @ a_prev + b)


def _sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# --- backwards in parts -----------------------------------------------------------------------------------------------

Slope = Callable[[Any, Any], Any]
"""The sums z and the activations a to the local derivative of the activation."""
Product = Callable[[Any, Any], Any]
"""The gradient dz and the other factor, W or a_prev, to a gradient."""


def _slope(_z: Any, a: Any) -> Any:
    return a * (1 - a)


def _da_prev(dz: Any, W: Any) -> Any:
    return W.T @ dz


def _dW(dz: Any, a_prev: Any) -> Any:
    return dz @ a_prev.T


def _db(dz: Any) -> Any:
    return np.sum(dz, axis=1, keepdims=True)


def _backward(
    slope: Slope = _slope, da_prev: Product = _da_prev, dW: Product = _dW, db: Callable[[Any], Any] = _db
) -> Callable[..., Any]:
    """A backward with some of its parts exchanged."""

    def backward(da: Any, a_prev: Any, W: Any, b: Any) -> Any:
        z = W @ a_prev + b
        dz = da * slope(z, _sigma(z))
        return da_prev(dz, W), dW(dz, a_prev), db(dz)

    return backward


def _divided(*, da_prev: bool) -> Callable[..., Any]:
    """A backward whose dW and db, and da_prev too, are divided by m."""

    def backward(da: Any, a_prev: Any, W: Any, b: Any) -> Any:
        m = da.shape[1]
        first, second, third = _backward()(da, a_prev, W, b)
        return first / m if da_prev else first, second / m, third / m

    return backward


_W_PRODUCTS: Final[tuple[Product, ...]] = (
    lambda dz, W: W @ dz,
    lambda dz, W: dz @ W,
    lambda dz, W: dz @ W.T,
    lambda dz, W: W @ dz.T,
)
_A_PRODUCTS: Final[tuple[Product, ...]] = (
    lambda dz, a: dz @ a,
    lambda dz, a: dz.T @ a,
    lambda dz, a: a @ dz,
    lambda dz, a: a.T @ dz,
)


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]]) -> Iterator[Mistake]:
    """An entry for each variant; the keywords are the ends of the functions' names."""
    for function, predicts in variants.items():
        for predict in predicts:
            yield Mistake(name, title, reason, read, f"dense_{function}", predict)


MISTAKES = (
    *_mistake(
        "db-not-summed",
        "db is not summed over the samples",
        "Each bias is added to the sums of all samples, so the gradients of all samples add up: "
        "`np.sum(dz, axis=1, keepdims=True)`, which has the shape of b, (n, 1).",
        PATTERNS,
        backward=[_backward(db=lambda dz: dz)],
    ),
    *_mistake(
        "db-without-keepdims",
        "db has the shape (n,) in place of (n, 1)",
        "A gradient has the shape of what it is the gradient of. `np.sum(dz, axis=1)` drops the axis that it sums "
        "over: with keepdims=True it stays, and `b - rate * db` is a column again.",
        VECTORIZED,
        backward=[_backward(db=lambda dz: np.sum(dz, axis=1))],
    ),
    *_mistake(
        "db-wrong-axis",
        "db is summed over the wrong axis",
        "Rows of dz are units and columns are samples. Each unit has a bias of its own, so that only the samples are "
        "summed up: axis=1, with keepdims=True.",
        VECTORIZED,
        backward=[
            _backward(db=np.sum),
            _backward(db=lambda dz: np.sum(dz, keepdims=True)),
            _backward(db=lambda dz: np.sum(dz, axis=0)),
            _backward(db=lambda dz: np.sum(dz, axis=0, keepdims=True)),
        ],
    ),
    *_mistake(
        "divided-by-m",
        "Divided by m, the number of samples",
        "The gradients are those of the given da. Where the loss is a mean over the samples, its own backward has "
        "divided by m already, and da comes so: dividing again makes the step too small.",
        CHAIN_RULE,
        backward=[_divided(da_prev=False), _divided(da_prev=True)],
    ),
    *_mistake(
        "da-in-place-of-dz",
        "da in place of dz: the sigmoid is left out",
        "Between a and the sums z lies the sigmoid: dz = da a (1 - a), entry by entry. It is dz that goes on to "
        "a_prev, W and b.",
        MODULARITY,
        backward=[_backward(lambda _, __: 1.0)],
    ),
    *_mistake(
        "sigmoid-gradient-at-wrong-value",
        "The sigmoid's gradient is taken at the wrong value",
        "The derivative of sigma at z is a (1 - a), where a = sigma(z) is what the forward returned. Here it is taken "
        "of another number: a has gone through sigma a second time, or z itself stands in place of a.",
        MODULARITY,
        backward=[
            _backward(lambda _, a: _sigma(a) * (1 - _sigma(a))),
            _backward(lambda z, _: z * (1 - z)),
        ],
    ),
    *_mistake(
        "sigmoid-factor-missing",
        "A factor of the sigmoid's derivative is missing",
        "The derivative of the sigmoid is a (1 - a), a product of two factors. It is small where a is near 0 and where "
        "it is near 1; one factor alone is small on one side only.",
        MODULARITY,
        backward=[_backward(lambda _, a: a), _backward(lambda _, a: 1 - a)],
    ),
    *_mistake(
        "another-activation",
        "Another activation in place of the sigmoid",
        "The layer's units are sigmoids, a = 1/(1 + exp(-z)), with the derivative a (1 - a). 1 - a^2 is the derivative "
        "of tanh, and z > 0 that of a ReLU; without any, the layer is linear.",
        MODULARITY,
        forward=[
            lambda a_prev, W, b: np.tanh(W @ a_prev + b),
            lambda a_prev, W, b: np.maximum(W @ a_prev + b, 0),
            lambda a_prev, W, b: W @ a_prev + b,
        ],
        backward=[
            _backward(lambda _, a: 1 - a**2),
            _backward(lambda z, _: 1 - np.tanh(z) ** 2),
            _backward(lambda z, _: 1.0 * (z > 0)),
        ],
    ),
    *_mistake(
        "W-not-transposed",
        "W is not transposed",
        "In the forward W takes n_prev numbers to n; in the backward n gradients go back to n_prev, by the transpose: "
        "da_prev = W^T dz. W dz is wrong for square matrices too, where it fits by chance.",
        VECTORIZED,
        backward=[
            *(_backward(da_prev=product) for product in _W_PRODUCTS),
            *(_backward(da_prev=one, dW=other) for one in _W_PRODUCTS for other in _A_PRODUCTS),
        ],
    ),
    *_mistake(
        "a-prev-not-transposed",
        "a_prev is not transposed",
        "Each entry of dW is a sum over the samples of a unit's dz times an input: dW = dz a_prev^T, of W's shape "
        "(n, n_prev). Only the transpose brings the samples side by side to be summed up.",
        VECTORIZED,
        backward=[_backward(dW=product) for product in _A_PRODUCTS],
    ),
    *_mistake(
        "elementwise-product",
        "An elementwise product in place of the matrix product",
        "* multiplies entry by entry. Each entry of z is a sum of products, and so is each entry of dW and da_prev: "
        "use @ (or np.dot).",
        VECTORIZED,
        forward=[lambda a_prev, W, b: _sigma(W * a_prev + b)],
        backward=[
            _backward(dW=lambda dz, a: dz * a),
            _backward(da_prev=lambda dz, W: W.T * dz),
            _backward(da_prev=lambda dz, W: W * dz),
            _backward(da_prev=lambda dz, W: W.T * dz, dW=lambda dz, a: dz * a),
            _backward(da_prev=lambda dz, W: W * dz, dW=lambda dz, a: dz * a),
        ],
    ),
    *_mistake(
        "bias-missing",
        "The bias is not added",
        "Each unit adds its bias to the weighted sum before the sigmoid: z = W a_prev + b. b is a column, which numpy "
        "adds to every sample.",
        VECTORIZED,
        forward=[lambda a_prev, W, _: _sigma(W @ a_prev), lambda a_prev, W, b: _sigma(W @ a_prev) + b],
        backward=[
            lambda da, a_prev, W, b: _backward()(da, a_prev, W, 0 * b),
            lambda da, a_prev, W, b: _backward(lambda _, a: (a + b) * (1 - a - b))(da, a_prev, W, 0 * b),
        ],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient da is ignored",
        "The result is right only when every entry of da is 1. The chain rule multiplies the gradient that comes from "
        "above by the sigmoid's own: dz = da a (1 - a).",
        CHAIN_RULE,
        backward=[lambda da, a_prev, W, b: _backward()(np.ones_like(da), a_prev, W, b)],
    ),
)
