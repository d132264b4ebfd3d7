"""The matrix multiply gate's forward and known mistakes.

Most wrong products fit square matrices only. For the others numpy refuses the prediction as it refuses the submission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, PATTERNS, VECTORIZED

Rule = Callable[[Any, Any], Any]
"""The upstream gradient dD and the other input, X for dW and W for dX, to one gradient."""


def matmul_forward(W: Any, X: Any) -> Any:
    """D = W X; W (n, k), X (k, m), D (n, m)."""
    return W @ X


_TRANSPOSES: Final = "transposes"
_EXCHANGED: Final = "factors-exchanged"
_ELEMENTWISE: Final = "elementwise-product"
_OUTPUTS: Final = "dW-dX-exchanged"
_IGNORED: Final = "upstream-ignored"

_TEXTS: Final = {
    _TRANSPOSES: (
        "A transpose is missing or on the wrong factor",
        (
            "dW has the shape of W, and dX that of X: for matrices that are not square, only dW = dD X^T and dX = "
            "W^T dD fit together. What is transposed is the other input, never dD."
        ),
        VECTORIZED,
    ),
    _EXCHANGED: (
        "The factors of a product are exchanged",
        (
            "Matrices do not commute: D = W X; in dW = dD X^T, dD stands on the left as W did; in dX = W^T dD, it "
            "stands on the right as X did."
        ),
        VECTORIZED,
    ),
    _ELEMENTWISE: (
        "An elementwise product in place of the matrix product",
        (
            "* multiplies entry by entry. Each entry of D is a sum of products, and so is each entry of dW and dX: "
            "use @ (or np.dot)."
        ),
        VECTORIZED,
    ),
    _OUTPUTS: (
        "dW and dX are exchanged",
        (
            "The backward returns its gradients in the order of the forward's inputs: dW first, then dX. What "
            "multiplies dD in dW is X, and in dX it is W."
        ),
        PATTERNS,
    ),
    _IGNORED: (
        "The upstream gradient dD is ignored",
        (
            "The result is right only when every entry of dD is 1. The chain rule multiplies by the gradient that "
            "comes from above."
        ),
        CHAIN_RULE,
    ),
}

# The ways to each gradient by mistake; None is the right one.
_DW: Final[dict[str | None, tuple[Rule, ...]]] = {
    None: (lambda g, X: g @ X.T,),
    _TRANSPOSES: (lambda g, X: g @ X, lambda g, X: g.T @ X, lambda g, X: g.T @ X.T),
    _EXCHANGED: (lambda g, X: X.T @ g, lambda g, X: X @ g, lambda g, X: X @ g.T, lambda g, X: X.T @ g.T),
    _ELEMENTWISE: (lambda g, X: g * X, lambda g, X: g * X.T),
}
_DX: Final[dict[str | None, tuple[Rule, ...]]] = {
    None: (lambda g, W: W.T @ g,),
    _TRANSPOSES: (lambda g, W: W @ g, lambda g, W: W @ g.T, lambda g, W: W.T @ g.T),
    _EXCHANGED: (lambda g, W: g @ W.T, lambda g, W: g @ W, lambda g, W: g.T @ W, lambda g, W: g.T @ W.T),
    _ELEMENTWISE: (lambda g, W: W * g, lambda g, W: W.T * g),
}


def _both(dw: Rule, dx: Rule) -> Callable[..., Any]:
    """A backward of two rules; where one can't be computed, neither is returned."""
    return lambda dD, W, X: (dw(dD, X), dx(dD, W))


def _mistake(name: str, function: str, predict: Callable[..., Any]) -> Mistake:
    title, reason, read = _TEXTS[name]
    return Mistake(name, title, reason, read, f"matmul_{function}", predict)


def _products() -> Iterator[Mistake]:
    """Every wrong dW with every dX and the reverse: the name is that of dW's mistake, if it has one."""
    for (of_w, dws), (of_x, dxs) in product(_DW.items(), _DX.items()):
        name = of_w or of_x
        if name:
            yield from (_mistake(name, "backward", _both(dw, dx)) for dw, dx in product(dws, dxs))


def _exchanged(dD: Any, W: Any, X: Any) -> Any:
    return W.T @ dD, dD @ X.T


def _unpacked(dD: Any, W: Any, X: Any) -> Any:
    """From `X, W = cache`."""
    return dD @ W.T, X.T @ dD


def _ignored(dD: Any, W: Any, X: Any) -> Any:
    ones = np.ones(np.shape(dD))
    return ones @ X.T, W.T @ ones


MISTAKES = (
    _mistake(_ELEMENTWISE, "forward", lambda W, X: W * X),
    _mistake(_EXCHANGED, "forward", lambda W, X: X @ W),
    _mistake(_TRANSPOSES, "forward", lambda W, X: W.T @ X),
    _mistake(_TRANSPOSES, "forward", lambda W, X: W @ X.T),
    _mistake(_TRANSPOSES, "forward", lambda W, X: W.T @ X.T),
    _mistake(_OUTPUTS, "backward", _exchanged),
    _mistake(_EXCHANGED, "backward", _unpacked),
    _mistake(_IGNORED, "backward", _ignored),
    _mistake(_IGNORED, "backward", lambda _, W, X: (X.T, W.T)),
    *_products(),
)
