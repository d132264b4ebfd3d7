"""No wall: a plain subprocess with limits, for a student's own code on the student's own machine.

It keeps accidents in (a loop without end, memory running full, a flood of output), and nobody with intent: the code can
do whatever the user can. Runs on Linux, macOS and Windows; what each can limit: `limits.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Final

from grader.errors import WallError
from grader.sandbox import Limits, wire
from grader.sandbox.box import KILLS, End, SandboxBox, Worker, await_ready
from grader.sandbox.channel import Channel, PipeChannel, ThreadChannel
from grader.sandbox.launch import Launched, launch

READY_S: Final = 30.0


class NoneWall:
    """A subprocess a submission."""

    name = "none"

    def __init__(self, limits: Limits, user: int | None = None, ahead: Launched | None = None) -> None:
        """With `user`, which only root can give, a submission runs as that user. `ahead` is for the first submission,
        and is ended by the wall where none comes.
        """
        self._limits = limits
        self._user = user
        self._ahead = ahead

    def open(self) -> SandboxBox:
        """A box for one submission."""
        return SandboxBox(self._limits, self._take)

    def __enter__(self) -> NoneWall:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing outlives its box."""
        if self._ahead is not None:
            self._ahead.end()

    def _take(self) -> Worker:
        launched, self._ahead = self._ahead, None
        return _worker(launched or launch(self._user))


def _worker(launched: Launched) -> Worker:
    process = launched.process
    channel = _channel(process)

    def kill() -> None:
        launched.end()
        channel.close()

    worker = Worker(channel, kill, lambda: _why(process), forks=False)
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
