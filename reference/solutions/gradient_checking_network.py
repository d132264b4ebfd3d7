"""A network of three layers and its gradient check, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE

_CHECKS: Final = "Neural Networks Part 3: gradient checks"
_LOSS: Final = "Linear classification: the loss over a data set"
_LAYERS: Final = "123"


def forward_propagation(x: float, theta: float) -> float:
    """J = theta x."""
    return theta * x


def backward_propagation(x: float, theta: float) -> float:  # noqa: ARG001 - the contract passes it
    """dJ/dtheta."""
    return x


def gradient_check(x: float, theta: float, epsilon: float = 1e-7) -> Any:
    """The relative difference between backward_propagation's derivative and a two-sided difference."""
    slope = (forward_propagation(x, theta + epsilon) - forward_propagation(x, theta - epsilon)) / (2 * epsilon)
    gradient = backward_propagation(x, theta)
    return np.linalg.norm(gradient - slope) / (np.linalg.norm(gradient) + np.linalg.norm(slope))


def forward_propagation_n(X: Any, Y: Any, parameters: Mapping[str, Any]) -> Any:
    """The mean cross-entropy of LINEAR-RELU-LINEAR-RELU-LINEAR-SIGMOID; X (4, m), Y (1, m)."""
    a = _output(X, parameters)
    return -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a))


def backward_propagation_n(X: Any, Y: Any, cache: Any) -> dict[str, Any]:
    """Its gradients, from the cache (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)."""
    return _gradients()(X, Y, cache)


def gradient_check_n(
    parameters: Mapping[str, Any], gradients: Mapping[str, Any], X: Any, Y: Any, epsilon: float = 1e-7
) -> Any:
    """The relative difference between `gradients` and two-sided differences, over all parameters together."""
    slopes, given = [], []
    for name, value in parameters.items():
        given.append(gradients[f"d{name}"].ravel())
        for i in range(value.size):
            step = np.zeros(value.size)
            step[i] = epsilon
            step = step.reshape(value.shape)
            plus = forward_propagation_n(X, Y, {**parameters, name: value + step})
            minus = forward_propagation_n(X, Y, {**parameters, name: value - step})
            slopes.append((plus - minus) / (2 * epsilon))
    gradient, slope = np.concatenate(given), np.array(slopes)
    return np.linalg.norm(gradient - slope) / (np.linalg.norm(gradient) + np.linalg.norm(slope))


def _output(X: Any, parameters: Mapping[str, Any]) -> Any:
    a = X
    for layer in _LAYERS:
        z = parameters[f"W{layer}"] @ a + parameters[f"b{layer}"]
        a = 1 / (1 + np.exp(-z)) if layer == "3" else np.maximum(z, 0)
    return a


# --- the parts that mistakes are made of ------------------------------------------------------------------------------


def _gradients(
    *,
    error: Callable[[Any, Any], Any] = lambda a, y: a - y,
    gates: str = "12",
    mean: Callable[[int], float] = lambda m: m,
    factors: Mapping[str, float] | None = None,
) -> Callable[..., dict[str, Any]]:
    """A backward with one thing changed; `factors` multiply single gradients."""

    def backward(X: Any, Y: Any, cache: Any) -> dict[str, Any]:
        _, a1, _, _, _, a2, w2, _, _, a3, w3, _ = cache
        d3 = error(a3, Y)
        d2 = w3.T @ d3 * (a2 > 0 if "2" in gates else 1.0)
        d1 = w2.T @ d2 * (a1 > 0 if "1" in gates else 1.0)
        found = {}
        for layer, d, a in (("1", d1, X), ("2", d2, a1), ("3", d3, a2)):
            found[f"dW{layer}"] = d @ a.T / mean(Y.shape[1])
            found[f"db{layer}"] = d.sum(1, keepdims=True) / mean(Y.shape[1])
        return {name: value * (factors or {}).get(name, 1.0) for name, value in found.items()}

    return backward


