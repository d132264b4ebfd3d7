"""Both channels: whole messages, ends and deadlines."""

from __future__ import annotations

import os
import threading
import time

import pytest

from grader.sandbox.channel import PipeChannel, ThreadChannel


@pytest.fixture(params=[PipeChannel, ThreadChannel])
def ends(request):
    """A channel, and the other ends of its two pipes: what it sends is read from the first, the second is what it receives."""
    their_read, our_write = os.pipe()
    our_read, their_write = os.pipe()
    if request.param is PipeChannel:
        channel = PipeChannel(our_read, our_write)
    else:
        channel = ThreadChannel(os.fdopen(our_read, "rb", 0), os.fdopen(our_write, "wb", 0))
    yield channel, their_read, their_write
    channel.close()
    for fd in (their_read, their_write):
        try:
            os.close(fd)
        except OSError:
            continue  # a test closed it


def soon() -> float:
    return time.monotonic() + 5


def test_pieces_are_put_together(ends):
    """What arrives in drips comes out in the lengths that were asked for."""
    channel, _, theirs = ends
    for piece in (b"a", b"bc", b"def"):
        os.write(theirs, piece)
    assert (channel.receive(2, soon()), channel.receive(0, soon()), channel.receive(4, soon())) == (b"ab", b"", b"cdef")


def test_more_than_a_pipe_holds(ends):
    """Both directions take what is far larger than a pipe."""
    channel, their_read, their_write = ends
    data = os.urandom(1 << 20)

    def echo() -> None:
        got = b""
        while len(got) < len(data):
            got += os.read(their_read, 1 << 16)
        with open(their_write, "wb", closefd=False) as writer:
            writer.write(got)

    other = threading.Thread(target=echo)
    other.start()
    channel.send(data[: 1 << 19], soon())
    channel.send(data[1 << 19 :], soon())
    assert channel.receive(len(data), soon()) == data
    other.join()


def test_the_end_is_told(ends):
    """What was cut short is an end of file, and so is what nobody reads."""
    channel, their_read, their_write = ends
    os.write(their_write, b"abc")
    os.close(their_write)
    with pytest.raises(EOFError):
        channel.receive(4, soon())
    os.close(their_read)
    with pytest.raises(EOFError):
        channel.send(b"x" * (1 << 20), soon())


def test_deadlines_are_kept(ends):
    """Waiting ends, in both directions; so does a drip that never fills what was asked for."""
    channel, _, their_write = ends
    with pytest.raises(TimeoutError):
        channel.receive(1, time.monotonic() + 0.05)
    with pytest.raises(TimeoutError):
        channel.send(b"x" * (4 << 20), time.monotonic() + 0.05)
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.001):
            os.write(their_write, b".")

    other = threading.Thread(target=drip)
    other.start()
    try:
        with pytest.raises(TimeoutError):
            channel.receive(1 << 20, time.monotonic() + 0.1)
    finally:
        over.set()
        other.join()
