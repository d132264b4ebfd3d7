"""The warm worker: a fork server that has Python and numpy up and never reads a submission.

Each `Start` forks a child that holds nothing of its parent but one end of a fresh socket pair. The parent passes `TALK`
frames on by their lengths alone, unread, and answers `CONTROL` frames itself. A frame is passed on when it is complete,
so a child that dies or dawdles in the middle of one can't shift the stream. On its way a frame lies in memory that is
mapped for this child (`transit.py`) and given back before the next fork: no fork inherits what was said to or by
another.

When a child has ended, or is to be stopped, everything that it left is killed until no descendant remains: orphans come
back to this process because it is their subreaper. It then compares its own limits with those it began with, since a
child runs as the same user.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import select
import signal
import socket
import time
from dataclasses import dataclass, field
from typing import Final, NoReturn

import msgspec

from . import attempts, confine, limits, scratch, session, wire
from .confine import Domain
from .transit import Transit

_SETUP_S: Final = 10.0
_SWEEP_S: Final = 5.0
_LOOK_S: Final = 0.5
_DISK_BYTES: Final = 256 << 20
"""What a submission's files may take, beyond the limit for each (`limits.py`)."""
_CHANNEL: Final = 3
_PARKED: Final = 200
_MAX_FD: Final = 1 << 16
_SWEPT_IN_VAIN: Final = 71


@dataclass(frozen=True)
class Options:
    """How a wall starts its workers.

    `scratch` is a folder that belongs to this worker. With `confine` each fork enters a Landlock domain and a system
    call filter of its own; `domain` is what the worker itself enters first. `alone` says that everything that this
    process may signal belongs to its box (a sandbox that scopes signals, a container): then strays are killed by
    `kill(-1)`, and otherwise by their entries in /proc. `filter` is the filter without the domain, where a container is
    the domain.
    """

    scratch: str
    confine: bool = False
    alone: bool = False
    domain: Domain | None = None
    filter: bool = False


@dataclass
class _Child:
    pid: int
    channel: socket.socket
    folder: str
    noted: mmap.mmap
    frame_bytes: int
    next_look: float
    incoming: Transit = field(default_factory=Transit)
    outgoing: Transit = field(default_factory=Transit)

    def close(self) -> None:
        """Give back the channel and what lay in transit."""
        self.channel.close()
        self.incoming.close()
        self.outgoing.close()


