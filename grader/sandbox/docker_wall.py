"""The docker wall: a fresh container a submission, taken from a pool started ahead.

    grader  --  API: create, attach, start, inspect, remove  -->  engine
            --  attached stream: frames to and fro  ------------>  worker

How a container is locked up: `container.py`. The grader keeps the deadlines: at one it removes the container, and
never waits for an end of file. Containers are labelled with the process that they belong to: leaving the wall removes
its own, and what a killed grader left is removed by the next one on the same machine.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from grader.errors import WallError
from grader.sandbox import Limits, container, image
from grader.sandbox.box import SandboxBox, Worker
from grader.sandbox.container import OWNER, READY_S, Container
from grader.sandbox.engine import connect, engine_errors
from grader.sandbox.pool import Pool

_TRIES: Final = 2


class DockerWall:
    """Containers of `image_name` under the engine's `runtime` ("runsc" for gVisor), enough ahead for `jobs` at a time.

    Safe to use from several threads. Raises WallError on entering when no engine answers or it holds no fitting image.
    """

    name = "docker"

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        jobs: int = 1,
        runtime: str | None = None,
        image_name: str = image.NAME,
    ) -> None:
        self._limits = limits or Limits()
        self._jobs = max(1, jobs)
        self._runtime = runtime
        self._image_name = image_name
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._client: Any = None
        self._pool: Pool[Container] | None = None
        self._removals: ThreadPoolExecutor | None = None

    def __enter__(self) -> DockerWall:
        self._client = connect()
        try:
            self._image_id = image.find(self._client, self._image_name)
            self._check_runtime()
            remove_leftovers(self._client)
        except BaseException:
            self._client.close()
            raise
        self._removals = ThreadPoolExecutor(self._jobs, thread_name_prefix="removal")
        # While a container starts, both the grader and the engine mostly wait: one maker more than jobs, and no more.
        self._pool = Pool(self._make, self._discard, ahead=2 * self._jobs + 1, makers=self._jobs + 1)
        atexit.register(self._close)
        return self

    def __exit__(self, *exc: object) -> None:
        atexit.unregister(self._close)
        self._close()

    def take(self) -> Container:
        """A fresh container of which nobody has had anything. Raises WallError."""
        if self._pool is None:
            raise WallError("docker: the wall isn't open")
        for _ in range(_TRIES * (2 * self._jobs + 1)):
            taken = self._pool.take(_TRIES * READY_S)
            if taken.channel.idle():
                return taken
            # It ended while it waited: the engine's doing, not a submission's.
            self._discard(taken)
        raise WallError("docker: containers end before they are used: see the engine's log")

    def open(self) -> SandboxBox:
        """A box for one submission; what breaks its container gets another one for its next question."""
        return SandboxBox(self._limits, self._worker)

    def _worker(self) -> Worker:
        taken = self.take()
        return Worker(taken.channel, kill=lambda: self._discard(taken), why_dead=taken.why_dead)

    def _make(self) -> Container:
        """A container that is ready, at the second try if need be."""
        for attempt in range(1, _TRIES + 1):
            try:
                return container.start(self._client, self._image_id, self._limits, self._owner, self._runtime)
            except WallError:
                if attempt == _TRIES:
                    raise
        raise AssertionError

    def _discard(self, taken: Container) -> None:
        """Remove a container without waiting for the engine."""
        taken.channel.close()
        if self._removals is not None:
            self._removals.submit(self._remove, taken.id)

    def _remove(self, identity: str) -> None:
        # What stays is labelled, and goes with the wall or with the next one.
        with contextlib.suppress(WallError):
            container.remove(self._client, identity)

    def _close(self) -> None:
        pool, self._pool = self._pool, None
        removals, self._removals = self._removals, None
        if pool is not None:
            pool.close()
        if removals is not None:
            removals.shutdown()
        if self._client is not None:
            with contextlib.suppress(WallError):  # an engine that is gone: the next run removes them
                remove_owned(self._client, self._owner)
            self._client.close()
            self._client = None

    def _check_runtime(self) -> None:
        if self._runtime is None:
            return
        with engine_errors("asking for its runtimes"):
            known = sorted(self._client.info().get("Runtimes") or {})
        if self._runtime not in known:
            raise WallError(
                f"docker: the engine has no runtime {self._runtime!r} (it has {', '.join(known)}): register it in the "
                "engine's daemon.json"
            )


def remove_owned(client: Any, owner: str) -> None:
    """Remove every container of `owner`."""
    with engine_errors("removing containers"):
        for found in client.api.containers(all=True, filters={"label": f"{OWNER}={owner}"}):
            container.remove(client, found["Id"])


def remove_leftovers(client: Any) -> None:
    """Remove containers whose grader on this machine has ended."""
    with engine_errors("looking for leftovers"):
        for found in client.api.containers(all=True, filters={"label": OWNER}):
            if is_leftover(found["Labels"][OWNER], found["State"]):
                container.remove(client, found["Id"])


def is_leftover(owner: str, state: str) -> bool:
    """Whether a container in `state` is one that its `owner` on this machine has left behind."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    # A label may say anything: this many digits are a process's.
    if host != socket.gethostname() or not re.fullmatch("[0-9]{1,9}", pid):
        return False
    if os.name != "posix":
        # There a process can't be asked whether it lives; but without it the worker's input has ended, and so it has.
        return state == "exited"
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
