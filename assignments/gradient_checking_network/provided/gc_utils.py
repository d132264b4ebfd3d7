"""What goes with the exercise: the 47 parameters of its network as one vector, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

_SHAPES = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), entry by entry."""
    return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    """The value where it is positive, 0 elsewhere."""
    return np.maximum(0, x)


def dictionary_to_vector(parameters: Any) -> tuple[Any, list[str]]:
    """The parameters as a column (47, 1), and for each of its entries the name of the array that it is from."""
    columns = [np.reshape(parameters[name], (-1, 1)) for name in _SHAPES]
    names = [name for name, column in zip(_SHAPES, columns, strict=True) for _ in column]
    return np.concatenate(columns, axis=0), names


def vector_to_dictionary(theta: Any) -> dict[str, Any]:
    """The column (47, 1) as parameters by name."""
    parameters, at = {}, 0
    for name, (rows, columns) in _SHAPES.items():
        parameters[name] = np.reshape(theta[at : at + rows * columns], (rows, columns))
        at += rows * columns
    return parameters


def gradients_to_vector(gradients: Any) -> Any:
    """dW1, db1, ..., db3 as a column (47, 1)."""
    return np.concatenate([np.reshape(gradients["d" + name], (-1, 1)) for name in _SHAPES], axis=0)
