"""Programs for specs: functions and expressions that go into the box as data.

    cube = program(lambda x: np.sum(x ** 3), "x")        traced: what the operators did to `x` is what it consists of
    Step(SAME, (cube,))                                  makes it, a real Python function
    Step("numerical_gradient", (Earlier(0), x, 1e-5))    passes it to the submission
    Step(CALLS, (Earlier(0),))                           how often it was called

    bind("backward_propagation", cube)                   the submission's module has it under that name from now on
    drive("Value", expression, (2.0, -3.0))              runs its operators on objects of the submission's class

A program is called like the function that it was traced from. Its gradients are those of the engine, which calls it
with tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from grader.assignment import Step
from grader.errors import AssignmentError
from grader.sandbox.programs import METHODS, NUMPY, Program
from grader.sandbox.wire import BIND, CALLS, DRIVE, SAME

__all__ = ["BIND", "CALLS", "DRIVE", "METHODS", "SAME", "Program", "Symbol", "bind", "drive", "program"]

_UFUNCS: Final = {
    np.add: "add",
    np.subtract: "sub",
    np.multiply: "mul",
    np.true_divide: "truediv",
    np.power: "pow",
    np.matmul: "matmul",
    np.negative: "neg",
    **{getattr(np, name): name for name in ("exp", "log", "tanh", "sin", "cos", "sqrt", "square")},
}
_FUNCTIONS: Final = {np.sum: "sum", np.dot: "dot"}


class Symbol:
    """Stands for a value while a program is traced: remembers what is done to it."""

    def __init__(self, trace: _Trace, place: tuple[str, int]) -> None:
        self.trace = trace
        self.place = place

    def _do(self, name: str, *operands: Any) -> Symbol:
        return self.trace.add(name, operands)

    def __add__(self, other: Any) -> Symbol:
        return self._do("add", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return self._do("add", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return self._do("sub", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self._do("sub", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return self._do("mul", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self._do("mul", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return self._do("truediv", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self._do("truediv", other, self)

    def __pow__(self, other: Any) -> Symbol:
        return self._do("pow", self, other)

    def __rpow__(self, other: Any) -> Symbol:
        return self._do("pow", other, self)

    def __matmul__(self, other: Any) -> Symbol:
        return self._do("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Symbol:
        return self._do("matmul", other, self)

    def __neg__(self) -> Symbol:
        return self._do("neg", self)

    def __getitem__(self, index: Any) -> Symbol:
        return self._do("index", self, index)

    def __getattr__(self, name: str) -> Callable[..., Symbol]:
        """Operations that have no operator: `x.exp()`, `x.sum(0)`."""
        if name not in NUMPY:
            raise AttributeError(f"a program has no operation {name!r}; there are {', '.join(sorted(NUMPY))}")
        return lambda *operands: self._do(name, self, *operands)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Symbol:
        if method != "__call__" or options or ufunc not in _UFUNCS:
            raise AssignmentError(f"a program can't hold {ufunc.__name__}.{method}, or its options {sorted(options)}")
        return self._do(_UFUNCS[ufunc], *operands)

    def __array_function__(self, function: Any, _types: Any, operands: Any, options: Any) -> Symbol:
        if function is np.stack and not options and len(operands) == 1:
            return self._do("stack", *operands[0])
        if options or function not in _FUNCTIONS:
            raise AssignmentError(f"a program can't hold {function.__name__}, or its options {sorted(options)}")
        return self._do(_FUNCTIONS[function], *operands)


class _Trace:
    """The steps of a program in the making; places are numbered when all are known."""

    def __init__(self) -> None:
        self.constants: list[Any] = []
        self.steps: list[tuple[str, tuple[tuple[str, int], ...]]] = []

    def add(self, name: str, operands: Sequence[Any]) -> Symbol:
        self.steps.append((name, tuple(map(self.place, operands))))
        return Symbol(self, ("step", len(self.steps) - 1))

    def place(self, operand: Any) -> tuple[str, int]:
        if isinstance(operand, Symbol):
            if operand.trace is not self:
                raise AssignmentError("a program can't hold a symbol of another one")
            return operand.place
        self.constants.append(operand)
        return "constant", len(self.constants) - 1


def program(function: Callable[..., Any], *inputs: str, name: str = "f") -> Program:
    """What `function` does to its arguments, as a program with parameters of these names, called `name`.

    It may use operators, the operations of `grader.sandbox.programs.NUMPY` as methods, and numpy's functions of the
    same names; everything else that meets a symbol is a constant. Raises AssignmentError for what can't be traced.
    """
    trace = _Trace()
    returned = function(*(Symbol(trace, ("input", i)) for i in range(len(inputs))))
    results = [trace.place(each) for each in (returned if isinstance(returned, tuple) else (returned,))]
    first = {"input": 0, "constant": len(inputs), "step": len(inputs) + len(trace.constants)}

    def register(place: tuple[str, int]) -> int:
        return first[place[0]] + place[1]

    steps = tuple((op, tuple(map(register, places))) for op, places in trace.steps)
    registers = tuple(map(register, results))
    result = registers if isinstance(returned, tuple) else registers[0]
    return Program(name, inputs, tuple(trace.constants), steps, result)


def bind(name: str, value: Any) -> Step:
    """To the end of the question, the submission's module has `value`, a program or data, under the name `name`."""
    return Step(BIND, (name, value))


def drive(kind: str, expression: Program, numbers: Sequence[float], *, backward: bool = True) -> Step:
    """Make an object of the class `kind` of each number, run the expression's operators on them, call backward().

    Gives a dict: "data", and with `backward` "grads" and "nested"; see `wire.DRIVE`.
    """
    return Step(DRIVE, (kind, expression, tuple(numbers), backward))
