"""The activations' forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS

_FUNCTIONS: Final = "Neural Networks, part 1: commonly used activation functions"
_STABILITY: Final = "Linear classification: softmax, practical issues of numeric stability"


def sigmoid_forward(x: Any) -> Any:
    """The sigmoid 1/(1 + exp(-x)) of every entry, from the exp that is at most 1."""
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1 / (1 + e), e / (1 + e))


def relu_forward(x: Any) -> Any:
    """The larger of 0 and x, entry by entry."""
    return np.maximum(x, 0)


def leaky_relu_forward(x: Any, p: Any) -> Any:
    """Every positive entry x as it is, every negative one as p x."""
    return np.where(x > 0, x, p * x)


def tanh_forward(x: Any) -> Any:
    """The hyperbolic tangent of every entry."""
    return np.tanh(x)


# --- backwards with another derivative --------------------------------------------------------------------------------

Rule = Callable[[Any], Any]


def _at_input(rule: Rule) -> Callable[..., Any]:
    """A backward whose local derivative is `rule(x)`."""
    return lambda dout, x: dout * rule(x)


def _sigmoid(rule: Rule) -> Callable[..., Any]:
    """A backward of the sigmoid whose local derivative is `rule(s)`, s its output."""
    return lambda dout, x: dout * rule(sigmoid_forward(x))


def _tanh(rule: Rule) -> Callable[..., Any]:
    """A backward of tanh whose local derivative is `rule(t)`, t its output."""
    return lambda dout, x: dout * rule(np.tanh(x))


def _leaky(rule: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A backward of the leaky ReLU whose local derivative is `rule(x, p)`."""
    return lambda dout, x, p: dout * rule(x, p)


def _growing(x: Any) -> Any:
    """The sigmoid as exp(x)/(1 + exp(x)), which is right up to exp's overflow."""
    return np.exp(x) / (1 + np.exp(x))


def _tanhs() -> list[Rule]:
    """Tanh written with exps, right up to their overflow."""
    return [
        lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
        lambda x: np.sinh(x) / np.cosh(x),
        lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
        lambda x: (1 - np.exp(-2 * x)) / (1 + np.exp(-2 * x)),
    ]


