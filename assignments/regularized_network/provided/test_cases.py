"""Small inputs to try the exercise's functions on."""

from __future__ import annotations

from typing import Any

import numpy as np


def _parameters(rng: Any, inputs: int, first: int, second: int) -> dict[str, Any]:
    sizes = (inputs, first, second, 1)
    parameters = {}
    for layer in (1, 2, 3):
        parameters[f"W{layer}"] = rng.randn(sizes[layer], sizes[layer - 1])
        parameters[f"b{layer}"] = rng.randn(sizes[layer], 1)
    return parameters


def _values(X: Any, parameters: Any) -> list[Any]:
    """Z1, A1, Z2, A2, Z3, A3."""
    found: list[Any] = []
    A = X
    for layer in "123":
        Z = np.dot(parameters["W" + layer], A) + parameters["b" + layer]
        A = 1 / (1 + np.exp(-Z)) if layer == "3" else np.maximum(0, Z)
        found += [Z, A]
    return found


def compute_cost_with_regularization_test_case() -> Any:
    """(A3, Y, parameters)."""
    rng = np.random.RandomState(1)
    A3 = np.array([[0.4, 0.2, 0.9, 0.7, 0.3]])
    return A3, np.array([[1, 0, 1, 0, 1]]), _parameters(rng, 3, 2, 3)


def backward_propagation_with_regularization_test_case() -> Any:
    """(X, Y, cache)."""
    rng = np.random.RandomState(2)
    X, Y = rng.randn(3, 5), np.array([[1, 1, 0, 1, 0]])
    p = _parameters(rng, 3, 2, 3)
    Z1, A1, Z2, A2, Z3, A3 = _values(X, p)
    return X, Y, (Z1, A1, p["W1"], p["b1"], Z2, A2, p["W2"], p["b2"], Z3, A3, p["W3"], p["b3"])


def forward_propagation_with_dropout_test_case() -> Any:
    """(X, parameters)."""
    rng = np.random.RandomState(3)
    return rng.randn(3, 5), _parameters(rng, 3, 2, 3)


def backward_propagation_with_dropout_test_case() -> Any:
    """(X, Y, cache), kept with a probability of 0.8."""
    rng = np.random.RandomState(4)
    X, Y = rng.randn(3, 5), np.array([[1, 1, 0, 1, 0]])
    p = _parameters(rng, 3, 2, 3)
    D1, D2 = rng.rand(2, 5) < 0.8, rng.rand(3, 5) < 0.8
    Z1 = np.dot(p["W1"], X) + p["b1"]
    A1 = np.maximum(0, Z1) * D1 / 0.8
    Z2 = np.dot(p["W2"], A1) + p["b2"]
    A2 = np.maximum(0, Z2) * D2 / 0.8
    Z3 = np.dot(p["W3"], A2) + p["b3"]
    A3 = 1 / (1 + np.exp(-Z3))
    return X, Y, (Z1, D1, A1, p["W1"], p["b1"], Z2, D2, A2, p["W2"], p["b2"], Z3, A3, p["W3"], p["b3"])
