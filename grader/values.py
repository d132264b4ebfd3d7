"""Between Python values and the wire, on the grader's side: what goes in is built here, what comes out is validated
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from grader.assignment import Earlier, Inputs
from grader.numeric import Floats
from grader.sandbox import wire
from grader.sandbox.programs import Program

_NAMES: Final = {code: np.dtype(code).name for code in wire.DTYPES}
"""What people call a dtype. numpy makes it up anew each time that it is asked."""


def describe(value: Any, payload: wire.Payload) -> wire.Value:
    """An argument as it goes to the worker. Raises TypeError for what the wire does not carry."""
    if value is None:
        return wire.Nothing()
    if isinstance(value, Earlier):
        return wire.Ref(value.step, value.path)
    if isinstance(value, bool | int | float):
        return payload.add(np.asarray(value), "scalar")
    if isinstance(value, np.ndarray):
        return payload.add(value)
    if isinstance(value, str):
        return wire.Text(value)
    if isinstance(value, list | tuple):
        return wire.Sequence("list" if isinstance(value, list) else "tuple", tuple(describe(v, payload) for v in value))
    if isinstance(value, dict):
        return wire.Mapping({str(k): describe(v, payload) for k, v in value.items()})
    if isinstance(value, Program):
        constants = tuple(describe(v, payload) for v in value.constants)
        return wire.Program(value.name, value.inputs, constants, value.steps, value.result)
    raise TypeError(f"an argument of type {type(value).__name__} can't be sent to the worker")


class _Sent(wire.Payload):
    """What goes to the worker: an array that several calls take travels once, and each gets a copy of its own there."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[int, tuple[Any, wire.Array]] = {}

    def add(self, array: Floats, was: str = "ndarray") -> wire.Array:
        """Describe `array`, which stays as it is, and keep its bytes."""
        _, described = self._known.get(id(array), (None, None))
        if described is None:
            described = super().add(array, was)
            self._known[id(array)] = (array, described)  # held, so that its id stays its own
        return described


class Question:
    """Calls in the making: adds them one by one and refers back to earlier ones."""

    def __init__(self, seed: int = 0) -> None:
        self.payload: wire.Payload = _Sent()
        self.calls: list[wire.Call] = []
        self.seed = seed

    def call(
        self,
        function: str,
        arguments: Inputs,
        *,
        keep: tuple[int, ...] = (),
        echo: bool = False,
        count: tuple[str, ...] = (),
    ) -> int:
        """Add a call; gives its number, for `Earlier`. The options are those of `wire.Call`."""
        described = tuple(describe(a, self.payload) for a in arguments)
        self.calls.append(wire.Call(function, described, keep, echo, count))
        return len(self.calls) - 1

    def ask(self) -> wire.Ask:
        """The message for the worker."""
        return wire.Ask(tuple(self.calls), self.seed)


@dataclass(frozen=True)
class Number:
    """A numeric value out of the box, as float64, and how it came."""

    array: Floats
    was: str
    dtype: str

    @property
    def coarse(self) -> bool:
        """Whether it was computed to fewer digits than float64 has."""
        return self.dtype in {"float32", "float16"}


@dataclass(frozen=True)
class Reply:
    """A validated answer: an outcome for each call, and the payload that their arrays lie in."""

    outcomes: tuple[wire.Outcome, ...]
    payload: bytes = field(repr=False)
    further: Reply | None = None
    """The answer to one more question that this one made worth asking."""

    def number(self, value: wire.Array) -> Number:
        """The array that `value` describes. Raises WireError when it does not fit the payload."""
        return Number(np.asarray(wire.view(value, self.payload), np.float64), value.was, _NAMES[value.dtype])

    def stacked(self, value: Any) -> Number | None:
        """What `value` holds as one array: an array, or rows of equal shape in a list or a tuple; None otherwise.

        A tuple of one array is a slip of the pen (`return dx,`), not an array.
        """
        if isinstance(value, wire.Array):
            return self.number(value)
        if not isinstance(value, wire.Sequence) or not value.items or _slip(value):
            return None
        rows = [self.stacked(item) for item in value.items]
        known = [row for row in rows if row is not None]
        if len(known) < len(rows) or len({row.array.shape for row in known}) > 1:
            return None
        return Number(np.stack([row.array for row in known]), value.kind, known[0].dtype)


def _slip(value: wire.Sequence) -> bool:
    item = value.items[0]
    return value.kind == "tuple" and len(value.items) == 1 and isinstance(item, wire.Array) and item.was != "scalar"


def numeric(reply: Reply, value: wire.Value | None) -> Any:
    """A value as numpy arrays (float64) in Python structures; what isn't numeric stays the wire's description of it.

    A list of rows of equal shape is an array; a tuple is what a function returns several values in.
    """
    if isinstance(value, wire.Array):
        return reply.number(value).array
    if isinstance(value, wire.Sequence):
        rows = reply.stacked(value) if value.kind == "list" else None
        return tuple(numeric(reply, v) for v in value.items) if rows is None else rows.array
    if isinstance(value, wire.Mapping):
        return {k: numeric(reply, v) for k, v in value.items.items()}
    return value


def type_name(value: wire.Value | None) -> str:
    """What a value is, for people: "a tuple of 2", "an array of shape (3, 1)", "None"."""
    match value:
        case wire.Array(shape=(), was="scalar"):
            return "a number"
        case wire.Array(shape=shape, was=was):
            kind = {"ndarray": "an array", "scalar": "an array", "list": "a list of numbers"}.get(was, f"a {was:.40}")
            return f"{kind} of shape {shape}"
        case wire.Sequence(kind=kind, items=items):
            return f"a {kind} of {'None' if unimplemented(value) else len(items)}"
        case wire.Mapping(items=items):
            return f"a dict of {len(items)}"
        case wire.Text():
            return "a string"
        case wire.Opaque(type="NotImplementedType" | "NotImplemented" | "NotImplementedError" as name):
            return name
        case wire.Opaque(type=name):
            return f"a value of type {name:.60}"
        case _:
            return "None"


def unimplemented(value: wire.Value | None) -> bool:
    """Whether this is what an unfinished function returns: None, a tuple of None, NotImplemented(Error)."""
    if isinstance(value, wire.Sequence):
        return bool(value.items) and all(unimplemented(v) for v in value.items)
    if isinstance(value, wire.Opaque):
        return value.type in {"NotImplementedType", "NotImplemented", "NotImplementedError"}
    return value is None or isinstance(value, wire.Nothing)


def shown(value: Any, limit: int = 24) -> str:
    """A value as text for people: 6 significant digits, the middle of what is long left out.

    Scalars as numbers, arrays in numpy's layout.
    """
    if isinstance(value, np.ndarray | np.generic) or (isinstance(value, int | float) and not isinstance(value, bool)):
        array = np.asarray(value)
        if array.ndim == 0:
            return f"{float(array):.6g}"
        with np.printoptions(precision=6, threshold=limit, edgeitems=3, suppress=False, linewidth=88):
            return np.array2string(array, formatter={"float_kind": lambda v: f"{v:.6g}"}, separator=", ")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(shown(v, limit) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(v, limit)}" for key, v in value.items()) + "}"
    if isinstance(value, wire.Array | wire.Sequence | wire.Mapping | wire.Opaque | wire.Nothing | wire.Text):
        return type_name(value)
    return str(value)
