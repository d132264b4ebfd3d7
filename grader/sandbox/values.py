"""The box's side of values: from the wire to what functions take, and from what they return to the wire.

What a submission returns is described without calling its methods wherever that can be had, and within bounds: parts,
depth, bytes. What doesn't fit is named (`Opaque`) and stays in the box.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np

from . import wire
from .programs import Program
from .standins import StandIn

MAX_PARTS: Final = 10_000
MAX_TEXT: Final = 2_000
ALL_TEXT: Final = 1 << 20

_NUMBERS: Final = frozenset({bool, int, float, *(np.dtype(code).type for code in wire.DTYPES)})
_INT64: Final = range(-(1 << 63), 1 << 63)
_float = struct.Struct("=d").pack
_FLOAT_DTYPE: Final = np.dtype(float).str


class Absent:
    """What stands for nothing: in the results for a call that raised, in the module for a name that was not bound."""


class Unresolved(Exception):
    """A reference to something that an earlier call did not return."""


# --- from the wire ----------------------------------------------------------------------------------------------------


def decode(value: wire.Value, payload: bytes, results: Sequence[Any]) -> Any:
    """What a function gets for `value`: made anew each time, so that nothing is shared between calls."""
    if isinstance(value, wire.Array):
        array = wire.view(value, payload)
        if value.was == "scalar":
            return array.item()
        return array.tolist() if value.was == "list" else array.copy()
    if isinstance(value, wire.Ref):
        return _resolve(value, results)
    if isinstance(value, wire.Sequence):
        items = [decode(item, payload, results) for item in value.items]
        return tuple(items) if value.kind == "tuple" else items
    if isinstance(value, wire.Mapping):
        return {key: decode(item, payload, results) for key, item in value.items.items()}
    if isinstance(value, wire.Text):
        return value.value
    if isinstance(value, wire.Nothing):
        return None
    if isinstance(value, wire.Program):
        constants = tuple(decode(constant, payload, results) for constant in value.constants)
        return Program(value.name, value.inputs, constants, value.steps, value.result).function()
    raise wire.WireError(f"a {type(value).__name__} is no argument")


def _resolve(ref: wire.Ref, results: Sequence[Any]) -> Any:
    value: Any = results[ref.call]
    if value is Absent:
        raise Unresolved("a call that it needs raised")
    for step in ref.path:
        inside = isinstance(value, (tuple, list)) and isinstance(step, int) and 0 <= step < len(value)
        if inside or (isinstance(value, dict) and step in value):
            value = value[step]
        else:
            raise Unresolved(f"what was returned has no part {step!r}")
    return value


# --- to the wire ------------------------------------------------------------------------------------------------------


def clean(text: Any, limit: int = MAX_TEXT) -> str:
    """At most `limit` characters of a string, without what UTF-8 can't hold; safe for subclasses of str."""
    whole = str.__str__(text)
    cut = whole if len(whole) <= limit else whole[: limit - 1] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()


def type_name(value: Any) -> str:
    """The name of a value's type, whatever its metaclass says."""
    kind = type(value)
    return clean(type.__dict__["__name__"].__get__(kind, type(kind)), 200)


