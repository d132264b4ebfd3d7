"""What an assignment is: the declarations that `assignments/NAME/spec.py` is written in.

A spec is public. It names functions, draws inputs and gives points; it holds no expected value beyond the worked
examples, which students see anyway. The secret half, `reference/solutions/NAME.py`, holds the forwards and the known
mistakes.

    assignment = Assignment(
        title="Sigmoid neuron",
        topic="Backpropagation, intuitions: modularity, the sigmoid example",
        parts=(Pair("sigmoid_neuron", ("w", "x"), "f", draw, Points(forward=3, backward=6, purity=1)),),
    )
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from grader.errors import AssignmentError
from grader.sandbox.wire import SAME, Module

__all__ = [
    "SAME",
    "Assignment",
    "Draw",
    "Earlier",
    "Example",
    "Experiment",
    "Experiments",
    "Function",
    "Inputs",
    "Opinion",
    "Pair",
    "Part",
    "Points",
    "Property",
    "Raised",
    "Rng",
    "Step",
    "apart",
    "rng_for",
]

Rng = np.random.Generator
Inputs = tuple[Any, ...]
"""A function's positional arguments: float64 arrays, Python numbers, or lists of arrays."""
Draw = Callable[[Rng], Sequence[Inputs]]
"""Draws the inputs of all cases of one function."""
MAX_PROVIDED: Final = 64 << 10
"""Characters of a provided module: it travels with every submission."""


@dataclass(frozen=True)
class Points:
    """What each kind of check is worth. A kind without points is not asked."""

    forward: float = 0.0
    backward: float = 0.0
    stages: float = 0.0
    """For each stage."""
    stability: float = 0.0
    backward_stability: float = 0.0
    purity: float = 0.0


@dataclass(frozen=True)
class Example:
    """A worked example of the notes: public figures, right to `tolerance`, relative to the larger of 1 and the
    figure.
    """

    inputs: Inputs
    output: Any = None
    """Where there are several outputs, a tuple of them."""
    upstream: Any = None
    """Where there are several outputs, a tuple of the upstream gradients."""
    gradients: Mapping[str, Any] = field(default_factory=dict)
    """By name: "dw", or a stage's key."""
    tolerance: float = 1e-7


@dataclass(frozen=True)
class Pair:
    """`NAME_forward(inputs...) -> (output, cache)` and `NAME_backward(upstream, cache) -> gradients`.

    With several outputs, the forward returns (h, c, cache), and the backward takes (dh, dc, cache). The gradients come
    in the order of `differentiable`: an array where there is one, a tuple where there are several, or, with `stages`,
    a dict with a key for each stage and input. The gradient of a list of arrays is a list of arrays.
    """

    name: str
    inputs: tuple[str, ...]
    output: str | tuple[str, ...]
    cases: Draw
    points: Points
    differentiable: tuple[str, ...] = ()
    """The inputs that have a gradient; all of them when empty."""
    stages: tuple[str, ...] = ()
    """Named intermediates of the reference forward whose gradients the backward returns too, in backward order."""
    steps: tuple[str, ...] = ()
    """The steps of the backward, in backward order, that are judged one by one by following through: what belongs to
    each, and what follows from the submission's own gradients, the solution's `FOLLOW` tells.
    """
    extras: tuple[str, ...] = ()
    """Intermediate gradients that the backward may return besides, in a dict after the others; its `steps` are then
    judged by them too."""
    extremes: Draw | None = None
    """Legal inputs of large magnitude, for the stability check."""
    examples: tuple[Example, ...] = ()
    forward_as: str = ""
    """The forward's function name where it is not NAME_forward."""
    backwards_as: tuple[str, ...] = ()
    """The backward's where it is not NAME_backward: several are judged alike, each with the points of a backward."""
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What to call the lengths of an input's axes, for naming a wrong factor: {"X": ("n", "the batch size m")}."""
    loose: tuple[str, ...] = ()
    """The outputs and gradients that may come with more or fewer axes of length 1, with a remark."""
    changes: tuple[str, ...] = ()
    """The inputs that the forward is asked to change in place."""
    lenient: bool = False
    """Whether another input that is changed in place is a remark and costs nothing."""

    @property
    def forward(self) -> str:
        """The forward's function name."""
        return self.forward_as or f"{self.name}_forward"

    @property
    def backwards(self) -> tuple[str, ...]:
        """The function names of the backward and its alternatives."""
        return self.backwards_as or (f"{self.name}_backward",)

    @property
    def backward(self) -> str:
        """The first backward's function name."""
        return self.backwards[0]

    @property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """The functions with their parameters."""
        return {self.forward: self.inputs, **dict.fromkeys(self.backwards, (*self.upstreams, "cache"))}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The names of what the forward returns before its cache."""
        return (self.output,) if isinstance(self.output, str) else self.output

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The names of the upstream gradients, one for each output."""
        return tuple(f"d{name}" for name in self.outputs)

    @cached_property
    def wrt(self) -> tuple[int, ...]:
        """Positions of the differentiable inputs."""
        names = self.differentiable or self.inputs
        return tuple(self.inputs.index(name) for name in names)

    @property
    def gradients(self) -> tuple[str, ...]:
        """Names of the gradients in the order that the backward returns them; a dict's keys where there are stages."""
        return (*(f"d{name}" for name in self.stages), *(f"d{self.inputs[i]}" for i in self.wrt))

    @property
    def followed(self) -> tuple[str, ...]:
        """The names of the rows of its stages: its steps, or else, with `stages`, its gradients."""
        return self.steps or (self.gradients if self.stages else ())

    @property
    def max_points(self) -> float:
        """All points together."""
        p = self.points
        one = p.backward + p.stages * len(self.followed) + p.backward_stability + p.purity
        return p.forward + p.stability + one * len(self.backwards)


