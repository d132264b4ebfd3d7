"""Functions described as data, and what evaluates them: on numbers, on arrays, on objects of a class under test.

A `Program` is a list of steps in single-assignment form. The box makes real Python functions of it that count their
calls; the grader evaluates the same program with numpy for values, and with the tensors of an engine that answers
numpy's protocols for gradients. One evaluator, so that both sides compute the same. Needs numpy alone.
"""

from __future__ import annotations

import inspect
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

import numpy as np

TRACKING: Final = ("requires_grad", "autograd")
"""Keywords by which public autograd classes are told to track gradients."""
MAX_FORMULA: Final = 120
OPERATORS: Final = frozenset(
    f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv", "pow", "matmul") for side in ("", "r")
) | {"__neg__"}


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


_BINARY: Final[Mapping[str, Callable[..., Any]]] = {
    name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "pow", "matmul")
}
_UNARY: Final[Mapping[str, Callable[..., Any]]] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "relu": _relu,
    "sin": np.sin,
    "cos": np.cos,
    "sqrt": np.sqrt,
    "square": np.square,
}
NUMPY: Final[Mapping[str, Callable[..., Any]]] = {
    **_BINARY,
    **_UNARY,
    "neg": operator.neg,
    "dot": np.dot,
    "sum": np.sum,
    "index": operator.getitem,
    "stack": lambda *parts: np.stack(parts),
}
"""Operations on numbers and arrays. Numbers that go with one, such as an axis or an index, are registers too."""
METHODS: Final[Mapping[str, Callable[..., Any]]] = {
    **_BINARY,
    "neg": operator.neg,
    **{name: operator.methodcaller(name) for name in _UNARY},
}
"""Operations on objects: Python's operators, and methods without arguments."""


_SIGNS: Final = {
    "add": "({} + {})",
    "sub": "({} - {})",
    "mul": "({} * {})",
    "truediv": "({} / {})",
    "pow": "({} ** {})",
    "matmul": "({} @ {})",
    "neg": "(-{})",
    "index": "{}[{}]",
}


def _figure(constant: Any) -> str:
    if isinstance(constant, np.ndarray):
        return np.array2string(constant, precision=6, separator=", ", threshold=8)
    text = f"{constant:.6g}" if isinstance(constant, float) else f"{constant}"
    return f"({text})" if text.startswith("-") else text


def _operands(name: str, texts: list[str]) -> list[str]:
    return texts if name in _SIGNS else [", ".join(map(_bare, texts))]


def _bare(text: str) -> str:
    """A text without the brackets around all of it."""
    depth, last = 0, len(text) - 1
    for i, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and i < last:
            return text
    return text[1:-1] if text.startswith("(") else text


def _cut(text: str) -> str:
    """Formulas grow with each step: a long one is cut, or a chain of thousands would take a quadratic time."""
    return text if len(text) <= MAX_FORMULA else "(...)"


@dataclass(frozen=True)
class Program:
    """A function as data; see `wire.Program`. Calling it evaluates it with numpy."""

    name: str
    inputs: tuple[str, ...]
    constants: tuple[Any, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]
    result: int | tuple[int, ...]

    def __call__(self, *arguments: Any) -> Any:
        """What it returns for positional arguments."""
        return self.run(arguments, NUMPY)

    def run(self, arguments: Sequence[Any], operations: Mapping[str, Callable[..., Any]]) -> Any:
        """What it returns where steps mean `operations`: one loop, however long it is."""
        registers = [*arguments, *self.constants]
        for name, places in self.steps:
            registers.append(operations[name](*[registers[place] for place in places]))
        return registers[self.result] if isinstance(self.result, int) else tuple(registers[i] for i in self.result)

    @property
    def formula(self) -> str:
        """What it returns, as one would write it down: "x * y + 2", "u * u with u = exp(x)"."""
        texts = [*self.inputs, *map(_figure, self.constants)]
        first = len(texts)
        uses = Counter(place for _, places in self.steps for place in places)
        names = (letter for letter in "uvwpqrstklmn" if letter not in self.inputs)
        told = []
        for at, (name, places) in enumerate(self.steps, first):
            text = _cut(_SIGNS.get(name, f"{name}({{}})").format(*_operands(name, [texts[i] for i in places])))
            if uses[at] > 1 and (letter := next(names, None)):
                told.append(f"{letter} = {_bare(text)}")
                text = letter
            texts.append(text)
        results = (self.result,) if isinstance(self.result, int) else self.result
        whole = ", ".join(_bare(texts[i]) for i in results)
        return f"{whole} with {', '.join(told)}" if told else whole

    def __str__(self) -> str:
        """As in "f(x, y) = x * y"."""
        return f"{self.name}({', '.join(self.inputs)}) = {self.formula}"

    def function(self) -> FunctionType:
        """A Python function of these parameters; `calls` counts."""
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in self.inputs]
        signature = inspect.Signature(parameters)

        def made(*given: Any, **named: Any) -> Any:
            own.calls += 1
            return self.run(signature.bind(*given, **named).args, NUMPY)

        own: Any = made
        own.__name__ = own.__qualname__ = self.name
        own.__signature__ = signature
        own.program = self
        own.calls = 0
        return made  # type: ignore[return-value]


def calls(function: Any) -> int:
    """How often a function made here was called."""
    return int(function.calls)


def counting(function: FunctionType) -> tuple[FunctionType, Callable[[], int]]:
    """A function that does what `function` does, and how often it was called so far."""
    count = 0

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        return function(*given, **named)

    # A function may keep things as attributes of itself: they are to be found under either.
    counted.__dict__ = function.__dict__
    return counted, lambda: count  # type: ignore[return-value]


# --- a class under test -----------------------------------------------------------------------------------------------


def drive(kind: Any, program: Program, numbers: Sequence[Any], *, backward: bool) -> dict[str, Any]:
    """Make an object of each number, run the program's operators on them, call backward() where asked.

    Gives what `wire.DRIVE` says. Raises whatever the class raises.
    """
    options = _tracking(kind)
    leaves = [kind(number, **options) for number in numbers]
    out = program.run(leaves, METHODS)
    if not backward:
        return {"data": out.data}
    out.backward()
    grads = [leaf.grad for leaf in leaves]
    nested = [_is_nested(grad) for grad in grads]
    read = tuple(grad.data if inner else grad for grad, inner in zip(grads, nested, strict=True))
    return {"data": out.data, "grads": read, "nested": any(nested)}


def _is_nested(grad: Any) -> bool:
    """Whether a gradient is an object that holds its number as .data; arrays have a .data too, which is a buffer."""
    return not isinstance(grad, int | float | np.ndarray | np.generic) and hasattr(grad, "data")


def _tracking(kind: Any) -> dict[str, bool]:
    """The keyword by which the class is told to track gradients, where its constructor has one."""
    try:
        parameters = inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return {}
    return {name: True for name in TRACKING if name in parameters}
