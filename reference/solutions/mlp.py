"""The multilayer perceptron's forward, its follow-through by layer, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reference.solution import Follow, Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS, VECTORIZED

STEPS: Final = ("output layer", "layer 2 from the end", "layer 3 from the end", "layer 4 from the end")
OUTER: Final = 1e-4
"""How far a dW may be from an outer product with its layer's inputs, as a share of its largest entry."""


def _sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def mlp_forward(x: Any, weights: Any, t: Any) -> Any:
    """The loss 1/2 sum (o - t)^2, a scalar; x (n0,), weights a list of (n_i, n_(i+1)), t (nL,)."""
    a = x
    for W in weights:
        a = _sigma(a @ W)
    return 0.5 * np.sum((a - t) ** 2)


# --- the backward, layer by layer -------------------------------------------------------------------------------------


def _activations(x: Any, weights: Any) -> list[Any]:
    """What goes into each layer, and last what comes out."""
    a = [x]
    for W in weights:
        a.append(_sigma(a[-1] @ W))
    return a


def _slope(a: Any) -> Any:
    return a * (1 - a)


def _of_loss(error: Any, a: Any) -> Any:
    return error * _slope(a[-1])


def _of_layer(a: Any, weights: Any, i: int, delta: Any) -> Any:
    return weights[i] @ delta * _slope(a[i])


def _outer(a: Any, i: int, delta: Any) -> Any:
    return np.outer(a[i], delta)


@dataclass(frozen=True)
class _Rules:
    """A backward, right or with a mistake in one of its rules."""

    last: Callable[..., Any] = _of_loss
    """last(dloss (o - t), a): the output layer's delta."""
    hidden: Callable[..., Any] = _of_layer
    """hidden(a, weights, i, delta): the delta of the layer below layer i from that of layer i."""
    product: Callable[..., Any] = _outer
    """product(a, i, delta): the dW of layer i."""

    def backward(self, dloss: Any, x: Any, weights: Any, t: Any) -> list[Any]:
        """The list of dW, every one from the one above it."""
        a = _activations(x, weights)
        delta = self.last(dloss * (a[-1] - t), a)
        dweights = [self.product(a, len(weights) - 1, delta)]
        for i in range(len(weights) - 1, 0, -1):
            delta = self.hidden(a, weights, i, delta)
            dweights.insert(0, self.product(a, i - 1, delta))
        return dweights

    def follow(
        self, own: Mapping[str, Any], upstreams: Mapping[str, Any], x: Any, weights: Any, t: Any
    ) -> dict[str, Any]:
        """The list of dW, each from the submission's own one above it."""
        a = _activations(x, weights)
        right = _RIGHT.backward(upstreams["dloss"], x, weights, t)
        deltas = [_read_off(mine, dW, inputs) for mine, dW, inputs in zip(own["dweights"], right, a, strict=False)]
        dweights = [self.product(a, i, self.hidden(a, weights, i + 1, deltas[i + 1])) for i in range(len(weights) - 1)]
        last = self.last(upstreams["dloss"] * (a[-1] - t), a)
        return {"dweights": [*dweights, self.product(a, len(weights) - 1, last)]}


_RIGHT: Final = _Rules()


def _read_off(own: Any, right: Any, inputs: Any) -> Any:
    """The delta of a dW that is an outer product with its layer's inputs; otherwise the right one."""
    delta = inputs @ own / (inputs @ inputs)
    apart = np.abs(np.outer(inputs, delta) - own).max()
    return delta if apart <= OUTER * np.abs(own).max() else inputs @ right / (inputs @ inputs)


def _parts(gradients: Mapping[str, Any], _x: Any, weights: Any, _t: Any) -> dict[str, dict[str, Any]]:
    """A step a layer, counted from the end: there the backward begins, whatever the number of layers."""
    return {STEPS[i]: {f"dweights[-{i + 1}]": gradients["dweights"][-i - 1]} for i in range(len(weights))}


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _weights_below(a: Any, weights: Any, i: int, delta: Any) -> Any:
    return weights[i - 1] @ delta * _slope(a[i])


def _last_weights(a: Any, weights: Any, i: int, delta: Any) -> Any:
    return weights[-1] @ delta * _slope(a[i])


def _not_transposed(a: Any, weights: Any, i: int, delta: Any) -> Any:
    return weights[i].T @ delta * _slope(a[i])


def _slopes(rule: Callable[[Any, Any], Any]) -> list[_Rules]:
    """Backwards with `rule(z, a)` for the slope of sigma: in every layer, in the hidden ones, and in the last."""

    def hidden(a: Any, weights: Any, i: int, delta: Any) -> Any:
        return weights[i] @ delta * rule(_logit(a[i]), a[i])

    def last(error: Any, a: Any) -> Any:
        return error * rule(_logit(a[-1]), a[-1])

    return [_Rules(last, hidden), _Rules(hidden=hidden), _Rules(last)]


def _logit(a: Any) -> Any:
    return np.log(a / (1 - a))


def _scaled(factor: Callable[[Any], Any]) -> _Rules:
    """A backward whose output delta is `factor(o)` times the right one."""
    return _Rules(last=lambda error, a: factor(a[-1]) * _of_loss(error, a))


