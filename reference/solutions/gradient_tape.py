"""A class that differentiates, written by hand, and the known mistakes.

`assignments/gradient_tape/judges.py` recognises them by experiment.
"""

from __future__ import annotations

import math
from typing import Any, Final

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS

_CLASS: Final = "Value"


class Value:
    """A number that remembers which values it was made of, with its derivative in each."""

    def __init__(self, data: float, made_of: tuple[tuple[Value, float], ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.made_of = made_of

    def __add__(self, other: Any) -> Value:
        other = _value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Any) -> Value:
        other = _value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, exponent: float) -> Value:
        return self._of(self.data**exponent, exponent * self.data ** (exponent - 1))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + -_value(other)

    def __truediv__(self, other: Any) -> Value:
        return self * _value(other) ** -1.0

    def __rsub__(self, other: Any) -> Value:
        return _value(other) - self

    def __rtruediv__(self, other: Any) -> Value:
        return _value(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self) -> Value:
        """The exponential."""
        e = math.exp(self.data)
        return self._of(e, e)

    def log(self) -> Value:
        """The natural logarithm."""
        return self._of(math.log(self.data), 1 / self.data)

    def tanh(self) -> Value:
        """The hyperbolic tangent."""
        t = math.tanh(self.data)
        return self._of(t, 1 - t * t)

    def sigmoid(self) -> Value:
        """1 / (1 + exp(-x))."""
        s = 1 / (1 + math.exp(-self.data))
        return self._of(s, s * (1 - s))

    def relu(self) -> Value:
        """The larger of it and 0."""
        return self._of(max(self.data, 0.0), float(self.data > 0))

    def _of(self, data: float, slope: float) -> Value:
        return Value(data, ((self, slope),))

    def backward(self) -> None:
        """Add to the grad of every value that this one was made of."""
        self.grad = 1.0
        for node in reversed(self._in_order()):
            for value, slope in node.made_of:
                value.grad += slope * node.grad

    def _in_order(self) -> list[Value]:
        """Every value below this one, each after those that it was made of; a loop, for long chains."""
        order: list[Value] = []
        met: set[int] = set()
        stack = [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in met:
                met.add(id(node))
                stack.append((node, True))
                stack += [(value, False) for value, _ in node.made_of]
        return order


def _value(given: Any) -> Value:
    return given if isinstance(given, Value) else Value(given)


def _mistake(name: str, title: str, reason: str, read: str) -> Mistake:
    return Mistake(name, title, reason, read, _CLASS)


MISTAKES = (
    _mistake(
        "overwritten-at-fork",
        "The gradient is overwritten at a fork",
        "A value that is used twice gets a gradient from each use, and the multivariable chain rule adds them up: "
        "write `self.grad += ...` in every operation, not `self.grad = ...`.",
        PATTERNS,
    ),
    _mistake(
        "no-topological-order",
        "Values are not visited in topological order",
        "A value may pass its gradient on only when all that used it have added to it. Sort first, so that each value "
        "comes after those that it was made of, and go through that list from the end.",
        CHAIN_RULE,
    ),
    _mistake(
        "shared-nodes-twice",
        "Shared values are visited more than once",
        "A value that was used twice is reached twice, and then passes on the gradient that it had passed on before, "
        "once more. Visit each value once, when its own gradient is complete.",
        CHAIN_RULE,
    ),
    _mistake(
        "one-level-deep",
        "The gradient goes only one level deep",
        "`backward()` reaches what the result was made of, and stops. Each of those was made of others: the chain rule "
        "goes on to them, with their own gradient as the upstream one.",
        CHAIN_RULE,
    ),
    _mistake(
        "recursion-on-long-chains",
        "The recursion is too deep for long chains",
        "Python allows a thousand calls inside each other or so, and a function that calls itself for each operation "
        "needs more. Find the order with a loop and a list of your own as the stack.",
        CHAIN_RULE,
    ),
    _mistake(
        "number-on-the-left",
        "A number on the left of the operator is not handled",
        "In `2 * v` Python asks the number first, which does not know your class, and then `v.__rmul__(2)`. The others "
        "are `__radd__`, `__rsub__` and `__rtruediv__`.",
        MODULARITY,
    ),
    _mistake(
        "operands-exchanged",
        "Left and right are exchanged",
        "`2 - v` calls `v.__rsub__(2)`: self is what stands on the right. Only + and * may be given the same method "
        "for both sides.",
        MODULARITY,
    ),
    _mistake(
        "number-not-wrapped",
        "A plain number as the other operand is not handled",
        "In `v + 2` the other operand is an int, which has neither `.data` nor `.grad`. Make a value of it first: "
        "`other = other if isinstance(other, Value) else Value(other)`.",
        MODULARITY,
    ),
    _mistake(
        "upstream-ignored",
        "The upstream gradient is ignored in an operation",
        "An operation's own derivative says how its result changes; the chain rule multiplies it by the gradient of "
        "that result, `out.grad`, which is 1 only for the last operation.",
        CHAIN_RULE,
    ),
)
