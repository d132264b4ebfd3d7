"""A network of three layers with L2 regularization and with dropout, under the names that many courses use."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assignments.regularized_network import judges
from grader.assignment import (
    Assignment,
    Example,
    Experiment,
    Experiments,
    Function,
    Inputs,
    Points,
    Property,
    Rng,
    Step,
)

COST: Final = "compute_cost_with_regularization"
BACKWARD: Final = "backward_propagation_with_regularization"
DROPOUT: Final = "forward_propagation_with_dropout"
DROPOUT_BACKWARD: Final = "backward_propagation_with_dropout"
GRADIENTS: Final = ("dW1", "db1", "dW2", "db2", "dW3", "db3")

SIZES: Final = ((2, 6, 4, 5), (3, 5, 3, 7), (4, 4, 4, 4), (2, 7, 3, 1), (5, 3, 6, 9), (1, 5, 4, 6))
"""(inputs, units of the first and of the second layer, samples) of each case."""
LOW: Final = (0.25, 0.42)
HIGH: Final = (0.58, 0.85)
"""Probabilities to keep. Not 0.5, which can't tell keeping from dropping."""
LARGE: Final = (3, 20, 10, 2_000)
"""So many samples that the shares kept tell what the masks were drawn with."""

Floats = NDArray[np.float64]


def _parameters(rng: Rng, sizes: tuple[int, ...]) -> dict[str, Floats]:
    """Weights and biases W1, b1, ..., W3, b3."""
    found = {}
    for layer, (before, after) in enumerate(zip(sizes[:3], (*sizes[1:3], 1), strict=True), 1):
        found[f"W{layer}"] = rng.normal(size=(after, before)) / np.sqrt(before)
        found[f"b{layer}"] = 0.5 * rng.normal(size=(after, 1))
    return found


def _labels(rng: Rng, samples: int) -> Floats:
    """Zeros and ones, both where there is room for both."""
    labels = (np.arange(samples) % 2).astype(float)
    return rng.permutation(labels)[None, :]


def _run(x: Floats, p: dict[str, Floats], d1: Any, d2: Any, keep: float) -> tuple[Floats, ...]:
    """Z1, A1, Z2, A2, Z3, A3 of the network, with masks on its hidden layers."""
    z1 = p["W1"] @ x + p["b1"]
    a1 = np.maximum(z1, 0) * d1 / keep
    z2 = p["W2"] @ a1 + p["b2"]
    a2 = np.maximum(z2, 0) * d2 / keep
    z3 = p["W3"] @ a2 + p["b3"]
    return z1, a1, z2, a2, z3, 1 / (1 + np.exp(-z3))


def _mixed(array: Floats) -> bool:
    """Whether a hidden layer has units that are on and units that are off."""
    return bool((array > 0).any() and (array <= 0).any())


def costs(rng: Rng) -> list[Inputs]:
    """(A3, Y, parameters, lambd), outputs well within 0 and 1."""
    return [
        (rng.uniform(0.05, 0.95, (1, m)), _labels(rng, m), _parameters(rng, (n, h, k)), _lambd(rng))
        for n, h, k, m in SIZES
    ]


def _lambd(rng: Rng) -> float:
    return round(float(rng.uniform(0.1, 0.9)), 2)


def backwards(rng: Rng) -> list[Inputs]:
    """(X, Y, cache, lambd), the cache that of the plain network."""
    found: list[Inputs] = []
    for n, h, k, m in SIZES:
        x, y, p, (z1, a1, z2, a2, z3, a3) = _drawn(rng, (n, h, k, m), None)
        cache = (z1, a1, p["W1"], p["b1"], z2, a2, p["W2"], p["b2"], z3, a3, p["W3"], p["b3"])
        found.append((x, y, cache, _lambd(rng)))
    return found


def dropout_backwards(rng: Rng) -> list[Inputs]:
    """(X, Y, cache, keep_prob), the masks of the cache as int, bool and float."""
    found: list[Inputs] = []
    for i, (n, h, k, m) in enumerate(SIZES):
        keep = _keep_prob(rng)
        kind = (int, bool, float)[i % 3]
        d1, d2 = _mask(rng, (h, m)).astype(kind), _mask(rng, (k, m)).astype(kind)
        x, y, p, (z1, a1, z2, a2, z3, a3) = _drawn(rng, (n, h, k, m), (d1, d2, keep))
        cache = (z1, d1, a1, p["W1"], p["b1"], z2, d2, a2, p["W2"], p["b2"], z3, a3, p["W3"], p["b3"])
        found.append((x, y, cache, keep))
    return found


def _drawn(rng: Rng, sizes: tuple[int, ...], masks: tuple[Any, Any, float] | None) -> Any:
    """Samples, labels, parameters and the values in the network, with units on and off in both hidden layers.

    Units that a mask drops count as off only where they were on: each layer has one of each kind among those kept.
    """
    n, h, k, m = sizes
    d1, d2, keep = masks or (np.ones((h, m)), np.ones((k, m)), 1.0)
    while True:
        x, y, p = rng.normal(size=(n, m)), _labels(rng, m), _parameters(rng, (n, h, k))
        values = _run(x, p, d1, d2, keep)
        z1, z2 = values[0], values[2]
        kept = all(_mixed(z[d != 0]) for z, d in ((z1, d1), (z2, d2)))
        if kept and (masks is None or all((z[d == 0] > 0).any() for z, d in ((z1, d1), (z2, d2)))):
            return x, y, p, values