def _errors(rule: Callable[[Any], Any]) -> Callable[..., Any]:
    """A forward of `rule(o - t)`."""
    return lambda x, weights, t: rule(_activations(x, weights)[-1] - t)


def _linear(*, hidden: bool, last: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A forward without sigma in the hidden layers or in the last one, and its own backward."""

    def activations(x: Any, weights: Any) -> list[Any]:
        a = [x]
        for i, W in enumerate(weights):
            bare = last if i == len(weights) - 1 else hidden
            a.append(a[-1] @ W if bare else _sigma(a[-1] @ W))
        return a

    def forward(x: Any, weights: Any, t: Any) -> Any:
        return 0.5 * np.sum((activations(x, weights)[-1] - t) ** 2)

    def backward(dloss: Any, x: Any, weights: Any, t: Any) -> Any:
        a = activations(x, weights)
        delta = dloss * (a[-1] - t) * (1 if last else _slope(a[-1]))
        dweights = [np.outer(a[-2], delta)]
        for i in range(len(weights) - 1, 0, -1):
            delta = weights[i] @ delta * (1 if hidden else _slope(a[i]))
            dweights.insert(0, np.outer(a[i - 1], delta))
        return dweights

    return forward, backward


def _turned(x: Any, weights: Any, t: Any) -> Any:
    """The forward with every W the wrong way round."""
    a = x
    for W in weights:
        a = _sigma(W @ a)
    return 0.5 * np.sum((a - t) ** 2)


_LINEAR_OUTPUT: Final = _linear(hidden=False, last=True)
_LINEAR_HIDDEN: Final = _linear(hidden=True, last=False)
_LINEAR: Final = _linear(hidden=True, last=True)
_SLIPS: list[tuple[str, Callable[..., Any]]] = []
"""The known mistakes in one of the backward's rules, for a layer that is not the only wrong one."""


def _mistake(
    name: str,
    title: str,
    reason: str,
    read: str,
    *rules: _Rules,
    forward: tuple[Callable[..., Any], ...] = (),
    backward: tuple[Callable[..., Any], ...] = (),
) -> list[Mistake]:
    """An entry for each variant."""
    _SLIPS.extend((name, rule.follow) for rule in rules)
    return [
        *(Mistake(name, title, reason, read, "mlp_forward", predict) for predict in forward),
        *(Mistake(name, title, reason, read, "mlp_backward", rule.backward) for rule in rules),
        *(Mistake(name, title, reason, read, "mlp_backward", predict) for predict in backward),
    ]


_BARE: Final = _slopes(lambda _z, _a: 1.0)

MISTAKES = (
    *_mistake(
        "hidden-sigmoid-gradient-missing",
        "The hidden layers' o(1 - o) is missing",
        "A hidden layer's delta is what comes down from the layer above, `W @ delta`, times the slope `o * (1 - o)` of "
        "its own sigmoid, with its own outputs for o. Every layer has a sigmoid, not the last one alone.",
        MODULARITY,
        _BARE[1],
    ),
    *_mistake(
        "sigmoid-gradient-missing",
        "The output layer's o(1 - o) is missing",
        "Between the loss and the last layer's sums lies sigma: `o - t` has to be multiplied by its slope `o * (1 - "
        "o)` before it becomes the delta. Only a cross-entropy loss would make that factor cancel.",
        MODULARITY,
        _BARE[2],
        _BARE[0],
    ),
    *_mistake(
        "sigmoid-gradient-wrong",
        "The sigmoid's gradient is not o(1 - o)",
        "The derivative of sigma at z is `o * (1 - o)`, where `o = sigma(z)` is the layer's output. Something else "
        "stands in its place: z for o, a second sigma, half of the product, or tanh's `1 - o**2`.",
        MODULARITY,
        *_slopes(lambda z, _a: z * (1 - z)),
        *_slopes(lambda _z, a: _sigma(a) * (1 - _sigma(a))),
        *_slopes(lambda _z, a: 1 - a**2),
        *_slopes(lambda _z, a: 1 - a),
        *_slopes(lambda _z, a: a),
    ),
    *_mistake(
        "wrong-layer-weights",
        "The delta goes back through the wrong layer's weights",
        "The delta of layer i comes from that of layer i + 1 through the weights between the two, which layer i + 1 "
        "multiplies its inputs by: `weights[i + 1] @ delta`. Another layer's weights have another shape, or only by "
        "luck the same.",
        CHAIN_RULE,
        _Rules(hidden=_weights_below),
        _Rules(hidden=_last_weights),
    ),
    *_mistake(
        "weights-not-transposed",
        "The weights are taken the wrong way round going back",
        "Forward, a layer computes `a @ W`; backward, the gradient of a is `W @ delta`, or `delta @ W.T`. `delta @ W` "
        "fits square matrices only, and is wrong for them too.",
        VECTORIZED,
        _Rules(hidden=_not_transposed),
    ),
    *_mistake(
        "order-reversed",
        "The list of gradients is in reversed order",
        "The gradients are found from the last layer to the first, and are returned in the order of `weights`: insert "
        "each at the front, or reverse the list in the end.",
        "The assignment's README",
        backward=(lambda *arguments: _RIGHT.backward(*arguments)[::-1],),
    ),
    *_mistake(
        "sign",
        "The sign is wrong: (t - o) in place of (o - t)",
        "The derivative of `(o - t)**2 / 2` in o is `o - t`. With `t - o` a step down the gradient makes the loss "
        "larger; the minus of gradient descent belongs to the update of the weights.",
        PATTERNS,
        _scaled(lambda _o: -1),
    ),
    *_mistake(
        "factor-2",
        "The half and the square's factor 2 don't cancel",
        "The loss is half of the sum of squares: the derivative of the square brings a factor 2, and the 1/2 takes it "
        "away. What is left is `o - t`, neither twice nor half of it.",
        PATTERNS,
        _scaled(lambda _o: 2),
        _scaled(lambda _o: 0.5),
        forward=(_errors(lambda e: np.sum(e**2)), _errors(lambda e: 0.25 * np.sum(e**2))),
    ),
    *_mistake(
        "mean-in-place-of-sum",
        "A mean over the outputs in place of the sum",
        "The loss is half of the sum of the squared errors: nothing is divided by the number of outputs. With one "
        "output there is no difference, with several there is.",
        PATTERNS,
        _scaled(lambda o: 1 / len(o)),
        _scaled(lambda o: 2 / len(o)),
        forward=(_errors(lambda e: 0.5 * np.mean(e**2)), _errors(lambda e: np.mean(e**2))),
    ),
    *_mistake(
        "not-summed",
        "The squared errors are not added up",
        "The loss is one number for all outputs together: add the squares of the single errors up. A sum of the errors "
        "before squaring lets errors of opposite sign cancel.",
        VECTORIZED,
        forward=(_errors(lambda e: 0.5 * e**2), _errors(lambda e: 0.5 * np.sum(e) ** 2)),
    ),
    *_mistake(
        "wrong-activation",
        "dW is made with the wrong layer's activations",
        "A layer's weights are multiplied by what goes into the layer: `dW` is the outer product of its inputs, x for "
        "the first and the outputs of the layer below for the others, with its delta. Its own outputs only matter for "
        "the slope of its sigmoid.",
        PATTERNS,
        _Rules(product=lambda a, i, delta: np.outer(a[i + 1], delta)),
        _Rules(product=lambda a, _i, delta: np.outer(a[0], delta)),
    ),
    *_mistake(
        "activation-missing",
        "The layer's inputs are missing from dW",
        "`W[i, j]` is multiplied by the layer's input i, so its gradient has that input for a factor: a multiply gate "
        "passes on the gradient times its other input. `dW` is `np.outer(inputs, delta)`, not delta alone.",
        PATTERNS,
        _Rules(product=lambda _a, _i, delta: delta),
        _Rules(product=lambda a, i, delta: np.outer(np.ones(len(a[i])), delta)),
    ),
    *_mistake(
        "outer-transposed",
        "The outer product is transposed",
        "`dW` has the shape of W: a row for each input of the layer and a column for each output. That is "
        "`np.outer(inputs, delta)`; `np.outer(delta, inputs)` has the same numbers the wrong way round.",
        VECTORIZED,
        _Rules(product=lambda a, i, delta: np.outer(delta, a[i])),
    ),
    *_mistake(
        "no-outer-product",
        "Inputs and delta are not combined by an outer product",
        "The layer's inputs and its delta are vectors: `a.T` is a itself, `a * delta` multiplies entry by entry, and "
        "`a @ delta` is one number. Each input meets each output: `np.outer(a, delta)`, or `a[:, None] * delta`.",
        VECTORIZED,
        _Rules(product=lambda a, i, delta: a[i] * delta),
        _Rules(product=lambda a, i, delta: a[i] @ delta),
    ),
    *_mistake(
        "output-linear",
        "The last layer has no sigmoid",
        "Every matrix of weights makes a sigmoid layer, the last one too: o is `sigma(a @ W)`, numbers between 0 and "
        "1, and not the weighted sums themselves.",
        MODULARITY,
        forward=(_LINEAR_OUTPUT[0],),
        backward=(_LINEAR_OUTPUT[1],),
    ),
    *_mistake(
        "hidden-linear",
        "The hidden layers have no sigmoid",
        "Every matrix of weights makes a sigmoid layer. Without a sigmoid between them, several layers compute no more "
        "than one: a product of matrices is a matrix.",
        MODULARITY,
        forward=(_LINEAR_HIDDEN[0], _LINEAR[0]),
        backward=(_LINEAR_HIDDEN[1], _LINEAR[1]),
    ),
    *_mistake(
        "weights-turned",
        "The forward takes the weights the wrong way round",
        "A column of W holds the weights of one unit, so the weighted sums are `a @ W` (or `W.T @ a`). `W @ a` fits "
        "square matrices only, and takes their rows for columns.",
        VECTORIZED,
        forward=(_turned,),
    ),
)

FOLLOW = {"mlp_backward": Follow(_parts, _RIGHT.follow, slips=tuple(_SLIPS))}
