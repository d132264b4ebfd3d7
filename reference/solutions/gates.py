"""The two circuits' forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, PATTERNS


def circuit_forward(x: Any, y: Any, z: Any) -> Any:
    """The circuit f = (x + y) z of three numbers."""
    return (x + y) * z


def gates_forward(x: Any, y: Any, z: Any, w: Any) -> Any:
    """The circuit f = 2 (x y + max(z, w)) of four numbers."""
    return 2 * (x * y + np.maximum(z, w))


def _circuit(rule: Callable[..., tuple[Any, Any, Any]]) -> Callable[..., Any]:
    """A backward of the first circuit: `rule(q, x, y, z)` gives the three gradients for df = 1."""
    return lambda df, x, y, z: tuple(df * g for g in rule(x + y, x, y, z))


def _product(rule: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A backward of the second circuit with `rule(x, y)` for dx and dy, at df = 1; the rest is right."""
    return lambda df, x, y, z, w: (*(df * g for g in rule(x, y)), 2 * df * (z > w), 2 * df * (w > z))


def _max(rule: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A backward of the second circuit with `rule(z, w)` for dz and dw, at df = 1; the rest is right."""
    return lambda df, x, y, z, w: (2 * y * df, 2 * x * df, *(df * g for g in rule(z, w)))


def _gates(rule: Callable[..., tuple[Any, Any, Any, Any]]) -> Callable[..., Any]:
    """A backward of the second circuit: `rule(x, y, z, w)` gives the four gradients for df = 1."""
    return lambda df, x, y, z, w: tuple(df * g for g in rule(x, y, z, w))


def _scaled(product: float, larger: float) -> Callable[..., Any]:
    """A backward of the second circuit with these factors in place of the 2 of each path."""
    return _gates(lambda x, y, z, w: (product * y, product * x, larger * (z > w), larger * (w > z)))


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]]) -> list[Mistake]:
    """An entry for each variant; the keywords are the functions' names."""
    return [
        Mistake(name, title, reason, read, function, predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "max-shares",
        "The max gate shares its gradient",
        "Only the larger of z and w reaches f; a small change of the smaller one changes nothing. So the larger one "
        "gets all of the gradient and the other gets 0: nothing is shared, halved or copied.",
        PATTERNS,
        gates_backward=[_max(lambda _, __: (2.0, 2.0)), _max(lambda _, __: (1.0, 1.0))],
    ),
    *_mistake(
        "max-routes-to-smaller",
        "The max gate routes to the smaller input",
        "The max gate sends its gradient to the input that it let through in the forward, which is the larger one. "
        "The smaller of z and w did not matter, so its gradient is 0.",
        PATTERNS,
        gates_backward=[_max(lambda z, w: (2.0 * (z < w), 2.0 * (w < z))), _max(lambda z, w: (z < w, w < z))],
    ),
    *_mistake(
        "min-in-place-of-max",
        "The smaller of z and w is taken",
        "`max(z, w)` is the larger of the two, also where both are negative: max(-1, -3) is -1.",
        PATTERNS,
        gates_forward=[
            lambda x, y, z, w: 2 * (x * y + min(z, w)),
            lambda x, y, z, w: 2 * (x * y + (z if abs(z) > abs(w) else w)),
        ],
    ),
    *_mistake(
        "multiply-not-switched",
        "The multiply gate does not switch its inputs",
        "The local gradient of a product with respect to one factor is the other factor: for x y, dx has the factor y "
        "and dy the factor x. Here an input is multiplied by itself.",
        PATTERNS,
        circuit_backward=[
            _circuit(lambda q, _, __, z: (q, q, z)),
            _circuit(lambda _, __, ___, z: (z, z, z)),
            _circuit(lambda q, _, __, ___: (q, q, q)),
        ],
        gates_backward=[
            _product(lambda x, y: (2 * x, 2 * y)),
            _product(lambda x, _: (2 * x, 2 * x)),
            _product(lambda _, y: (2 * y, 2 * y)),
        ],
    ),
    *_mistake(
        "multiply-gradient-missing",
        "The multiply gate's local gradient is left out",
        "A multiply gate multiplies the gradient that comes from above by the value of its other input. Here it hands "
        "the gradient on unchanged, which is what an add gate does.",
        CHAIN_RULE,
        circuit_backward=[_circuit(lambda q, _, __, ___: (1.0, 1.0, q)), _circuit(lambda *_: (1.0, 1.0, 1.0))],
        gates_backward=[_product(lambda _, __: (2.0, 2.0))],
    ),
    *_mistake(
        "factor-two-lost",
        "The factor 2 is lost",
        "f is twice the sum of x y and max(z, w): the multiplication by 2 is a gate like the others. It doubles what "
        "comes out in the forward, and every gradient that passes it in the backward.",
        CHAIN_RULE,
        gates_forward=[
            lambda x, y, z, w: x * y + max(z, w),
            lambda x, y, z, w: 2 * x * y + max(z, w),
            lambda x, y, z, w: x * y + 2 * max(z, w),
        ],
        gates_backward=[_scaled(1.0, 1.0), _scaled(1.0, 2.0), _scaled(2.0, 1.0)],
    ),
    *_mistake(
        "add-gate-multiplies",
        "The add gate is treated as a multiply gate",
        "An add gate hands the gradient on unchanged to all of its inputs, whatever their values: its local gradients "
        "are 1. Multiplying by the other input is what a multiply gate does.",
        PATTERNS,
        circuit_backward=[
            _circuit(lambda q, x, y, z: (z * y, z * x, q)),
            _circuit(lambda q, x, y, z: (z * x, z * y, q)),
        ],
        gates_backward=[
            _gates(
                lambda x, y, z, w: (
                    2 * max(z, w) * y,
                    2 * max(z, w) * x,
                    2 * x * y * (z > w),
                    2 * x * y * (w > z),
                )
            ),
        ],
    ),
    *_mistake(
        "parentheses-missing",
        "The parentheses of the formula are missing",
        "Multiplication binds more tightly than addition: `x + y * z` adds x to the product of y and z. Write the sum "
        "in parentheses, or give it a name of its own, q = x + y.",
        CHAIN_RULE,
        circuit_forward=[lambda x, y, z: x + y * z],
        circuit_backward=[_circuit(lambda _, __, y, z: (1.0, z, y))],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient df is ignored",
        "The result is right for df = 1 only. The chain rule multiplies the gradient that comes from above by each "
        "gate's own.",
        CHAIN_RULE,
        circuit_backward=[lambda _, x, y, z: (z, z, x + y)],
        gates_backward=[lambda _, x, y, z, w: (2 * y, 2 * x, 2.0 * (z > w), 2.0 * (w > z))],
    ),
)
