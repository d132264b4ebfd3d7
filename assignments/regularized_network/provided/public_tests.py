"""First tries of the exercise's functions: that they run and return what they should look like."""

from __future__ import annotations

from typing import Any

import numpy as np


def _gradients(found: Any, parameters: Any) -> None:
    for name, value in parameters.items():
        if np.shape(found["d" + name]) != value.shape:
            raise AssertionError(f"d{name} has another shape than {name}")
    print("The gradients have the right shapes.")


def _network() -> Any:
    rng = np.random.RandomState(5)
    sizes = (3, 2, 3, 1)
    p = {}
    for layer in (1, 2, 3):
        p[f"W{layer}"] = rng.randn(sizes[layer], sizes[layer - 1])
        p[f"b{layer}"] = rng.randn(sizes[layer], 1)
    return rng.randn(3, 4), np.array([[1, 0, 0, 1]]), p


def _layers(X: Any, p: Any) -> Any:
    Z1 = np.dot(p["W1"], X) + p["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(p["W2"], A1) + p["b2"]
    A2 = np.maximum(0, Z2)
    Z3 = np.dot(p["W3"], A2) + p["b3"]
    return Z1, A1, Z2, A2, Z3, 1 / (1 + np.exp(-Z3))


def compute_cost_with_regularization_test(target: Any) -> None:
    """The cost is a number."""
    _, Y, p = _network()
    if np.size(target(np.array([[0.3, 0.2, 0.6, 0.9]]), Y, p, 0.1)) != 1:
        raise AssertionError("the cost is one number")
    print("The cost is a number.")


def backward_propagation_with_regularization_test(target: Any) -> None:
    """Each gradient has the shape of its parameter."""
    X, Y, p = _network()
    Z1, A1, Z2, A2, Z3, A3 = _layers(X, p)
    cache = (Z1, A1, p["W1"], p["b1"], Z2, A2, p["W2"], p["b2"], Z3, A3, p["W3"], p["b3"])
    _gradients(target(X, Y, cache, 0.7), p)


def forward_propagation_with_dropout_test(target: Any) -> None:
    """A3 is there, and a cache of fourteen."""
    X, _, p = _network()
    A3, cache = target(X, p, 0.7)
    if np.shape(A3) != (1, 4) or len(cache) != 14:
        raise AssertionError("A3 has a column for each sample, and the cache has fourteen parts")
    print("A3 and the cache look right.")


def backward_propagation_with_dropout_test(target: Any) -> None:
    """Each gradient has the shape of its parameter."""
    X, Y, p = _network()
    Z1, A1, Z2, A2, Z3, A3 = _layers(X, p)
    D1, D2 = np.ones_like(A1), np.ones_like(A2)
    cache = (Z1, D1, A1, p["W1"], p["b1"], Z2, D2, A2, p["W2"], p["b2"], Z3, A3, p["W3"], p["b3"])
    _gradients(target(X, Y, cache, 1.0), p)
