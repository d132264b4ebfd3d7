"""What functions return, as it is described for the wire: within bounds, and without running the submission's methods."""

from __future__ import annotations

import collections
import types

import numpy as np
import pytest

from grader.sandbox import wire
from grader.sandbox.values import Encoder, Unresolved, clean, decode
from tests.sandbox.conftest import receive


def described(value, keep=()):
    encoder = Encoder()
    result = encoder.encode(value, keep)
    return result, b"".join(encoder.payload.chunks)


def back(value):
    return receive(*described(value))


@pytest.mark.parametrize(
    "value",
    [
        1,
        -(1 << 63),
        True,
        0.1,
        [1, 2.5],
        [[1, 2], [3, 4]],
        (1.0, 2.0),
        ([1], {"a": None}),
        "text",
        {},
        (),
        [],
        [()],
        None,
    ],
)
def test_plain_values_come_back_as_they_are(value):
    """Numbers, lists, tuples, dicts, text and None."""
    assert back(value) == value
    assert type(back(value)) is type(value)


@pytest.mark.parametrize(
    ("value", "dtype", "shape", "was"),
    [
        (np.float32(1), "<f4", (), "scalar"),
        (np.bool_(1), "|b1", (), "scalar"),
        (np.longdouble(1), "<f8", (), "scalar"),
        (np.array(3.0), "<f8", (), "ndarray"),
        (np.ones((2, 3), ">f8"), "<f8", (2, 3), "ndarray"),
        (np.ones((2, 3), np.longdouble), "<f8", (2, 3), "ndarray"),
        (np.ones((3, 2)).T[::2], "<f8", (1, 3), "ndarray"),
        (np.array([[1, 2]]).view(np.matrix), "<i8", (1, 2), "matrix"),
        ([[1.0, 2.0]], "<f8", (1, 2), "list"),
        ([np.float64(1), 2], "<f8", (2,), "list"),
        (1 << 70, "<f8", (), "scalar"),
    ],
)
def test_numbers_are_arrays_that_remember_what_they_were(value, dtype, shape, was):
    """Whatever is numeric travels as an array."""
    result, _ = described(value)
    assert (result.dtype, result.shape, result.was) == (dtype, shape, was)


class HostileList(list):
    def __iter__(self):
        raise SystemExit

    def __len__(self):
        raise SystemExit


class Hostile:
    @property
    def __class__(self):
        raise SystemExit

    def __getattr__(self, name):
        raise SystemExit


cycle: list = []
cycle.append(cycle)

OPAQUE = {
    "object array": (np.array([None]), "ndarray", "of dtype object"),
    "text array": (np.array(["a"]), "ndarray", "of dtype <U1"),
    "complex array": (np.ones(2, complex), "ndarray", "of dtype complex128"),
    "structured": (np.zeros(2, "i4,i4"), "ndarray", "of dtype [('f0', '<i4'), ('f1', '<i4')]"),
    "dates": (np.zeros(2, "M8[s]"), "ndarray", "of dtype datetime64[s]"),
    "masked": (np.ma.ones(2), "MaskedArray", "some of its entries may be masked"),
    "complex": (1j, "complex", ""),
    "complex scalar": (np.complex128(1), "complex128", "not a real number"),
    "function": (len, "builtin_function_or_method", ""),
    "generator": ((x for x in ()), "generator", ""),
    "set": ({1}, "set", ""),
    "keys": ({1: 2}, "dict", "has a key of type int"),
    "huge int": (1 << 5000, "int", "too large"),
    "too large": (np.broadcast_to(0.0, (1 << 20, 1 << 20)), "ndarray", "too large"),
    "too many": ((None,) * 20_000, "tuple", "too many parts"),
    "not implemented": (NotImplemented, "NotImplemented", ""),
    "not implemented error": (NotImplementedError, "NotImplementedError", ""),
    "raised late": (NotImplementedError("todo"), "NotImplementedError", ""),
    "type": (int, "type", "a type"),
    "module": (types, "module", ""),
    "hostile": (Hostile(), "Hostile", ""),
}


@pytest.mark.parametrize(("value", "kind", "why"), OPAQUE.values(), ids=list(OPAQUE))
def test_what_can_not_travel_is_named(value, kind, why):
    """It stays in the box, with a reason."""
    assert described(value)[0] == wire.Opaque(kind, why)


def test_overridden_methods_are_not_called():
    """Subclasses of list, tuple and dict are read by their own base's methods."""
    assert back(HostileList([None, 2])) == [None, 2]
    point = collections.namedtuple("point", "x y")  # noqa: PYI024
    assert back(point(1, 2)) == (1, 2)
    assert back(collections.OrderedDict(a=1)) == {"a": 1}


def test_cycles_and_depth_are_bounded():
    """A list that holds itself is described to a depth."""
    value, _ = described(cycle)
    depth = 0
    while isinstance(value, wire.Sequence):
        value, depth = value.items[0], depth + 1
    assert (value, depth) == (wire.Opaque("list", "nested too deeply"), wire.MAX_DEPTH)


def test_kept_positions_stay():
    """Positions to keep are named, the others travel."""
    value, _ = described((1.0, {"big": object()}), keep=(1,))
    assert value.items[1] == wire.Opaque("dict", "kept")
    assert isinstance(value.items[0], wire.Array)


def test_ragged_lists_keep_their_structure():
    """Only rectangular lists of numbers become arrays."""
    assert back([[1.0], [1.0, 2.0]]) == [[1.0], [1.0, 2.0]]
    assert back([[1.0], 2.0]) == [[1.0], 2.0]
    assert back([1, 1 << 70, "x"]) == [1, float(1 << 70), "x"]


def test_arguments_are_made_anew():
    """Two decodings of one value share nothing and can be written to."""
    payload = wire.Payload()
    array = payload.add(np.ones(2))
    data = b"".join(payload.chunks)
    first, second = (decode(array, data, []) for _ in range(2))
    first += 1
    assert second.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("path", [(2,), ("x",), (0, 0), (-1,)])
def test_references_into_nothing_are_unresolved(path):
    """A path leads into tuples, lists and dicts only."""
    with pytest.raises(Unresolved):
        decode(wire.Ref(0, path), b"", [(np.ones(1), {"a": 1})])


def test_references_lead_to_the_thing_itself():
    """What they resolve to is the object that was returned, not a copy."""
    cache = {"a": object()}
    assert decode(wire.Ref(0, (1, "a")), b"", [(1, cache)]) is cache["a"]


def test_text_is_capped_and_sendable():
    """Lone surrogates are spelt out, length is capped, subclasses are not asked."""
    text = type("Text", (str,), {"__str__": lambda self: 1 / 0, "__getitem__": lambda self, key: 1 / 0})
    assert clean(text("a\udc80")) == "a\\udc80"
    assert len(clean("x" * 9_999, 100)) == 100
