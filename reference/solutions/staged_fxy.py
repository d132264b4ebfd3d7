"""The staged function's forward and known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from reference.engine import stage
from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS, SIMPLE

Known = Mapping[str, Any]


def staged_forward(x: Any, y: Any) -> Any:
    """The quotient f = (x + sigma(y)) / (sigma(x) + (x + y)^2), stage by stage; x and y are numbers."""
    sigy = stage("sigy", 1 / (1 + np.exp(-y)))
    num = stage("num", x + sigy)
    sigx = stage("sigx", 1 / (1 + np.exp(-x)))
    xpy = stage("xpy", x + y)
    xpysqr = stage("xpysqr", xpy**2)
    den = stage("den", sigx + xpysqr)
    invden = stage("invden", 1 / den)
    return num * invden


def _through_sigma(name: str, given: Known, values: Known) -> Any:
    return (1 - values[name]) * values[name] * given[f"d{name}"]


def _paths(stage_name: str) -> list[Callable[[Known, Known], Any]]:
    """What each path into dx or dy brings."""
    if stage_name == "dx":
        return [
            lambda given, values: _through_sigma("sigx", given, values),
            lambda given, _: given["dxpy"],
            lambda given, _: given["dnum"],
        ]
    return [lambda given, values: _through_sigma("sigy", given, values), lambda given, _: given["dxpy"]]


def _some(paths: tuple[Callable[[Known, Known], Any], ...]) -> Callable[[Known, Known], Any]:
    return lambda given, values: sum(path(given, values) for path in paths)


def _overwritten(stage_name: str) -> list[Callable[[Known, Known], Any]]:
    """What is left of dx or dy after an assignment has thrown some of its paths away."""
    paths = _paths(stage_name)
    return [_some(kept) for count in range(1, len(paths)) for kept in combinations(paths, count)]


def _mistake(
    name: str, title: str, reason: str, read: str, stage_name: str, *variants: Callable[[Known, Known], Any]
) -> list[Mistake]:
    return [Mistake(name, title, reason, read, "staged_backward", predict, stage_name) for predict in variants]


def _overwrite(variable: str, paths: str) -> list[Mistake]:
    return _mistake(
        f"overwrite-at-fork-d{variable}",
        f"Overwritten at the fork: = in place of += on d{variable}",
        f"{variable} goes into f along several paths ({paths}), and the gradients of all of them add up. A later = "
        "throws away what the earlier ones brought: start with = once and go on with +=.",
        PATTERNS,
        f"d{variable}",
        *_overwritten(f"d{variable}"),
    )


MISTAKES = (
    *_overwrite("x", "sigx, xpy and num"),
    *_overwrite("y", "sigy and xpy"),
    *_mistake(
        "missing-minus",
        "The minus of the reciprocal's derivative is missing",
        "The derivative of 1/den is -1/den^2: when den grows, 1/den shrinks.",
        SIMPLE,
        "dden",
        lambda given, values: given["dinvden"] / values["den"] ** 2,
    ),
    *_mistake(
        "den-not-squared",
        "den in place of den squared",
        "The derivative of 1/den is -1/den^2, with the square; -1/den is not the derivative of anything here.",
        SIMPLE,
        "dden",
        lambda given, values: -given["dinvden"] / values["den"],
        lambda given, values: given["dinvden"] / values["den"],
    ),
    *_mistake(
        "square-gradient-missing",
        "The factor 2 xpy of the square is missing",
        "The derivative of xpy^2 is 2 xpy. The gradient of xpysqr has to be multiplied by all of it before it "
        "becomes dxpy.",
        SIMPLE,
        "dxpy",
        lambda given, _: given["dxpysqr"],
        lambda given, values: values["xpy"] * given["dxpysqr"],
        lambda given, _: 2 * given["dxpysqr"],
    ),
    *_mistake(
        "sigmoid-gradient-missing",
        "The sigmoid's gradient is left out",
        "sigx = sigma(x) is a gate of its own: its gradient is multiplied by (1 - sigx) sigx before it is added to "
        "dx; the same goes for sigy and dy.",
        MODULARITY,
        "dx",
        lambda given, _: given["dsigx"] + given["dxpy"] + given["dnum"],
    ),
    *_mistake(
        "sigmoid-gradient-missing",
        "The sigmoid's gradient is left out",
        "sigx = sigma(x) is a gate of its own: its gradient is multiplied by (1 - sigx) sigx before it is added to "
        "dx; the same goes for sigy and dy.",
        MODULARITY,
        "dy",
        lambda given, _: given["dsigy"] + given["dxpy"],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient df is ignored",
        "The result is right for df = 1 only: dnum is invden df, and dinvden is num df.",
        CHAIN_RULE,
        "dnum",
        lambda _, values: values["invden"],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient df is ignored",
        "The result is right for df = 1 only: dnum is invden df, and dinvden is num df.",
        CHAIN_RULE,
        "dinvden",
        lambda _, values: values["num"],
    ),
)