class Warm:
    """The loop between the wall and one child after another."""

    def __init__(self, incoming: int, outgoing: int, options: Options) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._options = options
        self._receive = session.receiver(incoming)
        self._child: _Child | None = None
        self._forks = 0
        self._noted: list[mmap.mmap] = []
        """What forks that have ended noted, and the wall has not been told."""
        if options.alone and _may_signal_parent():
            raise SystemExit("this worker is not alone: it could signal the process that started it")
        confine.adopt_orphans()
        if options.confine:
            confine.drop_privileges()
        if options.domain is not None:
            confine.enter_domain(options.domain)
        confine.hide_memory()
        self._wake, wakeup = os.pipe()
        for fd in (self._wake, wakeup):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, _nothing)
        # Process 1 of a container hears no signal but those that it handles, and Python handles this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        self._limits = limits.snapshot()
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Run until the wall closes the stream; then kill what is left."""
        try:
            while self._step():
                pass
        finally:
            self._end_child()

    def _step(self) -> bool:
        poller = select.poll()
        poller.register(self._incoming, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        child = self._child
        if child is not None:
            poller.register(child.channel, select.POLLIN | (select.POLLOUT if child.outgoing else 0))
        ready = dict(poller.poll(_LOOK_S * 1000 if child is not None else None))
        if child is not None:
            self._watch_disk(child)
        if self._wake in ready:
            self._woken()
            self._reap()
        if self._child is not None and self._child.channel.fileno() in ready:
            self._exchange(self._child)
        return self._incoming not in ready or self._obey()

    # --- the wall's frames ------------------------------------------------------------------------------------------

    def _obey(self) -> bool:
        try:
            prefix = self._receive(wire.PREFIX.size)
            kind, header_length, payload_length = wire.lengths(prefix, session.TRUSTED)
            if kind == wire.TALK:
                self._hand_on(prefix, header_length + payload_length)
                return True
            message = wire.decode(self._receive(header_length + payload_length)[:header_length], "to", kind)
        except EOFError:
            return False
        self._end_child()
        if isinstance(message, wire.Start):
            self._start(message)
        else:
            self._tell(wire.Stopped(limits.snapshot() == self._limits))
        return True

    def _hand_on(self, prefix: bytes, count: int) -> None:
        """Take the rest of a frame for the child; where there is none any more it is dropped. Raises EOFError."""
        child = self._child
        transit = Transit() if child is None else child.outgoing
        transit.put(prefix)
        while count:
            received = transit.fill(self._incoming, count)
            if not received:
                raise EOFError
            count -= received
        if child is None:
            transit.close()
        else:
            self._exchange(child)

    def _say(self, message: wire.Ready | wire.Started | wire.Died | wire.Stopped) -> None:
        session.write_all(self._outgoing, wire.encode(message))

    def _tell(self, message: wire.Died | wire.Stopped) -> None:
        """Say it together with what the forks noted.

        A process that ends at once puts the notes into words: here they would stay in memory, for later forks to read.
        """
        noted, self._noted = self._noted, []
        if not any(map(attempts.some, noted)) or not self._told_by_another(message, noted):
            self._say(message)
        for each in noted:
            each.close()

    def _told_by_another(self, message: wire.Died | wire.Stopped, noted: list[mmap.mmap]) -> bool:
        try:
            pid = os.fork()
        except OSError:
            return False
        if pid == 0:
            try:
                found = tuple(text for each in noted for text in attempts.read(each))
                self._say(msgspec.structs.replace(message, attempts=found[: attempts.MOST]))
                os._exit(0)
            finally:
                os._exit(1)
        return os.waitpid(pid, 0)[1] == 0

    # --- the child's frames -----------------------------------------------------------------------------------------

    def _exchange(self, child: _Child) -> None:
        if child.outgoing:
            with contextlib.suppress(OSError):  # a child that is gone is noticed by its end
                child.outgoing.drain(child.channel.fileno())
        try:
            while self._take(child) and child.incoming:
                pass  # the rest of the frame is mostly there when its beginning is
        except wire.WireError:
            self._garbled()
        except EOFError:
            # It closed its end, or will be reaped in a moment: either way there is nothing more to come.
            self._bury(child, self._wait_status(child))

    def _take(self, child: _Child) -> bool:
        """Read what is there of the frame under way, and pass it on once it is complete; False where nothing is there.

        Raises WireError where it is no frame, EOFError when the channel has ended.
        """
        transit = child.incoming
        try:
            received = transit.fill(child.channel.fileno(), _missing(child))
        except BlockingIOError:
            return False
        except OSError:
            raise EOFError from None
        if not received:
            raise EOFError
        if not _missing(child):
            while transit:
                transit.drain(self._outgoing)
        return True

    def _garbled(self) -> None:
        self._end_child()
        self._tell(wire.Died("it wrote something other than answers", garbled=True))

    # --- the child's life -------------------------------------------------------------------------------------------

    def _start(self, message: wire.Start) -> None:
        self._forks += 1
        folder = os.path.join(self._options.scratch, str(self._forks))
        ours, theirs = socket.socketpair()
        noted = attempts.memory()
        try:
            os.mkdir(folder, 0o700)
            pid = os.fork()
        except OSError as error:
            ours.close()
            theirs.close()
            noted.close()
            self._say(wire.Died(f"no fork could be had: {error}", unready=True))
            return
        if pid == 0:
            _become_child(theirs, folder, noted, message, self._options)
        theirs.close()
        self._child = _Child(pid, ours, folder, noted, message.frame_bytes, time.monotonic() + _LOOK_S)
        problem = _setup_problem(ours)
        if problem:
            self._end_child()
            self._say(wire.Died(problem, unready=True))
            return
        ours.setblocking(False)
        self._say(wire.Started())

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._child
            if child is not None and pid == child.pid:
                self._bury_after_its_last_words(child, status)

    def _bury_after_its_last_words(self, child: _Child, status: int) -> None:
        try:
            while self._take(child):
                pass
        except wire.WireError:
            self._garbled()
            return
        except EOFError:
            pass
        self._bury(child, status)

    def _wait_status(self, child: _Child) -> int | None:
        """How the child ended; None when it lives on without its channel."""
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            try:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid:
                return status
            time.sleep(0.002)
        return None

    def _bury(self, child: _Child, status: int | None) -> None:
        self._end_child()
        self._tell(wire.Died("it closed its channel" if status is None else _end(status)))

    def _watch_disk(self, child: _Child) -> None:
        """Now and then, end a child that fills the disk or makes more than can be removed in a moment."""
        now = time.monotonic()
        if now < child.next_look:
            return
        child.next_look = now + _LOOK_S
        excess = scratch.excess(child.folder, _DISK_BYTES)
        if excess:
            self._end_child()
            self._tell(wire.Died(f"it made {excess}"))

    def _end_child(self) -> None:
        """Kill the child and all that it started, and remove its folder."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        self._sweep()
        self._noted.append(child.noted)
        child.close()
        try:
            scratch.remove(child.folder)
        except OSError:
            # In a container it may move or lock its own folder: then that goes with the worker.
            os._exit(_SWEPT_IN_VAIN)

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 512)

    def _sweep(self) -> None:
        deadline = time.monotonic() + _SWEEP_S
        ended = select.poll()
        ended.register(self._wake, select.POLLIN)
        pause = 1
        while _reap_all():
            self._kill_strays()
            if time.monotonic() > deadline:
                # Whatever is left dies with the wall's worker, which is this process.
                os._exit(_SWEPT_IN_VAIN)
            if ended.poll(pause):
                self._woken()
            pause = min(pause * 2, 10)

    def _kill_strays(self) -> None:
        if self._options.alone:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL)
            return
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _missing(child: _Child) -> int:
    """Bytes to read for the prefix of the child's frame, or else for its rest. Raises WireError where it is none."""
    held = len(child.incoming)
    if held < wire.PREFIX.size:
        return wire.PREFIX.size - held
    kind, header_length, payload_length = wire.lengths(child.incoming.first(wire.PREFIX.size), child.frame_bytes)
    if kind != wire.TALK:
        raise wire.WireError("not an answer")
    return wire.PREFIX.size + header_length + payload_length - held