def _through(t: Rule) -> Callable[..., Any]:
    """A backward of tanh from a tanh that may overflow."""
    return lambda dout, x: dout * (1 - t(x) ** 2)


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]]) -> list[Mistake]:
    """An entry for each variant; the keywords are the functions' names."""
    return [
        Mistake(name, title, reason, read, function, predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "overflow",
        "An exp overflows at large inputs",
        "exp(1000) is infinite, and infinity divided by infinity is not a number. Use the exp of a negative number, "
        "which is at most 1: `1/(1 + exp(-x))` where x is positive, `exp(x)/(1 + exp(x))` where it is negative; for "
        "tanh there is `np.tanh`.",
        _STABILITY,
        sigmoid_forward=[_growing],
        sigmoid_backward=[
            _at_input(lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
            _at_input(lambda x: np.exp(x) / (1 + np.exp(x)) ** 2),
            _at_input(lambda x: _growing(x) * (1 - _growing(x))),
        ],
        tanh_forward=[*_tanhs()],
        tanh_backward=[*map(_through, _tanhs())],
    ),
    *_mistake(
        "derivative-at-output",
        "The derivative is taken at the output",
        "The derivative belongs to the input x. Where the output s or t is already known, `s (1 - s)` and `1 - t^2` "
        "are all that is needed: here the output has gone through the function a second time.",
        MODULARITY,
        sigmoid_backward=[_sigmoid(lambda s: sigmoid_forward(s) * (1 - sigmoid_forward(s)))],
        tanh_backward=[_tanh(lambda t: 1 - np.tanh(t) ** 2)],
    ),
    *_mistake(
        "derivative-at-input",
        "The input stands where the output belongs",
        "`s (1 - s)` and `1 - t^2` are derivatives in terms of the function's output, s = sigma(x) and t = tanh(x). "
        "Here the input x was put in: keep the output in the cache, or compute it again first.",
        MODULARITY,
        sigmoid_backward=[_at_input(lambda x: x * (1 - x))],
        tanh_backward=[_at_input(lambda x: 1 - x**2)],
    ),
    *_mistake(
        "one-minus-tanh",
        "1 - tanh in place of 1 - tanh squared",
        "The derivative of tanh is 1 - t^2 with t = tanh(x): the square is missing. At a negative x, 1 - t would even "
        "be larger than 1, and tanh is nowhere steeper than that.",
        MODULARITY,
        tanh_backward=[_tanh(lambda t: 1 - t), _at_input(lambda x: 1 - np.tanh(np.tanh(x)))],
    ),
    *_mistake(
        "sigmoid-factor-missing",
        "A factor of the sigmoid's derivative is missing",
        "The derivative of the sigmoid is s (1 - s), a product of two factors, s the output. It is small where s is "
        "near 0 and where it is near 1; one factor alone is small on one side only.",
        MODULARITY,
        sigmoid_backward=[_sigmoid(lambda s: s), _sigmoid(lambda s: 1 - s)],
    ),
    *_mistake(
        "squared-derivative",
        "A square in the sigmoid's derivative",
        "The derivative of the sigmoid is s (1 - s) = s - s^2, s the output. 1 - s^2 is the derivative of tanh in "
        "terms of its own output.",
        MODULARITY,
        sigmoid_backward=[_sigmoid(lambda s: 1 - s**2), _sigmoid(lambda s: s**2)],
    ),
    *_mistake(
        "derivative-left-out",
        "The derivative is left out",
        "The upstream gradient is handed on as it came. The chain rule multiplies it, entry by entry, by the "
        "function's own derivative at the input of the forward.",
        CHAIN_RULE,
        sigmoid_backward=[_at_input(lambda _: 1.0)],
        tanh_backward=[_at_input(lambda _: 1.0)],
    ),
    *_mistake(
        "forward-in-place-of-derivative",
        "The function itself in place of its derivative",
        "The upstream gradient is multiplied by what the function returns. It is the slope that belongs there: for a "
        "ReLU, 1 where x is positive, and 0 (leaky: p) where it is negative.",
        PATTERNS,
        relu_backward=[_at_input(relu_forward)],
        leaky_relu_backward=[_leaky(leaky_relu_forward), _leaky(lambda x, p: np.where(x > 0, 1.0, p * x))],
        tanh_backward=[_tanh(lambda t: t)],
    ),
    *_mistake(
        "relu-passes-everything",
        "Negative entries pass as if they were positive",
        "A ReLU is a max gate: it lets x through, and the gradient back, only where x is positive. Where x is "
        "negative, the output is 0 and the gradient too; the leaky ReLU multiplies both by p there.",
        PATTERNS,
        relu_forward=[lambda x: x],
        relu_backward=[lambda dout, _: dout],
        leaky_relu_forward=[lambda x, _: x],
        leaky_relu_backward=[lambda dout, _, __: dout],
    ),
    *_mistake(
        "absolute-value",
        "The absolute value in place of max",
        "A ReLU is `max(0, x)`: 0 where x is negative. The absolute value turns negative entries around, and its "
        "derivative there is -1.",
        _FUNCTIONS,
        relu_forward=[np.abs],
        relu_backward=[_at_input(np.sign)],
    ),
    *_mistake(
        "mask-of-upstream",
        "The mask is made from the upstream gradient",
        "Which entries the gradient passes was decided in the forward, by the sign of x. A negative entry of dout is a "
        "gradient like any other: keep x, or x > 0, in the cache.",
        PATTERNS,
        relu_backward=[lambda dout, _: np.maximum(dout, 0), lambda dout, x: np.maximum(dout, 0) * (x > 0)],
        leaky_relu_backward=[lambda dout, _, p: np.where(dout > 0, dout, p * dout)],
    ),
    *_mistake(
        "mask-inverted",
        "The ReLU's mask is the wrong way round",
        "The gradient passes where x is positive, and stops where it is negative. Here it is the other way round: look "
        "at the comparison that makes the mask.",
        PATTERNS,
        relu_forward=[lambda x: np.minimum(x, 0)],
        relu_backward=[_at_input(lambda x: x < 0)],
    ),
    *_mistake(
        "leaky-slope-on-wrong-side",
        "The leaky slope is on the wrong side",
        "A leaky ReLU leaves positive entries as they are and multiplies negative ones by the small slope p, in the "
        "gradient too. Here the positive ones are multiplied: with `np.where`, exchange the last two arguments.",
        _FUNCTIONS,
        leaky_relu_forward=[lambda x, p: np.where(x > 0, p * x, x)],
        leaky_relu_backward=[_leaky(lambda x, p: np.where(x > 0, p, 1.0))],
    ),
    *_mistake(
        "leaky-slope-missing",
        "The leaky slope is missing",
        "Where x is negative, a plain ReLU is 0 and lets no gradient pass. The leaky one is p x there, and its "
        "derivative is p.",
        _FUNCTIONS,
        leaky_relu_forward=[lambda x, _: np.maximum(x, 0), lambda x, p: np.where(x > 0, x, p)],
        leaky_relu_backward=[_leaky(lambda x, _: x > 0)],
    ),
    *_mistake(
        "leaky-slope-written-in",
        "A number is written in where p belongs",
        "The slope on the negative side is the argument p; 0.01 is only its default. Use p in the forward, and keep it "
        "in the cache for the backward.",
        _FUNCTIONS,
        leaky_relu_forward=[lambda x, _: np.where(x > 0, x, 0.01 * x)],
        leaky_relu_backward=[_leaky(lambda x, _: np.where(x > 0, 1.0, 0.01))],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient dout is ignored",
        "The result is right only when every entry of dout is 1. The chain rule multiplies the gradient that comes "
        "from above by the function's own derivative.",
        CHAIN_RULE,
        sigmoid_backward=[lambda _, x: sigmoid_forward(x) * (1 - sigmoid_forward(x))],
        relu_backward=[lambda _, x: 1.0 * (x > 0)],
        leaky_relu_backward=[lambda _, x, p: np.where(x > 0, 1.0, p)],
        tanh_backward=[lambda _, x: 1 - np.tanh(x) ** 2],
    ),
)
