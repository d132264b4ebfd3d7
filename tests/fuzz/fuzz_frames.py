"""Readers of frames: both ends of the wire, what a box says to its checks, the warm worker's and the engine's streams."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import fuzz_building as building
import fuzz_session
import numpy as np
from fuzz_reader import Reader, promise
from fuzz_session import frame
from hypothesis import strategies as st

from grader.checks import Record
from grader.errors import SubmissionError
from grader.grading import NOTES
from grader.judge import _line
from grader.sandbox import Limits, attempts, box, session, vetting, warm, wire
from grader.sandbox.container import DockerChannel
from grader.sandbox.transit import Transit
from grader.values import Reply, numeric, shown, type_name

FAR: Final = 1e12
OUTPUT: Final = 20_000
STARTED: Final = frame(wire.Started())


class Tape:
    """A channel on which all has been said."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def send(self, data: bytes, deadline: float) -> None:
        """Hear nothing."""

    def receive(self, count: int, deadline: float = FAR) -> bytes:
        """The next bytes."""
        if count > len(self.data) - self.place:
            raise EOFError
        self.place += count
        return self.data[self.place - count : self.place]

    def close(self) -> None:
        """Nothing to close."""


# --- what a box says --------------------------------------------------------------------------------------------------


def read_answer(data: bytes) -> bool:
    """A box's Loaded and its answer to a real question, up to the verdicts. The first byte picks the question."""
    _, exchanges = fuzz_session.recorded()
    exchange = exchanges[data[0] % len(exchanges)] if data else exchanges[0]
    worker = box.Worker(Tape(STARTED + data[1:]), kill=lambda: None)
    with box.SandboxBox(Limits(output_bytes=OUTPUT), lambda: worker) as sandbox:
        try:
            loaded = sandbox.load((wire.Cell("", "x = 1"),))
            _hold_loaded(loaded)
            answer, payload = sandbox.ask(exchange.ask, wire.Payload())
        except SubmissionError as error:
            promise(str(error), "a reason")
            return False
    _hold_answer(answer, payload)
    record = Record(dict(exchange.record.verdicts), dict(exchange.record.outputs))
    with np.errstate(all="ignore"):
        verdicts = exchange.check.judge(Reply(answer.outcomes, payload), record)
    for row in exchange.check.rows:
        line = _line(row, verdicts[row.check])
        promise(0 <= verdicts[row.check].share <= 1, "a share between nothing and all")
        promise(np.isfinite(line.points) and line.points >= 0, "points that are a number")
        promise(len(line.message) < 20_000, "a message that can be read")
        line.message.encode()
    return True


def _hold_loaded(loaded: wire.Loaded) -> None:
    promise(len(loaded.definitions) <= vetting.DEFINITIONS, "few definitions")
    promise(len(loaded.notes) <= vetting.NOTES and NOTES, "few notes")
    promise(len(loaded.output.stdout) + len(loaded.output.stderr) <= OUTPUT, "little output")
    promise(loaded.seconds >= 0 and np.isfinite(loaded.seconds), "seconds that are a number")


def _hold_answer(answer: wire.Answer, payload: bytes) -> None:
    promise(len(answer.output.stdout) + len(answer.output.stderr) <= OUTPUT, "little output")
    reply = Reply(answer.outcomes, payload)
    start = np.frombuffer(payload, np.uint8).__array_interface__["data"][0] if payload else 0
    for outcome in answer.outcomes:
        for value in (outcome.value, *(outcome.arguments or ())):
            promise(isinstance(type_name(value), str), "a type's name")
            with np.errstate(all="ignore"):
                shown(numeric(reply, value))
        for array in _arrays([outcome.value, *(outcome.arguments or ())]):
            seen = wire.view(array, payload)
            promise(not seen.flags.writeable, "a view that can't be written to")
            at = seen.__array_interface__["data"][0]
            promise(
                not seen.size or start <= at <= at + seen.nbytes <= start + len(payload), "a view inside its payload"
            )


def _arrays(values: Sequence[Any]) -> list[wire.Array]:
    found = []
    for value in values:
        if isinstance(value, wire.Array):
            found.append(value)
        elif isinstance(value, wire.Sequence):
            found += _arrays(value.items)
        elif isinstance(value, wire.Mapping):
            found += _arrays(list(value.items.values()))
    return found


