"""What the secret half of an assignment is written in.

`reference/solutions/NAME.py` defines, under each forward's own name, a plain numpy function of the same inputs that
returns the output alone (its gradients come from the engine), `MISTAKES`, and `FOLLOW` where a backward has steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Mistake:
    """A mistake that is recognised by what it returns.

    `predict` gives what a submission with this mistake returns from `function`: for a forward, the output for the same
    inputs; for a backward, called as `predict(upstream, *inputs)`, the gradients in the contract's order; for a stage
    of a staged backward, called as `predict(given, values)` with the submission's own gradients and the forward's
    values by name, that stage's gradient. A mistake found by an experiment has no `predict`.
    """

    name: str
    """Short and stable, such as "missing-minus": reports count by it."""
    title: str
    """For people: "The minus of the reciprocal's derivative is missing"."""
    reason: str
    """Why it is wrong, in a sentence or two, as one would tell the student."""
    read: str
    """The part of the notes to read."""
    function: str
    predict: Callable[..., Any] | None = None
    stage: str = ""
    """The gradient of a staged backward that it shows in: "dden"."""


@dataclass(frozen=True)
class Follow:
    """How a backward is judged step by step, where its steps can be read off the gradients that it returns.

    Gradients come as a mapping by name: "dW", an array, or a tuple of arrays for a list of them. Both functions are
    called with the inputs after the mapping.
    """

    parts: Callable[..., Mapping[str, Mapping[str, Any]]]
    """parts(gradients, *inputs): what belongs to each step, as {step: {part: array}}. A part's name begins with that of
    the gradient which it is taken from, "db (gate i)" or "dweights[-1]", and is the same in all cases. A step that a
    case does not have, such as the third layer of two, is left out."""
    follow: Callable[..., Mapping[str, Any]]
    """follow(own, upstreams, *inputs): the gradients, each as it follows from the submission's `own` others and the
    upstream gradients by name."""
    right: Callable[..., Mapping[str, Any]] | None = None
    """right(upstreams, *inputs): the pair's extras as they should be."""
    slips: tuple[tuple[str, Callable[..., Mapping[str, Any]]], ...] = ()
    """Known mistakes of single steps, by name: each as `follow`, with the mistake. `MISTAKES` predict what comes of a
    mistake all the way down; these find one that is not the only one."""


@dataclass(frozen=True)
class Solution:
    """An assignment's secret half, loaded."""

    forwards: Mapping[str, Callable[..., Any]]
    mistakes: tuple[Mistake, ...]
    follow: Mapping[str, Follow] = field(default_factory=dict)
    """By the backward's name: the solution's `FOLLOW`."""