class Encoder:
    """Describes the values of one message; its payload and its bounds are shared by all of them."""

    def __init__(self, frame_bytes: int = wire.FRAME_LIMIT) -> None:
        self._limit = frame_bytes - min(wire.HEADER_LIMIT, frame_bytes // 2)
        self.payload = wire.Payload()
        self._parts = 0
        self._text = 0

    def encode(self, value: Any, keep: tuple[int, ...] = ()) -> wire.Value:
        """`value` as a wire value; of a tuple or list, the positions in `keep` are named and stay in the box."""
        if keep and isinstance(value, (tuple, list)):
            items = _items(value)[:MAX_PARTS]
            parts = [
                wire.Opaque(type_name(item), "kept") if place in keep else self._describe(item, 1)
                for place, item in enumerate(items)
            ]
            return wire.Sequence(_kind(value), tuple(parts))
        return self._describe(value, 0)

    def _describe(self, value: Any, depth: int) -> wire.Value:
        self._parts += 1
        kind = type(value)
        if kind is np.ndarray:
            return self._array(value, "ndarray")
        if kind in _NUMBERS:
            return self._number(value)
        if value is None:
            return wire.Nothing()
        if self._parts > MAX_PARTS:
            return wire.Opaque(type_name(value), "too many parts")
        if depth >= wire.MAX_DEPTH:
            return wire.Opaque(type_name(value), "nested too deeply")
        if issubclass(kind, (tuple, list)):
            return self._sequence(value, depth)
        if issubclass(kind, dict):
            return self._mapping(value, depth)
        if issubclass(kind, str):
            return self._string(value)
        return self._other(value, kind)

    def _array(self, array: np.ndarray[Any, Any], was: str) -> wire.Value:
        dtype = array.dtype
        if dtype.str not in wire.DTYPES:
            if dtype.kind not in "biuf":
                return wire.Opaque(was, f"of dtype {clean(str(dtype), 100)}")
            if array.nbytes > self._limit:
                return wire.Opaque(was, "too large")
            # Another byte order, or long doubles.
            array = array.astype(float if dtype.itemsize > 8 else dtype.newbyteorder("="))
        if self.payload.size + array.nbytes > self._limit:
            return wire.Opaque(was, "too large")
        return self.payload.add(array, was)

    def _number(self, value: Any) -> wire.Value:
        if type(value) is float:
            data = _float(value)
            described = wire.Array(_FLOAT_DTYPE, (), self.payload.size, "scalar")
            self.payload.chunks.append(data)
            self.payload.size += len(data)
            return described
        if type(value) is int and value not in _INT64:
            try:
                value = float(value)
            except OverflowError:
                return wire.Opaque("int", "too large")
        return self._array(np.asarray(value), "scalar")

    def _sequence(self, value: Any, depth: int) -> wire.Value:
        items = _items(value)
        if isinstance(value, list) and (shape := _rectangle(items, 1)):
            return self._rectangular(value, shape)
        if self._parts + len(items) > MAX_PARTS:
            return wire.Opaque(type_name(value), "too many parts")
        return wire.Sequence(_kind(value), tuple(self._describe(item, depth + 1) for item in items))

    def _rectangular(self, value: Any, shape: tuple[int, ...]) -> wire.Value:
        try:
            array = np.array(value)
        except (ValueError, OverflowError):
            return wire.Opaque("list", "numbers of different kinds")
        if array.shape != shape or array.dtype.kind not in "biuf":
            return wire.Opaque("list", "numbers that fit no array")
        return self._array(array, "list")

    def _mapping(self, value: Any, depth: int) -> wire.Value:
        pairs = tuple(dict.items(value))
        if self._parts + len(pairs) > MAX_PARTS:
            return wire.Opaque(type_name(value), "too many parts")
        items: dict[str, wire.Value] = {}
        for key, item in pairs:
            if not isinstance(key, str):
                return wire.Opaque(type_name(value), f"has a key of type {type_name(key)}")
            name = clean(key, 200)
            self._text += len(name)
            items[name] = self._describe(item, depth + 1)
        return wire.Mapping(items)

    def _string(self, value: Any) -> wire.Value:
        text = clean(value)
        self._text += len(text)
        if self._text > ALL_TEXT:
            return wire.Opaque("str", "too large")
        return wire.Text(text)

    def _other(self, value: Any, kind: type) -> wire.Value:
        if kind is StandIn:
            return wire.Opaque("stand-in", StandIn.explain(value))
        if issubclass(kind, np.ndarray):
            if issubclass(kind, np.ma.MaskedArray):
                return wire.Opaque(type_name(value), "some of its entries may be masked")
            return self._array(np.ndarray.view(value, np.ndarray), type_name(value))
        if value is NotImplemented:
            return wire.Opaque("NotImplemented")
        if value is NotImplementedError or kind is NotImplementedError:
            return wire.Opaque("NotImplementedError")
        if kind is np.longdouble:
            return self._array(np.asarray(value), "scalar")
        if issubclass(kind, np.generic):
            return wire.Opaque(type_name(value), "not a real number")
        if issubclass(kind, int) and not issubclass(kind, bool):
            return self._number(int.__index__(value))
        if issubclass(kind, float):
            return self._number(float.__float__(value))
        return wire.Opaque(type_name(value), "a type" if issubclass(kind, type) else "")


def _kind(value: Any) -> Literal["tuple", "list"]:
    return "tuple" if isinstance(value, tuple) else "list"


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(tuple.__iter__(value) if isinstance(value, tuple) else list.__iter__(value))


def _rectangle(items: tuple[Any, ...], depth: int) -> tuple[int, ...]:
    """The shape of a nested list of numbers; empty where the list is anything else."""
    kinds = set(map(type, items))
    if not kinds or depth > wire.MAX_DEPTH:
        return ()
    if kinds <= _NUMBERS:
        return (len(items),)
    if kinds != {list}:
        return ()
    inner = {_rectangle(tuple(item), depth + 1) for item in items}
    shape = inner.pop()
    return (len(items), *shape) if shape and not inner else ()
