"""The docker wall: a fresh container a submission, taken from a pool started ahead.

    grader ---- API: create, attach, start, inspect, remove ----> engine
       \\--- attached stream: frames to the worker's stdin, from its stdout, in the engine's own 8-byte packets ---/

A container has no network, a read-only root, one small tmpfs, no capabilities, no way to new privileges, a system call
filter of what numpy needs (docker/seccomp.json), a user who owns nothing, and limits for memory, processes and CPU. The
grader keeps the deadlines: at one it kills the container, and never waits for an end of file.

Containers are labelled with the process that they belong to. Leaving the wall removes its own; what a killed grader left is
removed by the next one on the same machine.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import socket
import struct
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from grader.errors import WallError
from grader.sandbox import Limits, image, wire
from grader.sandbox.engine import connect, engine_errors
from grader.sandbox.pool import Pool

OWNED: Final = "backprop-grader.owner"
"""The label that says whose a container is: "HOST:PID:RUN"."""

START_S: Final = 60.0
"""For a container to be made and its worker to say Ready."""
WORKER_MIB: Final = 64
"""What the warm worker takes before a submission is in it."""
TMPFS_MIB: Final = 16
STDERR_KEPT: Final = 2000

_PACKET: Final = struct.Struct(">BxxxI")
_STDOUT: Final = 1


class DockerChannel:
    """The frames' way in and out of one container, over the engine's attached stream.

    The stream comes in packets, each a header that names stdout or stderr and a length, then the bytes. Nothing is gathered
    beyond what `receive` asks for; of stderr, which the worker writes only when it breaks, the last part is kept.
    """

    def __init__(self, stream: Any) -> None:
        self._response = stream  # keeps the connection from being collected
        self._socket: socket.socket = getattr(stream, "_sock", stream)
        self._left = 0
        """Bytes of stdout still to come in the current packet."""
        self.stderr = b""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of `data`. Raises TimeoutError, or EOFError when the container is gone."""
        self._allow(deadline)
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError(str(error)) from None

    def receive(self, n: int, deadline: float) -> bytes:
        """Exactly `n` bytes of the worker's stdout. Raises TimeoutError, or EOFError when the container is gone."""
        data = bytearray()
        while len(data) < n:
            if self._left == 0:
                self._left = self._next_packet(deadline)
                continue
            chunk = self._read(min(n - len(data), self._left), deadline)
            self._left -= len(chunk)
            data += chunk
        return bytes(data)

    def idle(self) -> bool:
        """Whether the container is there and has said nothing unasked."""
        return self._left == 0 and not select.select([self._socket], [], [], 0)[0]

    def close(self) -> None:
        """Let the stream go."""
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError):
            self._response.close()

    def _next_packet(self, deadline: float) -> int:
        stream, length = _PACKET.unpack(self._exactly(_PACKET.size, deadline))
        if stream == _STDOUT:
            return int(length)
        while length:
            chunk = self._read(min(length, 1 << 16), deadline)
            length -= len(chunk)
            self.stderr = (self.stderr + chunk)[-STDERR_KEPT:]
        return 0

    def _exactly(self, n: int, deadline: float) -> bytes:
        data = b""
        while len(data) < n:
            data += self._read(n - len(data), deadline)
        return data

    def _read(self, n: int, deadline: float) -> bytes:
        self._allow(deadline)
        try:
            data = self._socket.recv(min(n, 1 << 20))
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError(str(error)) from None
        if not data:
            raise EOFError("the container ended its output")
        return data

    def _allow(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
