"""A network of three layers with L2 regularization and with dropout, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE

_L2: Final = "Neural Networks Part 2: regularization, L2 regularization"
_DROPOUT: Final = "Neural Networks Part 2: regularization, inverted dropout"
_LOSS: Final = "Linear classification: the regularized loss"
_rng = np.random.default_rng()


def compute_cost_with_regularization(A3: Any, Y: Any, parameters: Mapping[str, Any], lambd: float) -> Any:
    """The mean cross-entropy of A3 (1, m), plus lambd/(2m) times the sum of all squared weights."""
    return _cross_entropy(A3, Y) + lambd / (2 * Y.shape[1]) * _squares(parameters)


def backward_propagation_with_regularization(X: Any, Y: Any, cache: Any, lambd: float) -> dict[str, Any]:
    """The gradients of that cost, from the cache (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)."""
    return _regularized(_Rule())(X, Y, cache, lambd)


def forward_propagation_with_dropout(X: Any, parameters: Mapping[str, Any], keep_prob: float = 0.5) -> tuple[Any, Any]:
    """A3 and (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3), with inverted dropout on both hidden layers."""
    cache: list[Any] = []
    a = X
    for layer in "12":
        w, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        z = w @ a + b
        mask = _rng.random(z.shape) < keep_prob
        a = np.maximum(z, 0) * mask / keep_prob
        cache += [z, mask, a, w, b]
    w, b = parameters["W3"], parameters["b3"]
    z = w @ a + b
    out = 1 / (1 + np.exp(-z))
    return out, (*cache, z, out, w, b)


def backward_propagation_with_dropout(X: Any, Y: Any, cache: Any, keep_prob: float) -> dict[str, Any]:
    """The gradients of the mean cross-entropy through the kept units, from the forward's cache."""
    return _dropped(_Rule())(X, Y, cache, keep_prob)


# --- the parts that mistakes are made of ------------------------------------------------------------------------------


def _cross_entropy(A3: Any, Y: Any) -> Any:
    return -np.mean(Y * np.log(A3) + (1 - Y) * np.log(1 - A3))


def _squares(parameters: Mapping[str, Any], layers: str = "123") -> Any:
    return sum(np.sum(np.square(parameters[f"W{layer}"])) for layer in layers)


class _Rule:
    """A way to go backward: the right one, or one with a mistake."""

    def __init__(
        self,
        *,
        error: Callable[[Any, Any], Any] = lambda a3, y: a3 - y,
        gates: str = "12",
        mean: Callable[[Any], Any] = lambda m: m,
        decay: Callable[[Any, Any], Any] = lambda lambd, m: lambd / m,
        bias_decay: Callable[[Any, Any], Any] = lambda _lambd, _m: 0.0,
        drop: Callable[[Any, Any, Any, str], Any] = lambda da, mask, keep, _layer: da * mask / keep,
        gate_on_z: bool = False,
    ) -> None:
        self.error = error
        self.gates = gates
        self.mean = mean
        self.decay = decay
        self.bias_decay = bias_decay
        self.drop = drop
        self.gate_on_z = gate_on_z

    def gradients(self, X: Any, Y: Any, layers: Any, masks: Any, keep: float, lambd: float) -> dict[str, Any]:
        """The gradients by name; `layers` holds (Z, A, W, b) for each."""
        m = Y.shape[1]
        (z1, a1, w1, b1), (z2, a2, w2, b2), (_, a3, w3, b3) = layers
        d3 = self.error(a3, Y)
        d2 = self._through("2", w3.T @ d3, z2 if self.gate_on_z else a2, masks, keep)
        d1 = self._through("1", w2.T @ d2, z1 if self.gate_on_z else a1, masks, keep)
        found = {}
        for layer, d, a, w, b in (("1", d1, X, w1, b1), ("2", d2, a1, w2, b2), ("3", d3, a2, w3, b3)):
            found[f"dW{layer}"] = d @ a.T / self.mean(m) + self.decay(lambd, m) * w
            found[f"db{layer}"] = d.sum(1, keepdims=True) / self.mean(m) + self.bias_decay(lambd, m) * b
        return found

    def _through(self, layer: str, da: Any, gate: Any, masks: Any, keep: float) -> Any:
        if masks:
            da = self.drop(da, masks[layer], keep, layer)
        return da * (gate > 0) if layer in self.gates else da


def _regularized(rule: _Rule) -> Callable[..., dict[str, Any]]:
    def backward(X: Any, Y: Any, cache: Any, lambd: float) -> dict[str, Any]:
        layers = (cache[0:4], cache[4:8], cache[8:12])
        return rule.gradients(X, Y, layers, None, 1.0, lambd)

    return backward


