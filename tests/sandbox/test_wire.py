"""The frames' edges: what is too large, cut short, of the wrong kind or of no structure is refused before it costs anything."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grader.sandbox import wire


def reader(data: bytes) -> Callable[[int], bytes]:
    """A `receive` over bytes."""
    stream = io.BytesIO(data)

    def receive(count: int) -> bytes:
        piece = stream.read(count)
        if len(piece) < count:
            raise EOFError
        return piece

    return receive


def frame(kind: int, header: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">BII", kind, len(header), len(payload)) + header + payload


@given(
    arrays.arrays(st.sampled_from([np.dtype(code) for code in sorted(wire.DTYPES)]), arrays.array_shapes(min_dims=0))
)
def test_arrays_travel_bit_by_bit(array):
    """Every numeric dtype and shape comes out as it went in, and read-only."""
    payload = wire.Payload()
    payload.add(np.zeros(3, np.int8))
    described = payload.add(array)
    sent = wire.encode(wire.Answer((wire.Outcome(described),)), payload)
    answer, data = wire.read(reader(sent), "from")
    got = wire.view(answer.outcomes[0].value, data)
    assert (got.dtype, got.shape, got.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert not got.flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        wire.Array("|O", (1,), 0),
        wire.Array("<c16", (1,), 0),
        wire.Array("V8", (1,), 0),
        wire.Array("<U4", (1,), 0),
        wire.Array("f8,f8", (1,), 0),
        wire.Array("", (), 0),
        wire.Array("<f8", (-1,), 0),
        wire.Array("<f8", (3,), 0),
        wire.Array("<f8", (1,), 9),
        wire.Array("<f8", (1,), -8),
        wire.Array("<f8", (1 << 62, 1 << 62), 0),
        wire.Array("<f8", (0, 1 << 62, 1 << 62), 0),
        wire.Array("<f8", (1,) * 40, 0),
    ],
)
def test_arrays_that_do_not_fit_are_refused(array):
    """A dtype that is no number's, a shape or an offset beyond the payload."""
    with pytest.raises(wire.WireError):
        wire.view(array, bytes(16))


@pytest.mark.parametrize(
    "data",
    [
        frame(wire.TALK, b""),
        frame(wire.TALK, b"\xc1"),
        frame(wire.TALK, b"\x90"),
        frame(wire.TALK, b"\x91" * 100_000),
        frame(wire.TALK, b"\xdd\xff\xff\xff\xff"),
        frame(wire.TALK, msgspec.msgpack.encode({"k": "answer"})),
        frame(wire.TALK, msgspec.msgpack.encode({"k": "load", "cells": []})),
        frame(wire.TALK, msgspec.msgpack.encode({"k": "answer", "outcomes": [[["a", "<f8", "no shape", 0]]]})),
        frame(wire.TALK, msgspec.msgpack.encode({"k": "stopped"})),
        frame(wire.CONTROL, msgspec.msgpack.encode({"k": "answer", "outcomes": []})),
        frame(2, msgspec.msgpack.encode({"k": "stopped"})),
        frame(wire.TALK, b"\x81\xa1k\xa6answe\xff"),
        struct.pack(">BII", wire.TALK, 0xFFFFFFFF, 0),
        struct.pack(">BII", wire.TALK, wire.HEADER_LIMIT + 1, 0),
        struct.pack(">BII", wire.TALK, 16, wire.FRAME_LIMIT),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_malformed_frames_are_refused(data):
    """Garbage, wrong structure, the other direction's messages, another's kind, and lengths over the limit."""
    with pytest.raises(wire.WireError):
        wire.read(reader(data), "from")


@given(st.binary(max_size=200), st.sampled_from([wire.TALK, wire.CONTROL]))
def test_any_bytes_are_a_message_or_refused(header, kind):
    """Nothing but WireError comes of a header, whatever its bytes."""
    try:
        message, _ = wire.read(reader(frame(kind, header)), "from")
    except wire.WireError:
        return
    assert isinstance(message, wire.FromWorker)


@pytest.mark.parametrize("length", [0, 5, 9, 12, 20])
def test_frames_cut_short_are_an_end_of_file(length):
    """The stream's end is told apart from garbage."""
    whole = wire.encode(wire.Died("of something"))
    assert length < len(whole)
    with pytest.raises(EOFError):
        wire.read(reader(whole[:length]), "from")


def test_nothing_over_the_limit_is_sent():
    """What the other side would refuse is not sent."""
    payload = wire.Payload()
    payload.add(np.zeros(100))
    with pytest.raises(wire.WireError, match="over the limit"):
        wire.encode(wire.Answer(()), payload, limit=500)