@cache
def answer_samples() -> Sequence[bytes]:
    """The sessions that were recorded."""
    loaded, exchanges = fuzz_session.recorded()
    return [bytes([i]) + frame(loaded) + exchange.answered for i, exchange in enumerate(exchanges[:256])]


texts = building.text.map(lambda text: text.encode("utf-8", "replace").decode())
shapes = st.lists(st.sampled_from((0, 1, 2, 3, 4, 2**31, 2**63, -1)), max_size=4).map(tuple)
arrays = st.builds(
    wire.Array,
    st.sampled_from(("<f8", "<f8", "<f8", "<i8", "|b1", "<f4", "<f2", "<u8", ">f8", "|O", "|S8", "<c16", "<M8[s]", "", "f8", "<f16")),
    st.one_of(st.sampled_from(((), (3,), (2, 3), (3, 2), (4,))), shapes),
    st.one_of(st.sampled_from((0, 8, 16, 24, 48)), building.numbers.filter(lambda n: abs(n) < 2**63)),
    st.one_of(st.sampled_from(("ndarray", "scalar", "list", "matrix")), texts),
)  # fmt: skip
values: Any = st.recursive(
    st.one_of(
        arrays,
        arrays,
        st.just(wire.Nothing()),
        st.builds(wire.Text, texts),
        st.builds(wire.Opaque, texts, texts),
        st.builds(wire.Ref, st.integers(0, 3)),
    ),
    lambda inner: st.one_of(
        st.builds(wire.Sequence, st.sampled_from(("tuple", "list")), st.lists(inner, max_size=4).map(tuple)),
        st.builds(wire.Mapping, st.dictionaries(texts, inner, max_size=3)),
    ),
    max_leaves=6,
)
seconds = st.sampled_from((0.0, 0.5, -1.0, float("nan"), float("inf"), 1e308))
failures = st.builds(wire.Failure, texts, texts, texts, texts)
payloads = st.one_of(
    st.lists(st.sampled_from((0.0, 1.0, -1.5, 1e300, 1e-310, float("nan"), float("inf"), 3.0)), max_size=12).map(
        lambda numbers: struct.pack(f"{len(numbers)}d", *numbers)
    ),
    st.binary(max_size=64),
)
definitions = st.builds(
    wire.Definition, texts, st.sampled_from(("function", "class")), st.lists(texts, max_size=3).map(tuple), texts
)
loadeds = st.builds(
    wire.Loaded,
    st.lists(definitions, max_size=3).map(tuple),
    st.lists(st.builds(wire.Note, texts, texts, texts), max_size=3).map(tuple),
    seconds,
    st.builds(wire.Output, texts, texts),
)


@st.composite
def answers(draw: Any) -> bytes:
    """A sound Loaded and an odd answer to one of the questions: as many outcomes as it takes, of any values."""
    _, exchanges = fuzz_session.recorded()
    number = draw(st.integers(0, min(255, len(exchanges) - 1)))
    ask = exchanges[number].ask
    # As many different ones as there is room for; the others are these again.
    few = draw(st.lists(st.tuples(st.one_of(values, failures), st.one_of(st.none(), values)), min_size=1, max_size=4))
    spent = draw(seconds)
    outcomes = []
    for place, call in enumerate(ask.calls):
        value, echoed = few[place % len(few)]
        echo = (echoed,) * len(call.arguments) if echoed is not None else None
        failed = isinstance(value, wire.Failure)
        counted = (draw(st.integers(0, 3)),) * len(call.count)
        outcomes.append(
            wire.Outcome(None if failed else value, value if failed else None, spent, echo, (), (), counted)
        )
    answer = wire.Answer(tuple(outcomes), wire.Output(draw(texts), draw(texts)))
    return bytes([number]) + frame(draw(loadeds)) + frame(answer, draw(payloads))


def msgpack_nested(levels: int) -> bytes:
    """A header of so many nested lists."""
    return b"\x82\xa1k\xa6answer\xa8outcomes" + b"\x91" * levels


def raw(header: bytes, payload: bytes = b"", kind: int = wire.TALK) -> bytes:
    """A frame of any header."""
    return wire.PREFIX.pack(kind, len(header), len(payload)) + header + payload


