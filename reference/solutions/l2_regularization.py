"""L2 regularization's forward and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, PATTERNS, SIMPLE

Rule = Callable[..., Any]
_REGULARIZATION: Final = "Neural Networks, part 2: regularization"


def l2_forward(data_loss: Any, weights: Any, lambd: Any, m: Any) -> Any:
    """The scalar data_loss + lambd/(2 m) sum of all squared entries of the matrices in the list `weights`."""
    return data_loss + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)


def _penalty(rule: Rule) -> Rule:
    """A forward with `rule(the sums of squares, lambd, m)` for a penalty."""
    return lambda data_loss, weights, lambd, m: data_loss + rule([np.sum(W**2) for W in weights], lambd, m)


def _entries(rule: Rule) -> Rule:
    """A forward with `rule(W)` in place of each matrix's sum of squares."""
    return lambda data_loss, weights, lambd, m: data_loss + lambd / (2 * m) * sum(map(rule, weights))


def _gradient(rule: Rule) -> Rule:
    """A backward with `rule(W, lambd, m)` for the gradient of each matrix."""
    return lambda dcost, _data_loss, weights, lambd, m: (dcost, [dcost * rule(W, lambd, m) for W in weights])


def _matrices(rule: Rule) -> Rule:
    """A backward with `rule(gradients)` in place of the list of the right ones."""
    return lambda dcost, _data_loss, weights, lambd, m: (dcost, rule([dcost * lambd / m * W for W in weights]))


def _pass_on(rule: Callable[[Any, Any], Any]) -> Rule:
    """A backward with `rule(dcost, data_loss)` for the gradient of the data loss."""
    return lambda dcost, data_loss, weights, lambd, m: (
        rule(dcost, data_loss),
        [dcost * lambd / m * W for W in weights],
    )


def _but_first(gradients: list[Any]) -> list[Any]:
    return [gradients[0], *(np.zeros_like(g) for g in gradients[1:])]