def _dropped(rule: _Rule) -> Callable[..., dict[str, Any]]:
    def backward(X: Any, Y: Any, cache: Any, keep_prob: float) -> dict[str, Any]:
        z1, d1, a1, w1, b1, z2, d2, a2, w2, b2, z3, a3, w3, b3 = cache
        layers = ((z1, a1, w1, b1), (z2, a2, w2, b2), (z3, a3, w3, b3))
        return rule.gradients(X, Y, layers, {"1": d1, "2": d2}, keep_prob, 0.0)

    return backward


# --- the known mistakes -----------------------------------------------------------------------------------------------

_COST: Final = "compute_cost_with_regularization"
_BACKWARD: Final = "backward_propagation_with_regularization"
_FORWARD_DROPOUT: Final = "forward_propagation_with_dropout"
_BACKWARD_DROPOUT: Final = "backward_propagation_with_dropout"


def _costs(term: Callable[[Any, float, int], Any], *, entropy: float = 1.0) -> Callable[..., Any]:
    """A cost whose regularization is `term(parameters, lambd, m)`."""
    return lambda a3, y, p, lambd: entropy * _cross_entropy(a3, y) + term(p, lambd, y.shape[1])


def _only(layers: str) -> Callable[..., Any]:
    return _costs(lambda p, lambd, m: lambd / (2 * m) * _squares(p, layers))


def _norms(p: Mapping[str, Any]) -> Any:
    return sum(np.linalg.norm(p[f"W{layer}"]) for layer in "123")


def _sums(p: Mapping[str, Any]) -> Any:
    return sum(np.sum(p[f"W{layer}"]) for layer in "123")


def _with_biases(p: Mapping[str, Any], lambd: float, m: int) -> Any:
    return lambd / (2 * m) * sum(np.sum(np.square(value)) for value in p.values())


def _partly(drop: Callable[[Any, Any, Any], Any], *, gate_on_z: bool = False) -> list[Callable[..., Any]]:
    """A wrong way through a mask: in both layers, in the first only, in the second only."""

    def rule(layers: str) -> _Rule:
        return _Rule(
            drop=lambda da, mask, keep, layer: drop(da, mask, keep) if layer in layers else da * mask / keep,
            gate_on_z=gate_on_z,
        )

    return [_dropped(rule(layers)) for layers in ("12", "1", "2")]


def _mistake(
    name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]] | None
) -> Iterator[Mistake]:
    """An entry for each variant; the keywords say which function, None for one that is found by experiment."""
    functions = {
        "cost": _COST,
        "backward": _BACKWARD,
        "forward_dropout": _FORWARD_DROPOUT,
        "backward_dropout": _BACKWARD_DROPOUT,
    }
    for function, predicts in variants.items():
        for predict in predicts or [None]:  # type: ignore[list-item]
            yield Mistake(name, title, reason, read, functions[function], predict)


def _both(**rule: Any) -> dict[str, list[Callable[..., Any]]]:
    """One wrong rule in both backwards."""
    return {"backward": [_regularized(_Rule(**rule))], "backward_dropout": [_dropped(_Rule(**rule))]}


_GATES: Final = ("", "1", "2")