def _reap_all() -> bool:
    """Collect the children that have ended; True while some live."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return True
        except ChildProcessError:
            return False


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:
        return [int(pid) for pid in listed.read().split()]


def _may_signal_parent() -> bool:
    """Whether `kill(-1)` would reach beyond the box. In a container of its own the parent is its init or nobody."""
    if os.getppid() <= 1 or os.getpid() == 1:
        return False
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        return False
    return True


def _nothing(*_: object) -> None:
    """A handler, so that SIGCHLD wakes the loop."""


def _end(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exited with status {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


# --- in the child -----------------------------------------------------------------------------------------------------


def _setup_problem(channel: socket.socket) -> str:
    """What kept the child from setting itself up; empty when it is ready."""
    if not select.select([channel], [], [], _SETUP_S)[0]:
        return "the fork did not set itself up in time"
    said = os.read(channel.fileno(), 1000)
    if said == b"\0":
        return ""
    return f"the fork could not be confined: {said.decode('utf-8', 'replace') or 'it ended'}"


def _become_child(
    channel: socket.socket, folder: str, noted: mmap.mmap, start: wire.Start, options: Options
) -> NoReturn:
    """Give up everything that is the parent's, then answer questions until the channel ends. Never returns."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _keep_only(channel.detach())
        try:
            os.setsid()
            confine.die_with_parent()
            os.chdir(folder)
            os.environ["TMPDIR"] = folder
            reach = attempts.Reach(os.getcwd(), options.confine)
            limits.apply(start, count_processes=False)
            if options.confine:
                confine.drop_privileges()
                confine.enter_domain(confine.fork_domain(folder))
            if options.confine or options.filter:
                confine.deny_syscalls()
            attempts.watch(noted, reach)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the submission is not read without its confinement
            session.write_all(_CHANNEL, f"{type(error).__name__}: {error}".encode()[:900])
            os._exit(1)
        session.write_all(_CHANNEL, b"\0")
        session.serve(_CHANNEL, _CHANNEL, start)
    finally:
        os._exit(0)


def _keep_only(channel: int) -> None:
    """Close every descriptor but the channel; 0, 1 and 2 are opened anew, for flags belong to what is open and are
    shared.
    """
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(channel, _PARKED, inheritable=False)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.dup2(_PARKED, _CHANNEL, inheritable=False)
    os.closerange(_CHANNEL + 1, _MAX_FD)
