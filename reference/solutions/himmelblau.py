"""Himmelblau's function, its gradient, gradient descent, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake

_GRADIENT: Final = "Optimization: computing the gradient analytically with calculus"
_DESCENT: Final = "Optimization: gradient descent"

Rule = Callable[..., Any]


def himmelblau(x: Any) -> Any:
    """(x0^2 + x1 - 11)^2 + (x0 + x1^2 - 7)^2; x (2,)."""
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def himmelblau_gradient(x: Any) -> Any:
    """The gradient (2,) of himmelblau at x (2,)."""
    u, v = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    return np.stack([4 * x[0] * u + 2 * v, 2 * u + 4 * x[1] * v])


def gradient_descent(gradient: Callable[[Any], Any], start: Any, learning_rate: float, steps: int) -> Any:
    """The path (steps + 1, n) from start (n,)."""
    path = [np.array(start)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1]))
    return np.stack(path)


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _parts(rule: Callable[[Any, Any, Any, Any], Any]) -> Rule:
    """A function of the two brackets u and v and the coordinates: `rule(u, v, x0, x1)`."""

    def function(x: Any) -> Any:
        found = rule(x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7, x[0], x[1])
        return np.stack(found) if isinstance(found, tuple) else found

    return function


def _walk(rule: Callable[[Any, Any, int], Any]) -> Rule:
    """A path whose points are x + learning_rate * `rule(gradient, x, step)`."""

    def descent(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
        path = [np.array(start)]
        for i in range(steps):
            path.append(path[-1] + learning_rate * rule(gradient, path[-1], i))
        return np.stack(path)

    return descent


def _rows(rule: Callable[[Any], Any]) -> Rule:
    """`rule(path)` of the right path."""
    return lambda *given: rule(gradient_descent(*given))


def _first(gradient: Any, start: Any, learning_rate: float, steps: int) -> Any:
    slope = gradient(start)
    return np.stack([start - i * learning_rate * slope for i in range(steps + 1)])


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant; the keywords are the functions' names."""
    return [
        Mistake(name, title, reason, read, function, predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "brackets-exchanged",
        "The 11 and the 7 are exchanged",
        "The bracket with the square of `x[0]` has the 11, the one with the square of `x[1]` the 7: "
        "`(x[0]**2 + x[1] - 11)**2 + (x[0] + x[1]**2 - 7)**2`.",
        _GRADIENT,
        himmelblau=[
            lambda x: (x[0] ** 2 + x[1] - 7) ** 2 + (x[0] + x[1] ** 2 - 11) ** 2,
            lambda x: (x[0] + x[1] ** 2 - 11) ** 2 + (x[0] ** 2 + x[1] - 7) ** 2,
        ],
    ),
    *_mistake(
        "outer-square-missing",
        "The brackets are not squared",
        "Each bracket is squared before the two are added: so f is never negative, and 0 where both brackets are 0.",
        _GRADIENT,
        himmelblau=[_parts(lambda u, v, _a, _b: u + v), _parts(lambda u, v, _a, _b: abs(u) + abs(v))],
    ),
    *_mistake(
        "inner-derivative-missing",
        "The inner derivative is missing",
        "The chain rule for `u**2` gives `2 * u` times the derivative of u. For u = x0^2 + x1 - 11 that is `2 * x[0]` "
        "in x0 and 1 in x1; for the other bracket it is 1 in x0 and `2 * x[1]` in x1.",
        _GRADIENT,
        himmelblau_gradient=[
            _parts(lambda u, v, _a, _b: (2 * u + 2 * v, 2 * u + 2 * v)),
            _parts(lambda u, v, a, b: (2 * a * u + 2 * v, 2 * u + 2 * b * v)),
            _parts(lambda u, v, a, b: (2 * u * a + v, u + 2 * v * b)),
        ],
    ),
    *_mistake(
        "one-bracket-only",
        "A coordinate's share in one of the brackets is forgotten",
        "Both coordinates are in both brackets, once squared and once plain: each entry of the gradient is a sum of "
        "two terms, one from each bracket.",
        _GRADIENT,
        himmelblau_gradient=[
            _parts(lambda u, v, a, b: (4 * a * u, 4 * b * v)),
            _parts(lambda u, v, _a, _b: (2 * v, 2 * u)),
            _parts(lambda u, _v, a, _b: (4 * a * u, 2 * u)),
            _parts(lambda _u, v, _a, b: (2 * v, 4 * b * v)),
        ],
    ),
    *_mistake(
        "ascent",
        "Ascent: the gradient is added",
        "The gradient points to where the function grows fastest. To make it smaller, go the other way: "
        "`x - learning_rate * gradient(x)`.",
        _DESCENT,
        gradient_descent=[_walk(lambda gradient, x, _: gradient(x))],
    ),
    *_mistake(
        "start-missing",
        "The start is missing from the path",
        "The path begins where the walk begins: `start` is its first row, and each of the steps adds one, which makes "
        "`steps + 1` rows.",
        _DESCENT,
        gradient_descent=[_rows(lambda path: path[1:])],
    ),
    *_mistake(
        "start-repeated",
        "The start is in the path twice",
        "After the start, each row is the point after one more step. Here the point is kept before it moves, after the "
        "start was kept already: move first, then keep it.",
        _DESCENT,
        gradient_descent=[
            _rows(lambda path: np.concatenate([path[:1], path])),
            _rows(lambda path: np.concatenate([path[:1], path[:-1]])),
        ],
    ),
    *_mistake(
        "last-point-missing",
        "The last point is missing from the path",
        "After `steps` steps there are `steps + 1` points, the start among them. The one that the last step leads to "
        "belongs to the path too.",
        _DESCENT,
        gradient_descent=[
            _rows(lambda path: path[:-1]),
            _rows(lambda path: np.concatenate([path[:-1], np.zeros_like(path[:1])])),
        ],
    ),
    *_mistake(
        "same-row",
        "Every row of the path is the same array",
        "`x -= ...` changes the array itself, and a list of the path then holds that one array many times: all rows "
        "show the last point. Make a new array with `x = x - ...`, or keep `x.copy()`.",
        _DESCENT,
        gradient_descent=[
            _rows(lambda path: np.repeat(path[-1:], len(path), axis=0)),
            _rows(lambda path: np.concatenate([path[:1], np.repeat(path[-1:], len(path) - 1, axis=0)])),
            _rows(lambda path: np.repeat(path[-1:], len(path) - 1, axis=0)),
        ],
    ),
    *_mistake(
        "one-gradient-for-all-steps",
        "The gradient is computed once, for the start",
        "The gradient is another one at each point: call `gradient` inside the loop, for the point where the walk is.",
        _DESCENT,
        gradient_descent=[_first],
    ),
    *_mistake(
        "end-only",
        "Only the last point is returned",
        "The whole path is asked for, an array (steps + 1, n), to see how the walk went: keep each point on the way.",
        _DESCENT,
        gradient_descent=[_rows(lambda path: path[-1])],
    ),
    *_mistake(
        "learning-rate-lost",
        "The learning rate is left out",
        "The gradient says which way is down; how far to go is `learning_rate` times its length. Without it the walk "
        "overshoots the valley.",
        _DESCENT,
        gradient_descent=[lambda gradient, start, _, steps: gradient_descent(gradient, start, 1.0, steps)],
    ),
)