MISTAKES = (
    *_mistake(
        "regularization-missing",
        "The regularization is missing",
        "The cost is the mean cross-entropy plus lambd/(2m) times the sum of all squared weights, and so each dW gets "
        "lambd/m W beside what comes back from the loss.",
        _L2,
        cost=[_costs(lambda _p, _lambd, _m: 0.0)],
        backward=[_regularized(_Rule(decay=lambda _lambd, _m: 0.0))],
    ),
    *_mistake(
        "regularization-factor",
        "The regularization is off by a factor 2",
        "The derivative of W squared is 2 W: the 2 in lambd/(2m) of the cost is there to cancel it. So it is "
        "lambd/(2m) in the cost and lambd/m in the gradient.",
        _L2,
        cost=[_costs(lambda p, lambd, m: lambd / m * _squares(p))],
        backward=[
            _regularized(_Rule(decay=lambda lambd, m: 2 * lambd / m)),
            _regularized(_Rule(decay=lambda lambd, m: lambd / (2 * m))),
        ],
    ),
    *_mistake(
        "regularization-not-divided",
        "The regularization is not divided by m",
        "Here the regularization is averaged over the samples as the loss is: `lambd / (2 * m)` in the cost and "
        "`lambd / m` in the gradient, with m the number of columns of Y.",
        _L2,
        cost=[_costs(lambda p, lambd, _m: lambd / 2 * _squares(p)), _costs(lambda p, lambd, _m: lambd * _squares(p))],
        backward=[
            _regularized(_Rule(decay=lambda lambd, _m: lambd)),
            _regularized(_Rule(decay=lambda lambd, _m: lambd / 2)),
            _regularized(_Rule(decay=lambda lambd, _m: 2 * lambd)),
        ],
    ),
    *_mistake(
        "some-matrices-only",
        "Not every matrix is regularized",
        "The sum runs over the squared entries of W1, W2 and W3, all three of them.",
        _L2,
        cost=[_only(layers) for layers in ("1", "2", "3", "12", "13", "23")],
    ),
    *_mistake(
        "not-squared",
        "The weights are not squared",
        "L2 regularization adds up squares: `np.sum(np.square(W))`. A plain sum lets negative weights pay for positive "
        "ones, and `np.linalg.norm(W)` is the root of the sum of squares.",
        _L2,
        cost=[
            _costs(lambda p, lambd, m: lambd / (2 * m) * _norms(p)),
            _costs(lambda p, lambd, m: lambd / (2 * m) * _sums(p)),
        ],
    ),
    *_mistake(
        "cross-entropy-lost",
        "The cross-entropy is lost",
        "Regularization comes on top of the cost: without the cross-entropy there is nothing left to learn from.",
        _LOSS,
        cost=[_costs(lambda p, lambd, m: lambd / (2 * m) * _squares(p), entropy=0.0)],
    ),
    *_mistake(
        "biases-regularized",
        "The biases are regularized too",
        "Only weights are punished for being large: a bias shifts a unit and multiplies no input. So db gets nothing "
        "from the regularization, and b is not in its sum.",
        _L2,
        cost=[_costs(_with_biases)],
        backward=[_regularized(_Rule(bias_decay=lambda lambd, m: lambd / m))],
    ),
    *_mistake(
        "gate-missing",
        "The gradient passes where the relu is off",
        "A relu passes on no gradient where its input was negative: dZ is dA where A > 0 and 0 elsewhere, in both "
        "hidden layers.",
        CHAIN_RULE,
        backward=[_regularized(_Rule(gates=gates)) for gates in _GATES],
        backward_dropout=[_dropped(_Rule(gates=gates)) for gates in _GATES],
    ),
    *_mistake(
        "mean-missing",
        "The gradients are not divided by m",
        "The cost is a mean over m samples, so each dW and db of the loss is divided by m, the number of columns of X.",
        _LOSS,
        **_both(mean=lambda _m: 1),
    ),
    *_mistake(
        "error-sign",
        "The output's error has the wrong sign",
        "With a sigmoid and the cross-entropy, dZ3 = A3 - Y: an output that is too large has to come down.",
        CHAIN_RULE,
        **_both(error=lambda a3, y: y - a3),
    ),
    *_mistake(
        "sigmoid-twice",
        "The sigmoid's derivative is counted twice",
        "dZ3 = A3 - Y is the derivative of the cross-entropy and the sigmoid together: A3 (1 - A3) has cancelled, and "
        "multiplying by it once more is wrong.",
        CHAIN_RULE,
        **_both(error=lambda a3, y: (a3 - y) * a3 * (1 - a3)),
    ),
    *_mistake(
        "not-scaled",
        "Not scaled by 1/keep_prob",
        "Dropping units makes the next layer's sums smaller. Inverted dropout divides by keep_prob to make up for it, "
        "in the forward and so in the backward too, in both hidden layers.",
        _DROPOUT,
        forward_dropout=None,
        backward_dropout=_partly(lambda da, mask, _keep: da * mask),
    ),
    *_mistake(
        "multiplied-by-keep-prob",
        "Multiplied by keep_prob in place of divided",
        "What is left has to grow to make up for what was dropped: divide by keep_prob, in both directions.",
        _DROPOUT,
        forward_dropout=None,
        backward_dropout=_partly(lambda da, mask, keep: da * mask * keep),
    ),
    *_mistake(
        "mask-not-applied",
        "A mask is not applied",
        "A unit that is dropped gives 0 whatever comes in, so nothing flows back through it either: multiply A by D "
        "in the forward, and dA by the same D in the backward.",
        _DROPOUT,
        forward_dropout=None,
        # The gate A > 0 drops the units that the mask drops: it is the gate Z > 0 that lets the mistake show.
        backward_dropout=[
            *_partly(lambda da, _mask, _keep: da, gate_on_z=True),
            *_partly(lambda da, _mask, keep: da / keep, gate_on_z=True),
        ],
    ),
    *_mistake(
        "keep-drop-exchanged",
        "Keep and drop are exchanged",
        "keep_prob is the probability that a unit stays. np.random.rand(...) < keep_prob is true that often; > "
        "keep_prob is true for the rest. At 0.5 nobody sees it, and a gradient check never does.",
        _DROPOUT,
        forward_dropout=None,
    ),
    *_mistake(
        "normal-in-place-of-uniform",
        "A mask is drawn from normal numbers",
        "np.random.randn gives normal numbers, which are below keep_prob more often than keep_prob says. "
        "np.random.rand is uniform between 0 and 1.",
        _DROPOUT,
        forward_dropout=None,
    ),
    *_mistake(
        "mask-shared-along-axis",
        "One mask is shared along an axis",
        "Every unit of every sample is dropped or kept by itself: draw D in the shape of A, not of one row or column "
        "of it.",
        _DROPOUT,
        forward_dropout=None,
    ),
)
