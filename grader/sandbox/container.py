"""One locked-up container, and the stream of frames to the worker in it.

What a container may do is `host_config`, as data: no network, a read-only root, one small tmpfs, no capabilities, no
way to new privileges, only the system calls that numpy needs (docker/seccomp.json), and limits for memory, processes
and CPU.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import select
import socket
import struct
import time
from functools import cache
from typing import Any, Final

from grader.errors import WallError
from grader.sandbox import Limits, image, wire
from grader.sandbox.box import SWEPT_IN_VAIN, End, await_ready
from grader.sandbox.engine import engine_errors

OWNER: Final = "backprop-grader.owner"
"""The label that says whose a container is."""

READY_S: Final = 60.0
"""For the worker in a new container to say Ready."""
WORKER_MIB: Final = 64
"""What the warm worker takes before a submission is in it."""
TMP: Final = "/tmp"  # noqa: S108 - inside the container
TMPFS_MIB: Final = 16
GVISOR_TASKS: Final = 64
"""A runtime with a kernel of its own has its threads in the same control group."""
OPEN_FILES: Final = 256
STDERR_KEPT: Final = 2000

ENDING_S: Final = 2.0
_KILLED: Final = 137

_PACKET: Final = struct.Struct(">BxxxI")
_STDOUT: Final = 1

# The kernel counts some things (pending signals, watches, locked memory) by user over all containers, so neighbours get
# different ones. They own no file: the range is the one that systemd draws its dynamic users from.
_USERS: Final = itertools.cycle(random.sample(range(61184, 65520), 4000))


class DockerChannel:
    """The frames' way in and out of one container, over the engine's attached stream.

    The stream comes in packets, each a header that names stdout or stderr and a length, then the bytes. Nothing is
    gathered beyond what `receive` asks for; of stderr, written only by a worker that breaks, the last part is kept.
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


class Container:
    """A running container and the channel to its worker, which has said Ready."""

    def __init__(self, client: Any, identity: str, channel: DockerChannel) -> None:
        self._client = client
        self.id = identity
        self.channel = channel

    def why_dead(self) -> End:
        """Why it ended. Its worker is process 1, which a submission can't kill; but the engine may overlook that its
        memory ran out. Raises WallError when the engine does not say.
        """
        import docker

        with engine_errors("looking at a container"):
            try:
                state = self._ended()
            except docker.errors.NotFound:
                return End("its container was removed")
        if state["OOMKilled"]:
            return End("ran out of memory", doubtful=False)
        if state["Running"]:
            return End("its stream ended")
        code = state["ExitCode"]
        return End("killed" if code == _KILLED else f"exited with status {code}", doubtful=code != SWEPT_IN_VAIN)

    def _ended(self) -> dict[str, Any]:
        """Its state once the engine knows that it has ended, which it learns a moment after the stream does."""
        deadline = time.monotonic() + ENDING_S
        while True:
            state: dict[str, Any] = self._client.api.inspect_container(self.id)["State"]
            if not state["Running"] or time.monotonic() > deadline:
                return state
            time.sleep(0.02)


def host_config(client: Any, limits: Limits, runtime: str | None = None) -> dict[str, Any]:
    """How a container is locked up, in the engine's terms."""
    from docker.types import LogConfig, Ulimit

    # The engine counts the tmpfs as memory. Equal to memory, the second figure means no swap.
    memory = (limits.memory_mib + WORKER_MIB + TMPFS_MIB) << 20
    return dict(
        client.api.create_host_config(
            network_mode="none",
            read_only=True,
            tmpfs={TMP: f"rw,noexec,nosuid,nodev,size={TMPFS_MIB}m,nr_inodes=4096,mode=1777"},
            cap_drop=["ALL"],
            security_opt=["no-new-privileges", f"seccomp={_filter()}"],
            pids_limit=limits.processes + (GVISOR_TASKS if runtime else 1),
            mem_limit=memory,
            memswap_limit=memory,
            nano_cpus=1_000_000_000,
            ipc_mode="private",
            shm_size="1m",
            log_config=LogConfig(type=LogConfig.types.NONE),
            ulimits=[
                Ulimit(name="core", soft=0, hard=0),
                Ulimit(name="msgqueue", soft=0, hard=0),  # /dev/mqueue takes files from everybody
                Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
                Ulimit(name="fsize", soft=TMPFS_MIB << 20, hard=TMPFS_MIB << 20),
            ],
            # The worker is process 1, which nothing in its container can kill or stop; it collects orphans itself.
            init=False,
            runtime=runtime,
        )
    )


def start(client: Any, image_id: str, limits: Limits, owner: str, runtime: str | None = None) -> Container:
    """A new container of `image_id` whose worker has said Ready. Raises WallError."""
    user = next(_USERS)
    with engine_errors("making a container"):
        made = client.api.create_container(
            image_id,
            host_config=host_config(client, limits, runtime),
            user=f"{user}:{user}",
            stdin_open=True,
            network_disabled=True,
            labels={OWNER: owner},
        )
    identity: str = made["Id"]
    with contextlib.ExitStack() as undo:
        undo.callback(remove, client, identity)
        # Attached before it is started, so that nothing which the worker says is lost between the two.
        with engine_errors("starting a container"):
            streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            channel = DockerChannel(client.api.attach_socket(identity, streams))
            undo.callback(channel.close)
            client.api.start(identity)
        _expect_ready(channel)
        undo.pop_all()
    return Container(client, identity, channel)


def remove(client: Any, identity: str) -> None:
    """Kill and remove a container; one that is gone, or that somebody else is removing, is fine."""
    import docker

    with engine_errors("removing a container"):
        try:
            client.api.remove_container(identity, force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code not in (404, 409):
                raise


def _expect_ready(channel: DockerChannel) -> None:
    try:
        await_ready(channel, time.monotonic() + READY_S)
    except TimeoutError:
        raise WallError(
            f"docker: a container's worker was not up within {READY_S:.0f} s: is the machine overloaded?"
        ) from None
    except (EOFError, wire.WireError) as error:
        said = " ".join(channel.stderr.decode(errors="replace").split())[-300:]
        raise WallError(f"docker: a container's worker did not start ({said or error}): {image.REBUILD}") from None


@cache
def _filter() -> str:
    """The system call filter, as the engine's API takes it."""
    return image.checkout_file("docker/seccomp.json").read_text(encoding="utf-8")
