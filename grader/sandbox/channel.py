"""A stream of bytes to and from a worker, with deadlines.

`Channel` is what `box.py` needs; each wall brings the kind that fits: `PipeChannel` for file descriptors (POSIX),
`ThreadChannel` for blocking files where descriptors can't be polled (Windows).

Deadlines are absolute, in seconds of `time.monotonic()`.
"""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from contextlib import suppress
from typing import IO, Protocol

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CHUNK = 1 << 16
BIG_CHUNK = 1 << 20


class Channel(Protocol):
    """What carries the frames of one worker."""

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`. Raises EOFError when the other end is closed, TimeoutError at the deadline."""
        ...

    def receive(self, count: int, deadline: float) -> bytes:
        """Exactly `count` bytes. Raises EOFError when the stream ends first, TimeoutError at the deadline."""
        ...

    def close(self) -> None:
        """Close this end; more than once is fine."""
        ...


def _milliseconds(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left * 1000 + 1


def _widen(fd: int) -> None:
    """Let a pipe hold what most frames take, so that neither side wakes for every 64 KiB; where that is not to be had,
    it is only slower.
    """
    if fcntl is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, BIG_CHUNK)


class PipeChannel:
    """A channel over a pair of file descriptors, which it owns and switches to non-blocking."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._buffer = b""
        self._closed = False
        for fd in {read_fd, write_fd}:
            os.set_blocking(fd, False)
            _widen(fd)

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._write_fd, rest[:BIG_CHUNK]) :]
            except BlockingIOError:
                self._wait(self._write_fd, select.POLLOUT, deadline)
            except OSError as error:
                raise EOFError(str(error)) from None

    def receive(self, count: int, deadline: float) -> bytes:
        """Exactly `count` bytes."""
        if count > CHUNK:
            return self._receive_large(count, deadline)
        buffer = self._buffer
        while len(buffer) < count:
            buffer += self._read(CHUNK, deadline)
        data, self._buffer = buffer[:count], buffer[count:]
        return data

    def _receive_large(self, count: int, deadline: float) -> bytes:
        """What is too large to be added up piece by piece."""
        pieces, missing = [self._buffer], count - len(self._buffer)
        while missing > 0:
            pieces.append(self._read(min(missing, BIG_CHUNK), deadline))
            missing -= len(pieces[-1])
        self._buffer = b""
        whole = b"".join(pieces)
        if missing < 0:
            whole, self._buffer = whole[:count], whole[count:]
        return whole

    def _read(self, most: int, deadline: float) -> bytes:
        """What is there, once there is something."""
        while True:
            # A drip of bytes never blocks, so the deadline has to be looked at here too.
            _milliseconds(deadline)
            try:
                piece = os.read(self._read_fd, most)
            except BlockingIOError:
                self._wait(self._read_fd, select.POLLIN, deadline)
                continue
            except OSError as error:
                raise EOFError(str(error)) from None
            if not piece:
                raise EOFError("the stream has ended")
            return piece

    def close(self) -> None:
        """Close this end."""
        if not self._closed:
            self._closed = True
            for fd in {self._read_fd, self._write_fd}:
                os.close(fd)

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        poller = select.poll()
        poller.register(fd, event)
        poller.poll(_milliseconds(deadline))


class ThreadChannel:
    """A channel over two blocking files, each served by a thread."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self._buffer = bytearray()
        self._ended = False
        self._closing = threading.Event()
        self._pieces: queue.Queue[bytes] = queue.Queue(maxsize=16)
        self._outgoing: queue.Queue[bytes | None] = queue.Queue()
        self._written: queue.Queue[OSError | ValueError | None] = queue.Queue()
        threading.Thread(target=self._read, args=(reader,), daemon=True).start()
        threading.Thread(target=self._write, args=(writer,), daemon=True).start()

    def send(self, data: bytes, deadline: float) -> None:
        """Write all of `data`."""
        self._outgoing.put(data)
        try:
            error = self._written.get(timeout=_milliseconds(deadline) / 1000)
        except queue.Empty:
            raise TimeoutError from None
        if error is not None:
            raise EOFError(str(error))

    def receive(self, count: int, deadline: float) -> bytes:
        """Exactly `count` bytes."""
        while len(self._buffer) < count:
            if self._ended:
                raise EOFError("the stream has ended")
            try:
                piece = self._pieces.get(timeout=_milliseconds(deadline) / 1000)
            except queue.Empty:
                raise TimeoutError from None
            self._ended = not piece
            self._buffer += piece
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def close(self) -> None:
        """Close this end; the threads end with the worker's own ends of the pipes."""
        self._closing.set()
        self._outgoing.put(None)

    def _read(self, reader: IO[bytes]) -> None:
        with reader:
            while True:
                try:
                    piece = os.read(reader.fileno(), CHUNK)
                except (OSError, ValueError):
                    piece = b""
                if not self._hand_over(piece) or not piece:
                    return

    def _hand_over(self, piece: bytes) -> bool:
        """Wait for room for `piece`; False when nobody wants it any more."""
        while not self._closing.is_set():
            try:
                self._pieces.put(piece, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _write(self, writer: IO[bytes]) -> None:
        while (data := self._outgoing.get()) is not None:
            try:
                writer.write(data)
                writer.flush()
            except (OSError, ValueError) as error:
                self._written.put(error)
            else:
                self._written.put(None)
        try:
            writer.close()
        except OSError:
            return  # the reader of the pipe is gone, which is what closing is for
