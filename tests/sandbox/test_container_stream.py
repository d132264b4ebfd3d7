"""The stream to a container: packets of stdout and stderr, taken apart as they come."""

from __future__ import annotations

import socket
import struct
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.container import STDERR_KEPT, DockerChannel

OUT, ERR = 1, 2


def packet(stream: int, data: bytes) -> bytes:
    return struct.pack(">BxxxI", stream, len(data)) + data


@pytest.fixture
def pair():
    ours, engine = socket.socketpair()
    channel = DockerChannel(ours)
    with ours, engine:
        yield channel, engine


def soon() -> float:
    return time.monotonic() + 10


@given(
    parts=st.lists(st.tuples(st.sampled_from([OUT, ERR]), st.binary(max_size=40)), max_size=12),
    cut=st.integers(1, 30),
)
def test_stdout_comes_out_whole_however_it_is_cut(parts, cut):
    """However the engine's packets are made and arrive, stdout is what was written, and stderr's end is kept."""
    stdout = b"".join(data for stream, data in parts if stream == OUT)
    sent = b"".join(packet(*part) for part in parts) + packet(OUT, b"!")
    ours, engine = socket.socketpair()
    with ours, engine:
        channel = DockerChannel(ours)

        def drip() -> None:
            for start in range(0, len(sent), cut):
                engine.sendall(sent[start : start + cut])

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert channel.receive(len(stdout), soon()) == stdout
        assert channel.receive(1, soon()) == b"!"
        dripping.join()
    assert channel.stderr == b"".join(data for stream, data in parts if stream == ERR)


def test_a_flood_on_stderr_is_not_kept(pair):
    """Of what a broken worker says only the end stays."""
    channel, engine = pair
    flood = packet(ERR, b"x" * 50_000) + packet(ERR, b"the end") + packet(OUT, b"1")
    sending = threading.Thread(target=engine.sendall, args=(flood,))
    sending.start()
    assert channel.receive(1, soon()) == b"1"
    sending.join()
    assert len(channel.stderr) == STDERR_KEPT
    assert channel.stderr.endswith(b"xthe end")


def test_a_drip_does_not_put_off_the_deadline(pair):
    """Bytes that keep coming, on stderr or in the middle of a frame, end at the deadline all the same."""
    channel, engine = pair
    stop = threading.Event()

    def drip() -> None:
        engine.sendall(struct.pack(">BxxxI", OUT, 1000))
        while not stop.wait(0.01):
            engine.sendall(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TimeoutError):
            channel.receive(1000, time.monotonic() + 0.2)
    finally:
        stop.set()
        dripping.join()


def test_the_end_of_the_stream(pair):
    """An end in the middle of what was asked for, or of a packet's header, is EOFError."""
    channel, engine = pair
    engine.sendall(packet(OUT, b"abc") + b"\x01\x00")
    engine.close()
    assert channel.receive(3, soon()) == b"abc"
    with pytest.raises(EOFError):
        channel.receive(1, soon())
    with pytest.raises(EOFError):
        channel.send(b"x" * 100, soon())


def test_idle(pair):
    """A channel on which something was said unasked, or that has ended, is not idle."""
    channel, engine = pair
    assert channel.idle()
    engine.sendall(packet(OUT, b"ab"))
    assert not channel.idle()
    channel.receive(1, soon())
    assert not channel.idle()
    channel.receive(1, soon())
    assert channel.idle()
    engine.close()
    assert not channel.idle()


def test_sending_to_somebody_who_does_not_read(pair):
    """A frame that isn't taken ends at the deadline."""
    channel, _ = pair
    with pytest.raises(TimeoutError):
        channel.send(bytes(64 << 20), time.monotonic() + 0.1)
