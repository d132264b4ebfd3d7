"""What a class under test is asked to compute, and what is right: data and gradients by forward differentiation.

Forward differentiation carries each number's derivatives along as it is computed, so there is nothing to go back over:
it tells what is right without showing how a tape finds it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grader.assignment import Step
from grader.program import METHODS, Program, drive, program

NAME: Final = "Value"
LETTERS: Final = "abcd"


class Dual:
    """A number and its derivatives in the leaves."""

    def __init__(self, value: float, slopes: NDArray[np.float64]) -> None:
        self.value = value
        self.slopes = slopes

    def __add__(self, other: Any) -> Dual:
        v, s = _split(other)
        return Dual(self.value + v, self.slopes + s)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slopes)

    def __sub__(self, other: Any) -> Dual:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Dual:
        return (-self).__add__(other)

    def __mul__(self, other: Any) -> Dual:
        v, s = _split(other)
        return Dual(self.value * v, self.slopes * v + self.value * s)

    __rmul__ = __mul__

    def __pow__(self, exponent: float) -> Dual:
        return Dual(self.value**exponent, exponent * self.value ** (exponent - 1) * self.slopes)

    def __truediv__(self, other: Any) -> Dual:
        return self.__mul__(other**-1.0)

    def __rtruediv__(self, other: Any) -> Dual:
        return (self**-1.0).__mul__(other)

    def _of(self, value: float, slope: float) -> Dual:
        return Dual(value, slope * self.slopes)

    def exp(self) -> Dual:
        """The exponential."""
        return self._of(math.exp(self.value), math.exp(self.value))

    def log(self) -> Dual:
        """The natural logarithm."""
        return self._of(math.log(self.value), 1 / self.value)

    def tanh(self) -> Dual:
        """The hyperbolic tangent."""
        return self._of(math.tanh(self.value), 1 / math.cosh(self.value) ** 2)

    def sigmoid(self) -> Dual:
        """1 / (1 + exp(-x))."""
        return self._of(1 / (1 + math.exp(-self.value)), 1 / (2 + 2 * math.cosh(self.value)))

    def relu(self) -> Dual:
        """The larger of it and 0."""
        return self._of(max(self.value, 0.0), float(self.value > 0))


def _split(other: Any) -> tuple[float, Any]:
    return (other.value, other.slopes) if isinstance(other, Dual) else (other, 0.0)


@dataclass(frozen=True)
class Sample:
    """An expression, and the numbers that its leaves hold."""

    program: Program
    numbers: tuple[float, ...]

    def step(self, *, backward: bool) -> Step:
        """The call that evaluates it with objects of the class."""
        return drive(NAME, self.program, self.numbers, backward=backward)

    @cached_property
    def _right(self) -> Dual:
        units = np.eye(len(self.numbers))
        found: Dual = self.program.run([Dual(x, unit) for x, unit in zip(self.numbers, units, strict=True)], METHODS)
        return found

    @property
    def data(self) -> float:
        """The result's data."""
        return self._right.value

    @property
    def grads(self) -> NDArray[np.float64]:
        """The gradient of each leaf."""
        return self._right.slopes

    @property
    def text(self) -> str:
        """For people."""
        return self.program.formula

    @property
    def shown(self) -> dict[str, Any]:
        """What the student is shown of it."""
        return {"expression": self.text, **dict(zip(self.program.inputs, self.numbers, strict=True))}


def sample(rule: Callable[..., Any], numbers: Sequence[float]) -> Sample:
    """The expression `rule` of as many leaves as there are numbers."""
    return Sample(program(rule, *LETTERS[: len(numbers)]), tuple(numbers))


# --- what a tape records ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Graph:
    """A sample's operations: the objects that each one took, with its derivative in each."""

    leaves: int
    operations: tuple[str, ...]
    """By register; empty for a leaf and for a plain number."""
    parents: tuple[tuple[tuple[int, float], ...], ...]
    """By register, as (register, derivative)."""
    root: int


def graph(given: Sample) -> Graph:
    """The graph of a sample whose expression gives one result."""
    run, leaves = given.program, len(given.numbers)
    values: list[float] = [*given.numbers, *run.constants]
    parents: list[tuple[tuple[int, float], ...]] = [()] * len(values)
    objects = set(range(leaves))
    for name, places in run.steps:
        units = np.eye(len(places))
        operands = [
            Dual(values[at], unit) if at in objects else values[at] for at, unit in zip(places, units, strict=True)
        ]
        made = METHODS[name](*operands)
        parents.append(tuple((at, float(made.slopes[i])) for i, at in enumerate(places) if at in objects))
        objects.add(len(values))
        values.append(made.value)
    if not isinstance(run.result, int):
        raise TypeError("an expression has one result")
    operations = ("",) * (leaves + len(run.constants)) + tuple(name for name, _ in run.steps)
    return Graph(leaves, operations, tuple(parents), run.result)