def _cost(of: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A cost that is `of(A3, Y)`."""
    return lambda x, y, parameters: of(_output(x, parameters), y)


def _entropies(a: Any, y: Any) -> Any:
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))


# --- the known mistakes -----------------------------------------------------------------------------------------------


def _mistake(
    name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]] | None
) -> Iterator[Mistake]:
    """An entry for each variant; the keywords are the functions, with None for one that is found by experiment."""
    for function, predicts in variants.items():
        for predict in predicts or [None]:  # type: ignore[list-item]
            yield Mistake(name, title, reason, read, function, predict)


MISTAKES = (
    *_mistake(
        "planted-faults",
        "Both planted faults are still there",
        "The notebook was handed out with two faults for the gradient check to find: `dW2` is multiplied by 2, and "
        "`db1` has 4/m where 1/m is right. Mend both, and the difference falls to 1e-7.",
        _CHECKS,
        backward_propagation_n=[_gradients(factors={"dW2": 2.0, "db1": 4.0})],
    ),
    *_mistake(
        "planted-dW2",
        "The planted fault in dW2 is still there",
        "The notebook was handed out with `dW2` multiplied by 2, for the gradient check to find: dW2 is 1/m times dZ2 "
        "A1.T, with no factor of its own.",
        _CHECKS,
        backward_propagation_n=[_gradients(factors={"dW2": 2.0})],
    ),
    *_mistake(
        "planted-db1",
        "The planted fault in db1 is still there",
        "The notebook was handed out with 4/m in `db1`, for the gradient check to find: every db is the mean of its "
        "dZ over the samples, so 1/m is right.",
        _CHECKS,
        backward_propagation_n=[_gradients(factors={"db1": 4.0})],
    ),
    *_mistake(
        "derivative-of-the-other",
        "That is the derivative with respect to x",
        "J = theta x. What is asked for is how J changes with theta, which is x; theta is how it changes with x.",
        CHAIN_RULE,
        backward_propagation=[lambda _x, theta: theta, lambda x, theta: theta * x],
    ),
    *_mistake(
        "sum-for-mean",
        "The cost is summed and not averaged",
        "The cost is the mean of the cross-entropy over the m samples: divide the sum by m, the number of columns.",
        _LOSS,
        forward_propagation_n=[_cost(lambda a, y: np.sum(_entropies(a, y)))],
        backward_propagation_n=[_gradients(mean=lambda _m: 1.0)],
    ),
    *_mistake(
        "cost-sign",
        "The cost has the wrong sign",
        "The logarithm of a probability is negative, and a cost is to be positive: the minus belongs to both terms.",
        _LOSS,
        forward_propagation_n=[_cost(lambda a, y: -np.mean(_entropies(a, y)))],
    ),
    *_mistake(
        "labels-exchanged",
        "Ones are treated as zeros, and zeros as ones",
        "A sample with label 1 costs -log(A3), one with label 0 costs -log(1 - A3): the labels choose the other way "
        "round here.",
        _LOSS,
        forward_propagation_n=[_cost(lambda a, y: np.mean(_entropies(a, 1 - y)))],
    ),
    *_mistake(
        "half-of-the-cost",
        "Only one of the two terms is there",
        "The cross-entropy has a term for the samples with label 1 and one for those with label 0; without the second, "
        "saying 1 always would be perfect.",
        _LOSS,
        forward_propagation_n=[
            _cost(lambda a, y: -np.mean(y * np.log(a))),
            _cost(lambda a, y: -np.mean((1 - y) * np.log(1 - a))),
        ],
    ),
    *_mistake(
        "gate-missing",
        "The gradient passes where the relu is off",
        "A relu passes on no gradient where its input was negative: dZ is dA where A > 0 and 0 elsewhere, in both "
        "hidden layers.",
        CHAIN_RULE,
        backward_propagation_n=[_gradients(gates=gates) for gates in ("", "1", "2")],
    ),
    *_mistake(
        "error-sign",
        "The output's error has the wrong sign",
        "With a sigmoid and the cross-entropy, dZ3 = A3 - Y: an output that is too large has to come down.",
        CHAIN_RULE,
        backward_propagation_n=[_gradients(error=lambda a, y: y - a)],
    ),
    *_mistake(
        "sigmoid-twice",
        "The sigmoid's derivative is counted twice",
        "dZ3 = A3 - Y is the derivative of the cross-entropy and the sigmoid together: A3 (1 - A3) has cancelled, and "
        "multiplying by it once more is wrong.",
        CHAIN_RULE,
        backward_propagation_n=[_gradients(error=lambda a, y: (a - y) * a * (1 - a))],
    ),
    *_mistake(
        "one-sided",
        "The difference is one-sided",
        "(J(theta + epsilon) - J(theta)) / epsilon is off by a multiple of epsilon; the two-sided difference, over 2 "
        "epsilon, is off by a multiple of its square only.",
        _CHECKS,
        gradient_check_n=None,
    ),
    *_mistake(
        "not-divided-by-two-epsilon",
        "Not divided by 2 epsilon",
        "From theta - epsilon to theta + epsilon it is 2 epsilon: that is what the difference of the two costs is "
        "divided by. Mind the brackets: `/ (2 * epsilon)`.",
        _CHECKS,
        gradient_check=None,
        gradient_check_n=None,
    ),
    *_mistake(
        "both-at-plus",
        "Both costs are taken on the same side",
        "One cost belongs to theta + epsilon and the other to theta - epsilon. Taken at the same place their "
        "difference is 0, whatever the gradient is.",
        _CHECKS,
        gradient_check=None,
        gradient_check_n=None,
    ),
    *_mistake(
        "epsilon-on-every-entry",
        "Epsilon is added to every entry at once",
        "Each entry of theta has a slope of its own: copy theta, change one entry, look at the cost, and start from a "
        "fresh copy for the next.",
        _CHECKS,
        gradient_check_n=None,
    ),
    *_mistake(
        "returns-after-first",
        "It returns after the first entry",
        "The comparison stands inside the loop, so the function returns when it has looked at one entry, and the "
        "others are still 0. Take it out of the loop: it comes once, after the last entry.",
        _CHECKS,
        gradient_check_n=None,
    ),
    *_mistake(
        "not-normalized",
        "The difference is not divided by the norms",
        "A difference of 1e-3 is nothing for gradients of 1e3 and everything for gradients of 1e-4: divide by the sum "
        "of the two norms.",
        _CHECKS,
        gradient_check=None,
        gradient_check_n=None,
    ),
    *_mistake(
        "norm-of-the-sum",
        "Divided by the norm of the sum",
        "The denominator is the sum of two norms. The norm of the sum vanishes where the two are opposite, which is "
        "when the difference should be largest.",
        _CHECKS,
        gradient_check=None,
        gradient_check_n=None,
    ),
    *_mistake(
        "squares-in-place-of-norms",
        "Squared norms in place of norms",
        "A norm is the root of the sum of squares, as `np.linalg.norm` gives it. Without the root, a difference of "
        "1e-4 looks like 1e-8 and passes.",
        _CHECKS,
        gradient_check=None,
        gradient_check_n=None,
    ),
    *_mistake(
        "gradient-ignored",
        "What is to be checked is not looked at",
        "The result is the same for a right gradient and for wrong ones: compare the differences with what "
        "backward_propagation returns, or with the gradients that are passed in.",
        _CHECKS,
        gradient_check=None,
        gradient_check_n=None,
    ),
)
