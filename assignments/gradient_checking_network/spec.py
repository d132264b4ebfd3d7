"""Gradient checking, for one number and for a network of three layers, under the names that many courses use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assignments.gradient_checking_network import judges
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
from grader.program import Program, bind, program

SHAPES: Final = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
GRADIENTS: Final = tuple(f"d{name}" for name in SHAPES)
SAMPLES: Final = (5, 3, 8, 1, 4, 6)
EPSILONS: Final = (1e-2, 1e-7, 1e-3)
"""The large ones first: there a one-sided difference shows."""
FACTORS: Final = (1.0, 1.25, -1.7)
"""What a right derivative is multiplied by before it is checked."""
SMOOTH: Final = 1e-4
"""Below this, one-sided differences are as good as two-sided ones."""
CLEAR: Final = 0.12
"""No unit is nearer to its relu's kink: a step of the largest epsilon stays on its side."""

Floats = NDArray[np.float64]


# --- one number -------------------------------------------------------------------------------------------------------


def numbers(rng: Rng) -> list[Inputs]:
    """(x, theta), of either sign."""
    return [(_number(rng, 1.5, 4.0), _number(rng, 0.5, 4.0)) for _ in range(6)]


def _number(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high) * rng.choice([-1.0, 1.0]))


def checks(rng: Rng) -> list[Experiment]:
    """At each epsilon: the right derivative and two that are wrong."""
    found = []
    for epsilon in EPSILONS:
        x, theta = _number(rng, 1.5, 4.0), _number(rng, 0.5, 4.0)
        steps = [Step("forward_propagation", (x, theta + epsilon)), Step("forward_propagation", (x, theta - epsilon))]
        for factor in FACTORS:
            steps += [bind("backward_propagation", _times(factor)), Step("gradient_check", (x, theta, epsilon))]
        judge = partial(judges.single, x=x, factors=FACTORS, epsilon=epsilon)
        found.append(Experiment(tuple(steps), judge, {"x": x, "theta": theta, "epsilon": epsilon}))
    return found


def _times(factor: float) -> Program:
    return program(lambda x, theta: x * factor + theta * 0.0, "x", "theta", name="backward_propagation")


# --- the network ------------------------------------------------------------------------------------------------------


def _network(rng: Rng, samples: int) -> tuple[Floats, Floats, dict[str, Floats]]:
    """X, Y and parameters at which no hidden unit is near its kink, and each layer has units on and units off."""
    while True:
        x = rng.normal(size=(4, samples))
        parameters = {name: 0.8 * rng.normal(size=shape) for name, shape in SHAPES.items()}
        z1, _, z2, *_ = _run(x, parameters)
        near = min(float(np.abs(z).min()) for z in (z1, z2))
        if near > CLEAR and all((z > 0).any() and (z < 0).any() for z in (z1, z2)):
            labels = rng.permutation((np.arange(samples) % 2).astype(float))
            return x, labels[None, :], parameters


def _run(x: Any, p: Mapping[str, Any]) -> tuple[Any, ...]:
    """Z1, A1, Z2, A2, Z3, A3."""
    z1 = p["W1"] @ x + p["b1"]
    a1 = np.maximum(z1, 0)
    z2 = p["W2"] @ a1 + p["b2"]
    a2 = np.maximum(z2, 0)
    z3 = p["W3"] @ a2 + p["b3"]
    return z1, a1, z2, a2, z3, 1 / (1 + np.exp(-z3))


def forwards(rng: Rng) -> list[Inputs]:
    """(X, Y, parameters)."""
    return [_network(rng, samples) for samples in SAMPLES]


def backwards(rng: Rng) -> list[Inputs]:
    """(X, Y, cache)."""
    return [(x, y, _cache(x, p)) for x, y, p in (_network(rng, samples) for samples in SAMPLES)]


def _cache(x: Floats, p: Mapping[str, Floats]) -> tuple[Floats, ...]:
    z1, a1, z2, a2, z3, a3 = _run(x, p)
    return z1, a1, p["W1"], p["b1"], z2, a2, p["W2"], p["b2"], z3, a3, p["W3"], p["b3"]


def _forward(samples: int) -> Program:
    """The network's cost as a program that the submission's module gets for its own forward."""

    def forward(x: Any, y: Any, parameters: Any) -> Any:
        a1 = (parameters["W1"] @ x + parameters["b1"]).relu()
        a2 = (parameters["W2"] @ a1 + parameters["b2"]).relu()
        a3 = (parameters["W3"] @ a2 + parameters["b3"]).sigmoid()
        losses = y * a3.log() + (1.0 - y) * (1.0 - a3).log()
        return losses.sum() * (-1.0 / samples), a3

    return program(forward, "X", "Y", "parameters", name="forward_propagation_n")


def whole_checks(rng: Rng) -> list[Experiment]:
    """At each epsilon: right gradients, and gradients that are wrong in a part or throughout."""
    return [_whole_check(rng, epsilon, samples) for epsilon, samples in zip(EPSILONS, (3, 4, 2), strict=True)]