def _mask(rng: Rng, shape: tuple[int, int]) -> Floats:
    """Zeros and ones, a third of them zeros in each mask: chance would leave small ones without."""
    mask = np.ones(shape)
    mask.flat[: max(1, mask.size // 3)] = 0
    return rng.permutation(mask.ravel()).reshape(shape)


def _keep_prob(rng: Rng, between: tuple[float, float] | None = None) -> float:
    low, high = between or (LOW, HIGH)[int(rng.integers(2))]
    return round(float(rng.uniform(low, high)), 2)


# --- dropout's forward, by experiment ---------------------------------------------------------------------------------


def forwards(rng: Rng) -> list[Experiment]:
    """Single batches of several sizes."""
    return [
        _experiment(judges.values, rng.normal(size=(n, m)), _parameters(rng, (n, h, k)), _keep_prob(rng))
        for n, h, k, m in ((2, 20, 8, 7), (3, 6, 5, 30), (4, 12, 12, 12), (2, 40, 30, 1))
    ]


def shares(rng: Rng) -> list[Experiment]:
    """One large batch at a low and one at a high probability."""
    n, h, k, m = LARGE
    return [
        _experiment(judges.shares, rng.normal(size=(n, m)), _parameters(rng, (n, h, k)), _keep_prob(rng, between))
        for between in ((0.2, 0.3), (0.65, 0.8))
    ]


def _experiment(judge: Any, x: Floats, parameters: dict[str, Floats], keep_prob: float) -> Experiment:
    given = {"X": x, "keep_prob": keep_prob, **parameters}
    found = partial(judge, x=x, parameters=parameters, keep_prob=keep_prob)
    return Experiment((Step(DROPOUT, (x, parameters, keep_prob)),), found, given)


# --- worked examples --------------------------------------------------------------------------------------------------

_EXAMPLE: Final = {
    "W1": np.array([[1.0, -1.0], [0.5, 2.0]]),
    "b1": np.array([[0.0], [-1.0]]),
    "W2": np.array([[2.0, -1.0], [1.0, 1.0]]),
    "b2": np.array([[0.5], [0.0]]),
    "W3": np.array([[1.0, -2.0]]),
    "b3": np.array([[0.25]]),
}
_X: Final = np.array([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]])
_Y: Final = np.array([[1.0, 0.0, 1.0]])


def _examples() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The caches of the worked examples, without and with masks."""
    p = _EXAMPLE
    z1, a1, z2, a2, z3, a3 = _run(_X, p, np.ones((2, 3)), np.ones((2, 3)), 1.0)
    plain = (z1, a1, p["W1"], p["b1"], z2, a2, p["W2"], p["b2"], z3, a3, p["W3"], p["b3"])
    d1, d2 = np.array([[1, 0, 1], [1, 1, 0]]), np.array([[1, 1, 1], [1, 0, 0]])
    z1, a1, z2, a2, z3, a3 = _run(_X, p, d1, d2, 0.8)
    masked = (z1, d1, a1, p["W1"], p["b1"], z2, d2, a2, p["W2"], p["b2"], z3, a3, p["W3"], p["b3"])
    return plain, masked


_PLAIN, _MASKED = _examples()
_BACKWARD_FIGURES: Final = {
    "dW1": [[0.1, -0.1], [0.7291787, 0.53958935]],
    "db1": [[0.0], [0.6791787]],
    "dW2": [[-0.0736071, -0.21319645], [0.6472142, 0.3263929]],
    "db2": [[-0.10694043], [0.66666667]],
    "dW3": [[-0.38748797, -0.58680355]],
    "db3": [[-0.10694043]],
}
_DROPOUT_FIGURES: Final = {
    "dW1": [[-0.00199192, 0.00398384], [1.27010518, 0.63505259]],
    "db1": [[-0.00398384], [1.27010518]],
    "dW2": [[-0.21467208, -0.2116842], [0.42336839, 0.42336839]],
    "db2": [[-0.04621116], [0.67738943]],
    "dW3": [[-0.24076553, -0.42336839]],
    "db3": [[-0.03696892]],
}

assignment = Assignment(
    title="A regularized network",
    topic="Neural Networks Part 2: regularization, L2 and dropout",
    parts=(
        Function(
            COST,
            ("A3", "Y", "parameters", "lambd"),
            "cost",
            costs,
            Points(forward=2),
            examples=(Example((np.array([[0.8, 0.1, 0.6]]), _Y, _EXAMPLE, 0.3), 1.19227656),),
            loose=("cost",),
        ),
        Function(
            BACKWARD,
            ("X", "Y", "cache", "lambd"),
            GRADIENTS,
            backwards,
            Points(forward=3),
            examples=(Example((_X, _Y, _PLAIN, 0.3), _BACKWARD_FIGURES),),
            keyed=True,
        ),
        Experiments(
            functions={DROPOUT: ("X", "parameters", "keep_prob")},
            properties=(
                Property(DROPOUT, "forward", 1, forwards),
                Property(DROPOUT, "property:share", 1, shares, ((DROPOUT, "forward"),)),
            ),
        ),
        Function(
            DROPOUT_BACKWARD,
            ("X", "Y", "cache", "keep_prob"),
            GRADIENTS,
            dropout_backwards,
            Points(forward=3),
            examples=(Example((_X, _Y, _MASKED, 0.8), _DROPOUT_FIGURES),),
            keyed=True,
        ),
    ),
    provided={"reg_utils": "reg_utils.py", "testCases*": "test_cases.py", "public_tests": "public_tests.py"},
)
