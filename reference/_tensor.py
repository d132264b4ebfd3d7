"""Recording: what happens when a plain numpy function meets a tensor in place of an array.

A `Tensor` answers numpy's own protocols. Each numpy function that meets one computes its plain result and appends a
record to the tape. Records refer to each other by number, so that a long chain is a long list: built and freed without
recursion.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from reference._rules import COMPOSED, NO_DERIVATIVE, PRIMITIVES, EngineError, MissingRule, Primitive

Array = NDArray[np.float64]
Wire = tuple[int, tuple[tuple[int | None, int], ...]]
"""Where an argument came from: its position, and for each tensor its place in it (None: no list) and record."""

OUT = "out"
"""Stands for the function's output among the consumers of a stage."""


class Record:
    """One operation, or an input (`op` None), and where its tensor arguments came from."""

    __slots__ = ("args", "op", "options", "value", "wires")

    def __init__(
        self,
        op: Primitive | None,
        value: Array,
        args: tuple[Any, ...] = (),
        options: dict[str, Any] | None = None,
        wires: Sequence[Wire] = (),
    ) -> None:
        self.op = op
        self.value = value
        self.args = args
        self.options = options or {}
        self.wires = wires


class Tape:
    """What one call of a function did, in order; `names` gives the record number of each named input and stage."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.names: dict[str, int] = {}

    def add(self, record: Record) -> Tensor:
        self.records.append(record)
        return Tensor(record.value, self, len(self.records) - 1)

    def name(self, name: str, tensor: Tensor) -> Tensor:
        """`tensor` under a name; where it has one already, a copy of it. Raises EngineError for a name in use."""
        if name in self.names or name == OUT:
            raise EngineError(
                f"stage {name!r} is named twice; give each stage and input a name of its own, other than {OUT!r}"
            )
        if tensor.index in self.names.values():
            tensor = apply(np.positive, (tensor,), {})
        self.names[name] = tensor.index
        return tensor


def apply(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What numpy's `function` gives for arguments among which are tensors.

    Raises MissingRule when the table has no answer, EngineError for tensors where none can be followed.
    """
    op = PRIMITIVES.get(function)
    if op is not None:
        return _record(op, op.normalise(args, options), options)
    op = COMPOSED.get(function)
    if op is not None:
        args = op.normalise(args, options)
        return op.function(*args, **options)
    if function in NO_DERIVATIVE:
        plain = [arg.value if isinstance(arg, Tensor) else arg for arg in args]
        return function(*plain, **{key: arg.value if isinstance(arg, Tensor) else arg for key, arg in options.items()})
    name = getattr(function, "__name__", repr(function))
    raise MissingRule(name, None, "write it with functions that reference/_rules.py lists, or add a rule there")


def _record(op: Primitive, args: tuple[Any, ...], options: dict[str, Any]) -> Tensor:
    """Compute `op` on plain values and put it on the tape of its tensors."""
    plain: list[Any] = list(args)
    wires: list[Wire] = []
    tape: Tape | None = None
    for position, arg in enumerate(args):
        sources: list[tuple[int | None, Tensor]]
        if type(arg) is Tensor:
            plain[position] = arg.value
            sources = [(None, arg)]
        elif position == op.list_at:
            plain[position] = [item.value if type(item) is Tensor else np.array(item) for item in arg]
            sources = [(i, item) for i, item in enumerate(arg) if type(item) is Tensor]
        else:
            if position in op.rules and isinstance(arg, list | tuple):
                plain[position] = np.asarray(arg)
            elif isinstance(arg, np.ndarray) and arg.flags.writeable:
                # The function may change its own constant afterwards; the backward pass needs it as it was.
                plain[position] = arg.copy()
            continue
        if sources and position not in op.rules:
            raise MissingRule(op.name, op.positional[position], "it must be a constant there")
        for _, source in sources:
            if tape is not None and source.tape is not tape:
                raise EngineError(
                    f"{op.name}: its tensors come from two differentiated functions; they can't be nested"
                )
            tape = source.tape
        wires.append((position, tuple((item, source.index) for item, source in sources)))
    for option, value in options.items():
        if type(value) is Tensor:
            raise MissingRule(op.name, option, "it must be a constant there")
    if tape is None:
        raise EngineError(
            f"{op.name}: a tensor is hidden inside one of its arguments; np.stack makes one array of several"
        )
    value = np.asarray(op.function(*plain, **options))
    return tape.add(Record(op, value, tuple(plain), options, wires))


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """The array method that does what a function of numpy's does."""

    def method(self: Tensor, *args: Any, **options: Any) -> Any:
        return apply(function, (self, *args), options)

    return method


class Tensor(NDArrayOperatorsMixin):
    """An array whose use is recorded. Comparisons, shapes and indices that come from it are plain."""

    __slots__ = ("index", "tape", "value")

    def __init__(self, value: Array, tape: Tape, index: int) -> None:
        self.value = value
        self.tape = tape
        self.index = index

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        if method != "__call__":
            raise MissingRule(f"{ufunc.__name__}.{method}", None, "write it with the plain function")
        if "out" in options:
            raise EngineError(
                f"{ufunc.__name__}: results can't be written into an array; x = x + y is followed, x += y is not"
            )
        return apply(ufunc, args, options)

    def __array_function__(self, function: Any, _types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return apply(function, args, dict(options))

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise EngineError(
            "a tensor can't become a plain array, its gradient would be lost; np.stack makes one array of several"
        )

    def __float__(self) -> NoReturn:
        raise EngineError(
            "a tensor can't become a Python number, its gradient would be lost; use numpy in place of math"
        )

    __int__ = __index__ = __complex__ = item = tolist = __float__

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise EngineError("entries can't be assigned to; np.where, np.concatenate and np.stack build a new array")

    def __bool__(self) -> bool:
        return bool(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return apply(operator.getitem, (self, index), {})

    def __repr__(self) -> str:
        return f"Tensor({self.value!r})"

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: apply(np.transpose, (self,), {}))

    sum = _method(np.sum)
    mean = _method(np.mean)
    max = _method(np.max)
    min = _method(np.min)
    var = _method(np.var)
    std = _method(np.std)
    cumsum = _method(np.cumsum)
    clip = _method(np.clip)
    dot = _method(np.dot)
    take = _method(np.take)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)
    squeeze = _method(np.squeeze)
    swapaxes = _method(np.swapaxes)
    copy = _method(np.positive)
    argmax = _method(np.argmax)
    argmin = _method(np.argmin)

    def reshape(self, *shape: Any) -> Any:
        """Takes the lengths one by one, or as one tuple."""
        return apply(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {})

    def transpose(self, *axes: Any) -> Any:
        """Takes the axes one by one, as one tuple, or none of them: reversed then."""
        given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return apply(np.transpose, (self, given or None), {})


def stage(name: str, value: Any) -> Any:
    """`value` itself; while a function is traced, an intermediate result whose gradient can be asked for by `name`.

    A plain value passes as it is. Raises EngineError when the name is in use.
    """
    return value.tape.name(name, value) if isinstance(value, Tensor) else value