@dataclass(frozen=True)
class Function:
    """A function without a backward, such as `softmax_jacobian(a) -> J`.

    With several outputs it returns a tuple of them, or, `keyed`, a dict; `cached`, a cache comes last.
    """

    name: str
    inputs: tuple[str, ...]
    output: str | tuple[str, ...]
    cases: Draw
    points: Points
    extremes: Draw | None = None
    examples: tuple[Example, ...] = ()
    keyed: bool = False
    cached: bool = False
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What to call the lengths of an input's axes."""
    loose: tuple[str, ...] = ()
    """The outputs that may come with more or fewer axes of length 1, with a remark."""
    overflows: tuple[str, ...] = ()
    """The outputs that may be infinite at extreme inputs, with a remark, where the others are right."""
    lenient: bool = False
    """Whether an input that is changed in place is a remark and costs nothing."""

    @property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """The function with its parameters."""
        return {self.name: self.inputs}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The names of what it returns before its cache."""
        return (self.output,) if isinstance(self.output, str) else self.output

    @property
    def max_points(self) -> float:
        """All points together."""
        return self.points.forward + self.points.stability + self.points.purity


@dataclass(frozen=True)
class Step:
    """One call of an experiment; an argument may be `Earlier`.

    The function SAME gives its only argument back: an array made so stays in the box and can be looked at again.
    """

    function: str
    arguments: tuple[Any, ...]
    cache_at: int | None = None
    """Position in the returned tuple of what stays in the box."""


@dataclass(frozen=True)
class Earlier:
    """In place of an argument: what an earlier step of the same experiment returned at `path`, such as its cache."""

    step: int
    path: tuple[int, ...] = ()


@dataclass(frozen=True)
class Opinion:
    """What a property's judge found: `share` of the points, and for the student why it isn't all of them."""

    share: float
    message: str = ""
    mistake: str | None = None
    """The name of a known mistake."""
    expected: Mapping[str, Any] = field(default_factory=dict)
    got: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """What is worth saying and costs nothing, of a right answer too."""
    error: bool = False
    """Whether nothing but exceptions came: the check's status is then "error"."""
    inputs: Mapping[str, Any] | None = None
    """What the student is shown as the inputs, where the experiment has several and not its first went wrong."""


@dataclass(frozen=True)
class Raised:
    """In place of a result, where the judge of an experiment wants to see it: the exception that a step raised.

    `where` is the innermost line of the submission ("line 12"), and empty where none was running.
    """

    type: str
    message: str
    where: str = ""


@dataclass(frozen=True)
class Larger:
    """A larger sample for an experiment that chance alone may have spoilt.

    Where `wanted` says so of what the experiment's own steps returned, these `steps` are asked in a question of their
    own, and the experiment is judged by what they return.
    """

    steps: tuple[Step, ...]
    wanted: Callable[[Sequence[Any]], bool]


