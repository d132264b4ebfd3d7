"""No wall: a plain subprocess with limits, for a student's own code on the student's own machine.

It keeps accidents in (a loop without end, memory running full, a flood of output), and nobody with intent: the code can
do whatever the user can. Runs on Linux, macOS and Windows; what each can limit: `limits.py`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from types import ModuleType
from typing import Final

import msgspec
import numpy as np

from grader.errors import WallError
from grader.sandbox import Limits, scratch, wire
from grader.sandbox.box import KILLS, End, SandboxBox, Worker, await_ready
from grader.sandbox.channel import Channel, PipeChannel, ThreadChannel

READY_S: Final = 30.0
_START: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py")
# What a Python needs of the environment to start, here and there.
_INHERITED: Final = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class NoneWall:
    """A subprocess a submission."""

    name = "none"

    def __init__(self, limits: Limits, user: int | None = None) -> None:
        """With `user`, which only root can give, a submission runs as that user."""
        self._limits = limits
        self._user = user

    def open(self) -> SandboxBox:
        """A box for one submission."""
        return SandboxBox(self._limits, partial(_spawn, self._user))

    def __enter__(self) -> NoneWall:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing outlives its box."""


def libraries() -> str:
    """The folders that hold numpy and msgspec, as `start.py` takes them."""
    return os.pathsep.join(dict.fromkeys(os.path.dirname(package_folder(module)) for module in (np, msgspec)))


def package_folder(package: ModuleType) -> str:
    """The folder of an installed package."""
    if package.__file__ is None:
        raise WallError(f"{package.__name__} has no folder here: install it again")
    return os.path.dirname(os.path.realpath(package.__file__))


def _spawn(user: int | None) -> Worker:
    folder = tempfile.mkdtemp(prefix="grader-box-")
    if user is not None:
        os.chown(folder, user, user)
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", _START, libraries(), "single"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**environment, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    channel = _channel(process)
    worker = Worker(channel, lambda: _kill(process, channel, folder), lambda: _why(process), forks=False)
    try:
        await_ready(channel, time.monotonic() + READY_S)
    except (TimeoutError, EOFError, wire.WireError) as error:
        said = (
            process.stderr.read(2000).decode(errors="replace") if isinstance(error, EOFError) and process.stderr else ""
        )
        worker.kill()
        raise WallError(
            f"Python could not be started for the submission: {' '.join(said.split())[-300:] or error}"
        ) from None
    return worker


def _channel(process: subprocess.Popen[bytes]) -> Channel:
    reader, writer = process.stdout, process.stdin
    if reader is None or writer is None:
        raise WallError("the subprocess has no pipes")
    if os.name == "nt":
        return ThreadChannel(reader, writer)
    channel = PipeChannel(os.dup(reader.fileno()), os.dup(writer.fileno()))
    reader.close()
    writer.close()
    return channel


def _kill(process: subprocess.Popen[bytes], channel: Channel, folder: str) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    channel.close()
    if process.stderr is not None:
        process.stderr.close()
    with contextlib.suppress(FileNotFoundError):
        scratch.remove(folder)


def _why(process: subprocess.Popen[bytes]) -> End:
    try:
        code = process.wait(1)
    except subprocess.TimeoutExpired:
        return End("it closed its channel", doubtful=False)
    if code >= 0:
        return End(f"exited with status {code}", doubtful=False)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return End(f"killed by {name}", doubtful=name in KILLS)
