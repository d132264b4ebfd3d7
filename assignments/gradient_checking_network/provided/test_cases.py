"""Small inputs to try the exercise's functions on."""

from __future__ import annotations

from typing import Any

import numpy as np


def gradient_check_n_test_case() -> Any:
    """(X, Y, parameters)."""
    rng = np.random.RandomState(1)
    X, Y = rng.randn(4, 3), np.array([[1, 1, 0]])
    shapes = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
    return X, Y, {name: rng.randn(*shape) for name, shape in shapes.items()}