def with_answer(data: bytes) -> bytes:
    """A session that begins well."""
    return b"\0" + frame(wire.Loaded((), (), 0.0)) + data


def an_answer(value: Any, payload: bytes = b"", count: int | None = None) -> bytes:
    """An answer of the right number of outcomes."""
    _, exchanges = fuzz_session.recorded()
    outcomes = tuple(wire.Outcome(value) for _ in range(len(exchanges[0].ask.calls) if count is None else count))
    return with_answer(frame(wire.Answer(outcomes), payload))


def _nested_value(levels: int) -> Any:
    value: Any = wire.Nothing()
    for _ in range(levels):
        value = wire.Sequence("list", (value,))
    return value


ANSWER_EXTREMES: Final = {
    "nested": lambda: with_answer(raw(msgpack_nested(1 << 20))),
    "nested-value": lambda: an_answer(_nested_value(200)),
    "many-values": lambda: an_answer(wire.Sequence("list", (wire.Nothing(),) * 100_000), count=1),
    "many-outcomes": lambda: an_answer(wire.Nothing(), count=300_000),
    "empty-lists": lambda: an_answer(wire.Sequence("list", (wire.Sequence("list", ()),) * 150_000)),
    "same-bytes": lambda: an_answer(
        wire.Sequence("list", (wire.Array("<f8", (1000, 1000), 0),) * 100), bytes(8_000_000)
    ),
    "bytes": lambda: an_answer(wire.Array("|b1", (60 << 20,), 0), bytes(60 << 20)),
    "empty": lambda: an_answer(wire.Array("<f8", (0, 2**62), 0)),
    "long-text": lambda: an_answer(wire.Text("x" * 3_000_000)),
    "long-list": lambda: with_answer(raw(b"\x82\xa1k\xa6answer\xa8outcomes\xdd\xff\xff\xff\xff")),
    "definitions": lambda: b"\0" + frame(wire.Loaded((wire.Definition("x" * 30, "class", (), ""),) * 90_000, (), 0.0)),
    "axes": lambda: an_answer(wire.Array("<f8", (1,) * 33, 0), bytes(8)),
}


# --- what a box is told -----------------------------------------------------------------------------------------------


def read_told(data: bytes) -> bool:
    """What the worker is told; the grader is trusted, and still nothing but a WireError may come of it."""
    try:
        message, payload = wire.read(Tape(data).receive, "to", session.TRUSTED)
        for call in message.calls if isinstance(message, wire.Ask) else ():
            for array in _arrays(call.arguments):
                wire.view(array, payload)
    except (wire.WireError, EOFError):
        return False
    return True


@cache
def told_samples() -> Sequence[bytes]:
    """The questions that were recorded, and the other messages."""
    asked = [exchange.asked for exchange in fuzz_session.recorded()[1]]
    load = wire.Load((wire.Cell("cell 1", "x = 1"),), True, 2.0, (wire.Module("reg_*", "y = 2"),))
    return [*asked, frame(load), frame(wire.Start()), frame(wire.Stop())]


calls = st.builds(wire.Call, texts, st.lists(values, max_size=3).map(tuple))
told = st.one_of(
    st.builds(frame, st.builds(wire.Ask, st.lists(calls, max_size=3).map(tuple), st.integers(0, 2**40)), payloads),
    st.builds(frame, st.builds(wire.Load, st.lists(st.builds(wire.Cell, texts, texts), max_size=3).map(tuple))),
    st.builds(frame, st.builds(wire.Start, st.integers(0, 9), st.integers(0, 9))),
)


# --- the warm worker's stream -----------------------------------------------------------------------------------------


