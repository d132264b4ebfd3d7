"""The secret half of `scaled_square`: the forward in plain numpy, and the known mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.solution import Mistake


def scaled_square_forward(x: Any, c: Any) -> Any:
    """The output alone, c x^2: its gradients are derived from these lines."""
    return c * x**2


def _factor_missing(dy: Any, x: Any, c: Any) -> Any:
    """What a backward with this mistake returns for an upstream gradient and the forward's inputs."""
    return c * x * dy, np.sum(x**2 * dy)


MISTAKES = (
    Mistake(
        name="factor-missing",
        title="The 2 of the power rule is missing",
        reason="The derivative of `x**2` is `2 * x`: the exponent comes down as a factor. Without it every entry of dx "
        "is half of what it should be.",
        read="Backpropagation, Intuitions: simple expressions and interpretation of the gradient",
        function="scaled_square_backward",
        predict=_factor_missing,
    ),
)