@dataclass(frozen=True)
class Experiment:
    """Calls and a judgement of what they return, for what can't be compared with one expected value.

    `results[i]` is what step i returned, as numpy arrays and Python structures. A step that raised, or that gave
    something other than numbers (in a tuple, list or dict), has already been reported: the judge sees clean values
    only. With `sees_all` it sees everything: `Raised` for a step that raised, the wire's description of what is no
    number.
    """

    steps: tuple[Step, ...]
    judge: Callable[[Sequence[Any]], Opinion]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What the student is shown as the inputs of a failing experiment."""
    sees_all: bool = False
    larger: Larger | None = None


@dataclass(frozen=True)
class Property:
    """Statements about a function, such as those about dropout's randomness, judged by experiment.

    `check` is the kind with a part after a colon where there are several: "property:fresh mask". `experiments` draws
    them anew for each run; they share the points equally. `needs` names checks (function, kind) that must have earned
    something first.
    """

    function: str
    check: str
    points: float
    experiments: Callable[[Rng], Sequence[Experiment]]
    needs: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    """Other functions that it calls."""
    members: tuple[str, ...] = ()
    """Where `function` is a class: the members by which it is found when the submission calls it otherwise."""

    @property
    def max_points(self) -> float:
        """All its points."""
        return self.points


@dataclass(frozen=True)
class Experiments:
    """Functions that are judged by properties alone."""

    functions: Mapping[str, tuple[str, ...]]
    """The functions with their parameters."""
    properties: tuple[Property, ...]

    @property
    def max_points(self) -> float:
        """All points together."""
        return sum(p.points for p in self.properties)


Part = Pair | Function | Experiments


@dataclass(frozen=True)
class Assignment:
    """An assignment's public half."""

    title: str
    topic: str
    """The section of the notes that it covers."""
    parts: tuple[Part, ...]
    name: str = ""
    """Its folder's name; filled in when it is loaded."""
    folder: Path = Path()
    provided: Mapping[str, str] = field(default_factory=dict)
    """What the course hands out beside the stub: the names by which submissions import a module ("reg_utils", or a
    pattern such as "testCases*"), each with its file in the assignment's folder provided/.
    """

    def __post_init__(self) -> None:
        """Raises AssignmentError for parts that are no tuple of parts, a comma is easily forgotten, and for provided
        modules that can't be imported by their names.
        """
        if not isinstance(self.parts, tuple) or not all(
            isinstance(part, Pair | Function | Experiments) for part in self.parts
        ):
            raise AssignmentError(f"the parts of {self.title!r} must be a tuple of Pair, Function or Experiments")
        for pattern, file in self.provided.items():
            if not re.fullmatch(r"\w+\*?", pattern, re.ASCII) or pattern in {*sys.stdlib_module_names, "numpy"}:
                raise AssignmentError(
                    f"{self.title!r} provides {pattern!r}: a name of its own is meant, or one ending in *"
                )
            if not re.fullmatch(r"\w+\.py", file, re.ASCII):
                raise AssignmentError(f"{self.title!r} provides {file!r}: the name of a file in provided/ is meant")

        if self.name:
            _ = self.modules  # a file that is missing is found out now, not by the first submission

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The provided modules with their sources. Raises AssignmentError for one that can't be read as Python."""
        return tuple(Module(pattern, self._provided(file)) for pattern, file in self.provided.items())

    def _provided(self, file: str) -> str:
        path = self.folder / "provided" / file
        try:
            source = path.read_text("utf-8")
            ast.parse(source, str(path))
        except (OSError, ValueError, SyntaxError) as error:
            raise AssignmentError(f"{path} is provided and can't be read: {error}") from error
        if len(source) > MAX_PROVIDED:
            raise AssignmentError(f"{path} is longer than the {MAX_PROVIDED >> 10} KiB that go into a box")
        return source

    @cached_property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """Every function that it asks for, with its parameters' names."""
        return {name: parameters for part in self.parts for name, parameters in part.functions.items()}

    @cached_property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """The classes that it asks for and that may be called otherwise, each with the members that it must have."""
        properties = (p for part in self.parts if isinstance(part, Experiments) for p in part.properties)
        return {p.function: p.members for p in properties if p.members}

    @property
    def max_points(self) -> float:
        """What full marks are."""
        return sum(part.max_points for part in self.parts)


def rng_for(seed: int, *labels: str) -> Rng:
    """A generator for one purpose, independent of the others drawn from the same seed."""
    words = [b for label in labels for b in label.encode()]
    return np.random.default_rng([seed, *words])


# --- helpers for drawing inputs ---------------------------------------------------------------------------------------


def apart(rng: Rng, shape: int | tuple[int, ...], gap: float = 0.2, scale: float = 1.5) -> np.ndarray[Any, Any]:
    """Random entries of either sign at least `gap` away from zero, for inputs that must stay clear of a kink there."""
    magnitude = gap + scale * rng.random(shape)
    return np.where(rng.random(shape) < 0.5, -magnitude, magnitude)