def read_transit(data: bytes) -> bool:
    """A fork's bytes on their way through the warm worker: whole answers are passed on, and nothing else."""
    worker = object.__new__(warm.Warm)
    ours, theirs = socket.socketpair()
    passed = os.memfd_create("passed")
    child = warm._Child(0, ours, "", attempts.memory(), 1 << 16, 0.0)
    worker._outgoing = passed
    theirs.setblocking(False)
    ours.setblocking(False)
    whole = True
    try:
        for start in range(0, len(data), 7000):
            theirs.sendall(data[start : start + 7000])
            while worker._take(child):
                pass
    except wire.WireError:
        whole = False
    finally:
        size = os.lseek(passed, 0, os.SEEK_CUR)
        held = len(child.incoming)
        os.lseek(passed, 0, os.SEEK_SET)
        on = os.read(passed, size)
        for closing in (child.close, theirs.close):
            closing()
        os.close(passed)
    promise(data.startswith(on), "what the fork wrote")
    promise(len(on) == _whole_frames(data), "the whole frames before the first that is none")
    promise(not whole or held + size == len(data), "nothing is lost")
    promise(isinstance(child.incoming, Transit) and child.incoming._memory is None, "no memory that stays")
    return whole


def _whole_frames(data: bytes) -> int:
    place = 0
    while place + wire.PREFIX.size <= len(data):
        kind, header, payload = wire.PREFIX.unpack_from(data, place)
        size = wire.PREFIX.size + header + payload
        if kind != wire.TALK or header > wire.HEADER_LIMIT or header + payload > 1 << 16 or place + size > len(data):
            break
        place += size
    return place


streams = st.lists(
    st.builds(
        lambda kind, header, payload: raw(header, payload, kind),
        building.one_in(6, st.sampled_from((0, 2, 255)), st.just(1)),
        st.binary(max_size=200),
        st.one_of(st.binary(max_size=50), st.just(bytes(9000))),
    ),
    max_size=4,
).map(b"".join)


@cache
def stream_samples() -> Sequence[bytes]:
    """Answers, one after another."""
    frames = [exchange.answered for exchange in fuzz_session.recorded()[1]]
    return [b"".join(frames[i : i + 3]) for i in range(0, len(frames), 3)]


# --- the engine's stream ----------------------------------------------------------------------------------------------


def read_packets(data: bytes) -> bool:
    """The engine's packets: what `receive` gives is stdout's bytes in order, whatever the packets are."""
    ours, theirs = socket.socketpair()
    try:
        theirs.sendall(data[:100_000])
        theirs.close()
        channel = DockerChannel(ours)
        deadline = time.monotonic() + 60
        got = b""
        try:
            for count in (wire.PREFIX.size, 1, 500, 3, 10_000, 1 << 16):
                got += channel.receive(count, deadline)
        except EOFError:
            pass
        promise(len(channel.stderr) <= 2000, "little of stderr")
        out = _stdout(data)
        promise(out.startswith(got), "stdout's own bytes")
        promise(len(got) in {0, 9, 10, 510, 513, 10_513, 76_049}, "whole pieces")
        channel.close()
        return len(got) > 0
    finally:
        ours.close()


def _stdout(data: bytes) -> bytes:
    place, out = 0, b""
    while place + 8 <= len(data):
        stream, length = struct.unpack_from(">BxxxI", data, place)
        if stream == 1:
            out += data[place + 8 : place + 8 + length]
        place += 8 + length
    return out


packets = st.lists(
    st.builds(
        lambda stream, data, off: struct.pack(">BxxxI", stream, max(0, len(data) + off)) + data,
        building.one_in(4, st.sampled_from((0, 2, 3, 255)), st.just(1)),
        st.one_of(st.binary(max_size=60), st.just(bytes(3000))),
        building.one_in(6, st.sampled_from((-1, 1, 2**31)), st.just(0)),
    ),
    max_size=6,
).map(b"".join)


@cache
def packet_samples() -> Sequence[bytes]:
    """Answers as the engine wraps them, a word on stderr between."""
    found = []
    for data in stream_samples():
        cut = [data[i : i + 700] for i in range(0, len(data), 700)]
        wrapped = [struct.pack(">BxxxI", 1, len(piece)) + piece for piece in cut]
        found.append(struct.pack(">BxxxI", 2, 5) + b"oh no" + b"".join(wrapped))
    return found


READERS: Final = (
    Reader("answer", read_answer, answers(), answer_samples, ANSWER_EXTREMES),
    Reader("told", read_told, told, told_samples, {"nested": lambda: raw(msgpack_nested(1 << 20))}),
    Reader("transit", read_transit, streams, stream_samples),
    Reader("packets", read_packets, packets, packet_samples),
)
