"""First tries of the exercise's functions: that they run and return what they should look like."""

from __future__ import annotations

from typing import Any

import numpy as np


def _is_number(value: Any, what: str) -> None:
    if np.size(value) != 1:
        raise AssertionError(what + " is one number")
    print(what + " is a number.")


def forward_propagation_test(target: Any) -> None:
    """J is a number."""
    _is_number(target(2.0, 4.0), "J")


def backward_propagation_test(target: Any) -> None:
    """The derivative is a number."""
    _is_number(target(2.0, 4.0), "dtheta")


def gradient_check_test(target: Any, *_: Any) -> None:
    """The difference is a number."""
    _is_number(target(2.0, 4.0, 1e-7), "The difference")


def gradient_check_n_test(target: Any, parameters: Any, gradients: Any, X: Any, Y: Any) -> None:
    """The difference is a number."""
    _is_number(target(parameters, gradients, X, Y), "The difference")