def _whole_check(rng: Rng, epsilon: float, samples: int) -> Experiment:
    """A network at which each mistake gives something of its own: a first entry with a slope, costs that are curved."""
    forward = _forward(samples)
    while True:
        x, y, parameters = _network(rng, samples)

        def cost(theta: Floats, x: Floats = x, y: Floats = y) -> float:
            return float(forward(x, y, _unrolled(theta))[0])

        theta = _vector(parameters)
        fine = _slopes(cost, theta, 1e-5)[""]
        slopes = _slopes(cost, theta, epsilon)
        gradients = [_unrolled(g) for g in (fine, *_planted(fine))]
        want, wrong = judges.expectations([_vector(g) for g in gradients], slopes)
        sides = min(values[0] for name, values in wrong.items() if name.startswith("one-sided"))
        shows = epsilon < SMOOTH or sides > 40 * want[0] + 10 * judges.NOISE
        first = abs(fine[0]) > 0.05 * np.linalg.norm(fine)
        if want[0] < judges.SMALL / 2 and min(want[1:]) > 0.02 and shows and first:
            break
    named = [{f"d{name}": value for name, value in g.items()} for g in gradients]
    asked = [Step("gradient_check_n", (parameters, g, x, y, epsilon)) for g in named]
    steps = (bind("forward_propagation_n", forward), *asked)
    shown = {"X": x, "Y": y, **parameters, "epsilon": epsilon}
    return Experiment(steps, partial(judges.whole, want=want, wrong=wrong), shown)


def _planted(gradient: Floats) -> list[Floats]:
    """Wrong gradients: the notebook's two faults, one layer's sign, and everything too large."""
    parts = _unrolled(gradient)
    faulty = _vector({**parts, "W2": 2 * parts["W2"], "b1": 4 * parts["b1"]})
    return [faulty, _vector({**parts, "W1": -parts["W1"]}), 1.5 * gradient]


def _vector(parameters: Mapping[str, Floats]) -> Floats:
    return np.concatenate([parameters[name].ravel() for name in SHAPES])


def _unrolled(theta: Floats) -> dict[str, Floats]:
    found, at = {}, 0
    for name, shape in SHAPES.items():
        size = shape[0] * shape[1]
        found[name] = theta[at : at + size].reshape(shape)
        at += size
    return found


def _slopes(cost: Any, theta: Floats, epsilon: float) -> dict[str, Floats]:
    """Two-sided differences as "", and what comes of differences with a mistake."""
    steps = epsilon * np.eye(theta.size)
    plus = np.array([cost(theta + step) for step in steps])
    minus = np.array([cost(theta - step) for step in steps])
    here = cost(theta)
    everywhere = (cost(theta + epsilon) - cost(theta - epsilon)) / (2 * epsilon)
    two_sided = (plus - minus) / (2 * epsilon)
    return {
        "": two_sided,
        "one-sided after": (plus - here) / epsilon,
        "one-sided before": (here - minus) / epsilon,
        "epsilon-on-every-entry": np.full(theta.size, everywhere),
        "returns-after-first": np.append(two_sided[:1], np.zeros(theta.size - 1)),
        **judges.undivided(two_sided, epsilon),
    }


# --- worked examples --------------------------------------------------------------------------------------------------


def _example() -> tuple[Floats, Floats, dict[str, Floats]]:
    """Round numbers, so that the example can be typed in."""
    x = np.array([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0], [-1.0, 0.5, 1.0], [2.0, 1.0, -1.0]])
    parameters = {}
    for name, shape in SHAPES.items():
        parameters[name] = (np.arange(shape[0] * shape[1]) % 5 - 1.8).reshape(shape) / 4
    return x, np.array([[1.0, 0.0, 1.0]]), parameters


_X, _Y, _PARAMETERS = _example()
_FIGURES: Final = {
    "dW1": [
        [0.0, 0.0, 0.0, 0.0],
        [-0.02507188, 0.0, 0.02507188, -0.05014376],
        [0.01248328, 0.0004596, -0.00131923, 0.00309807],
        [0.03729188, 0.00275763, 0.02969243, -0.05662723],
        [0.13731611, 0.00505565, -0.01451155, 0.03407875],
    ],
    "db1": [[0.0], [-0.02507188], [0.00972033], [0.02071416], [0.10692362]],
    "dW2": [
        [0.0, 0.0611127, 0.06686737, 0.12679804, 0.06271009],
        [0.0, 0.0271612, 0.02971883, 0.05635469, 0.02787115],
        [0.0, -0.0067903, -0.00742971, -0.01408867, -0.00696779],
    ],
    "db2": [[0.14580494], [0.0648022], [-0.01620055]],
    "dW3": [[0.00435874, -0.076644, -0.15764675]],
    "db3": [[-0.32401098]],
}

assignment = Assignment(
    title="Gradient checking",
    topic="Neural Networks Part 3: gradient checks",
    parts=(
        Function(
            "forward_propagation",
            ("x", "theta"),
            "J",
            numbers,
            Points(forward=0.5),
            examples=(Example((2.0, 4.0), 8.0),),
            loose=("J",),
        ),
        Function(
            "backward_propagation",
            ("x", "theta"),
            "dtheta",
            numbers,
            Points(forward=0.5),
            examples=(Example((2.0, 4.0), 2.0),),
            loose=("dtheta",),
        ),
        Function(
            "forward_propagation_n",
            ("X", "Y", "parameters"),
            "cost",
            forwards,
            Points(forward=1.5),
            examples=(Example((_X, _Y, _PARAMETERS), 0.79184524),),
            cached=True,
            loose=("cost",),
        ),
        Function(
            "backward_propagation_n",
            ("X", "Y", "cache"),
            GRADIENTS,
            backwards,
            Points(forward=3),
            examples=(Example((_X, _Y, _cache(_X, _PARAMETERS)), _FIGURES),),
            keyed=True,
        ),
        Experiments(
            functions={
                "forward_propagation": ("x", "theta"),
                "gradient_check": ("x", "theta", "epsilon"),
                "gradient_check_n": ("parameters", "gradients", "X", "Y", "epsilon"),
            },
            properties=(
                Property("gradient_check", "forward", 2, checks, also=("forward_propagation",)),
                Property("gradient_check_n", "forward", 2.5, whole_checks),
            ),
        ),
    ),
    provided={"gc_utils": "gc_utils.py", "testCases*": "test_cases.py", "public_tests": "public_tests.py"},
)