def _but_last(gradients: list[Any]) -> list[Any]:
    return [*(np.zeros_like(g) for g in gradients[:-1]), gradients[-1]]


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant; the keywords are the ends of the functions' names."""
    return [
        Mistake(name, title, reason, read, f"l2_{function}", predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "factor-2",
        "The half and the square's factor 2 don't cancel",
        "The penalty has `lambd / (2 * m)`, and the derivative of `W**2` is `2 * W`: the 2 cancels, and the gradient "
        "is `lambd / m * W`. A half in the gradient, or none in the cost, makes the two disagree.",
        SIMPLE,
        forward=[
            _penalty(lambda s, lambd, m: lambd / m * sum(s)),
            _penalty(lambda s, lambd, m: lambd / (4 * m) * sum(s)),
        ],
        backward=[
            _gradient(lambda W, lambd, m: lambd / (2 * m) * W),
            _gradient(lambda W, lambd, m: 2 * lambd / m * W),
        ],
    ),
    *_mistake(
        "m-missing",
        "The penalty is not divided by m",
        "The cost takes the mean over m samples, and the penalty is scaled alike: `lambd / (2 * m)`, so the gradient "
        "is `lambd / m * W`. Without m, a larger data set would be punished harder for the same weights.",
        _REGULARIZATION,
        forward=[
            _penalty(lambda s, lambd, _m: lambd / 2 * sum(s)),
            _penalty(lambda s, lambd, _m: lambd * sum(s)),
        ],
        backward=[
            _gradient(lambda W, lambd, _m: lambd * W),
            _gradient(lambda W, lambd, _m: lambd / 2 * W),
            _gradient(lambda W, lambd, _m: 2 * lambd * W),
        ],
    ),
    *_mistake(
        "one-matrix-only",
        "Only one of the matrices counts",
        "Every matrix in the list is penalised, and has a gradient. Is a sum or a list overwritten in the loop (`=` "
        "for `+=` or `append`), or is there a `return` inside it?",
        PATTERNS,
        forward=[
            _penalty(lambda s, lambd, m: lambd / (2 * m) * s[0]),
            _penalty(lambda s, lambd, m: lambd / (2 * m) * s[-1]),
        ],
        backward=[
            _matrices(_but_first),
            _matrices(_but_last),
            _matrices(lambda gradients: gradients[:1]),
            _matrices(lambda gradients: gradients[-1:]),
        ],
    ),
    *_mistake(
        "data-loss-lost",
        "The data loss is lost",
        "The penalty is added to the data loss, it does not replace it. An add gate passes its gradient on unchanged "
        "to everything it adds: `ddata_loss` is `dcost`.",
        PATTERNS,
        forward=[lambda _data_loss, weights, lambd, m: lambd / (2 * m) * sum(np.sum(W**2) for W in weights)],
        backward=[_pass_on(lambda _dcost, _data_loss: 0.0)],
    ),
    *_mistake(
        "data-loss-multiplied",
        "The gradient of the data loss is multiplied by it",
        "The data loss is added to the penalty: an add gate passes the gradient on as it is, so `ddata_loss` is "
        "`dcost`. Only a multiply gate has values in its gradient.",
        PATTERNS,
        backward=[_pass_on(lambda dcost, data_loss: dcost * data_loss)],
    ),
    *_mistake(
        "regularization-missing",
        "The regularization is missing",
        "Without the penalty the cost is the data loss alone, and the weights get no gradient from it. The cost is "
        "`data_loss + lambd / (2 * m) * ` the sum of all squared weights; each matrix gets `lambd / m * W`.",
        _REGULARIZATION,
        forward=[lambda data_loss, _weights, _lambd, _m: data_loss],
        backward=[_matrices(lambda gradients: [np.zeros_like(g) for g in gradients])],
    ),
    *_mistake(
        "lambd-missing",
        "The strength lambd is missing",
        "`lambd` says how much the weights cost: the penalty has the factor `lambd / (2 * m)`, and the gradient "
        "`lambd / m`. Without it, the penalty has the same strength whatever was asked for.",
        _REGULARIZATION,
        forward=[_penalty(lambda s, _lambd, m: 1 / (2 * m) * sum(s))],
        backward=[_gradient(lambda W, _lambd, m: W / m)],
    ),
    *_mistake(
        "not-squared",
        "The weights are not squared",
        "The penalty adds up the squares of all entries, `np.sum(W**2)`. A sum of the entries lets positive and "
        "negative weights cancel; their absolute values make another penalty (L1); a norm has a square root too many.",
        _REGULARIZATION,
        forward=[
            _entries(np.sum),
            _entries(lambda W: np.sum(np.abs(W))),
            _entries(lambda W: np.sqrt(np.sum(W**2))),
            _entries(lambda W: np.sum(W) ** 2),
        ],
        backward=[
            _gradient(lambda W, lambd, m: lambd / m * np.sign(W)),
            _gradient(lambda W, lambd, m: lambd / m * np.ones_like(W)),
            _gradient(lambda W, lambd, m: lambd / m * W / np.sqrt(np.sum(W**2))),
        ],
    ),
    *_mistake(
        "squared-again",
        "The gradient has the squared weights",
        "The derivative of `W**2` is `2 * W`: a gate's gradient holds the slope, not the value. So each matrix gets "
        "`lambd / m * W`, entry by entry, and not its square or the sum of its squares.",
        SIMPLE,
        backward=[
            _gradient(lambda W, lambd, m: lambd / m * W**2),
            _gradient(lambda W, lambd, m: lambd / (2 * m) * W**2),
            _gradient(lambda W, lambd, m: lambd / m * np.sum(W**2)),
            _gradient(lambda W, lambd, m: lambd / (2 * m) * np.sum(W**2)),
        ],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient dcost is ignored",
        "The result is right for dcost = 1 only. The chain rule multiplies each local gradient by it: `ddata_loss` is "
        "`dcost`, and each matrix gets `dcost * lambd / m * W`.",
        CHAIN_RULE,
        backward=[
            lambda _dcost, _data_loss, weights, lambd, m: (1.0, [lambd / m * W for W in weights]),
            lambda dcost, _data_loss, weights, lambd, m: (dcost, [lambd / m * W for W in weights]),
            lambda dcost, _data_loss, weights, lambd, m: (1.0, [dcost * lambd / m * W for W in weights]),
        ],
    ),
)
