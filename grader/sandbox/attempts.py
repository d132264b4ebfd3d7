"""What a submission tries that its wall refuses: noted in the box, in memory that outlives the submission's process.

The interpreter tells what it is about to do (audit events, PEP 578); what no wall allows is noted, once each: a
process, a socket, a signal to another process, another's limits, a file out of reach, a function of the C library that
hands such a thing to the kernel. The wall stands without this: code that is bent on it can keep an attempt out of the
list, or put one in. It is for the instructor to read and costs nobody a mark.
"""

from __future__ import annotations

import errno
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .values import clean

ROOM: Final = 1 << 13
MOST: Final = 20
"""Attempts of one submission that are noted."""
LONGEST: Final = 160

_LENGTH: Final = struct.Struct("=I")
_REFUSED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FAMILIES: Final = {1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 16: "AF_NETLINK", 17: "AF_PACKET", 40: "AF_VSOCK"}
# Of the C library: what hands the kernel a thing that a submission may not do, and nothing that numpy looks up.
_CALLS: Final = frozenset(
    """
    accept add_key bind bpf capset chmod chown chroot clone connect execl execle execlp execv execve execveat
    execvp fanotify_init fanotify_mark fchmod fchown fork fsopen inotify_init inotify_init1 io_uring_setup
    ioperm iopl kcmp keyctl kill killpg klogctl listen memfd_create mlock mlockall mount mq_open msgget
    name_to_handle_at open_by_handle_at open_tree perf_event_open personality pidfd_getfd pidfd_open
    pidfd_send_signal pivot_root popen posix_spawn posix_spawnp prctl prlimit prlimit64 process_vm_readv
    process_vm_writev ptrace reboot request_key sched_setaffinity sched_setscheduler semget setgid sethostname
    setns setpriority setresuid setuid shm_open shmat shmget signalfd socket socketpair swapon syscall syslog
    system tgkill umount umount2 unshare userfaultfd vfork
    """.split()
)


def memory() -> mmap.mmap:
    """Shared memory for the notes on one fork, which it inherits."""
    return mmap.mmap(-1, ROOM)


def some(noted: mmap.mmap) -> bool:
    """Whether the fork noted anything."""
    return _LENGTH.unpack_from(noted) != (0,)


def read(noted: mmap.mmap) -> tuple[str, ...]:
    """What the fork noted in it. Whatever the fork did to that memory, this is a few short texts."""
    (length,) = _LENGTH.unpack_from(noted)
    text = noted[_LENGTH.size : _LENGTH.size + min(length, ROOM - _LENGTH.size)].decode("utf-8", "replace")
    return tuple(clean(line, LONGEST) for line in text.split("\n")[:MOST] if line)


@dataclass(frozen=True)
class Reach:
    """Where a fork may write: in `scratch`; with `confined` nowhere else, and otherwise where the file system says."""

    scratch: str
    confined: bool


def watch(noted: mmap.mmap, reach: Reach) -> None:
    """From now on note what this process tries, for good: no code can take an audit hook away."""
    seen: set[str] = set()
    looking = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal looking
        describe = _EVENTS.get(event)
        if describe is None or looking or len(seen) >= MOST:
            return
        looking = True
        try:
            told = describe(arguments, reach)
            if told and told not in seen:
                seen.add(told)
                _append(noted, clean(told.replace("\n", " "), LONGEST))
        except Exception:  # noqa: BLE001, S110 - whatever its arguments are, what was tried must fail by itself
            pass
        finally:
            looking = False

    sys.addaudithook(hook)


def _append(noted: mmap.mmap, line: str) -> None:
    data = line.encode() + b"\n"
    (length,) = _LENGTH.unpack_from(noted)
    end = _LENGTH.size + length
    if end + len(data) <= ROOM:
        noted[end : end + len(data)] = data
        _LENGTH.pack_into(noted, 0, length + len(data))


# --- what an event tells of -------------------------------------------------------------------------------------------


def _named(what: str) -> Callable[[tuple[Any, ...], Reach], str]:
    return lambda _arguments, _reach: what


def _program(arguments: tuple[Any, ...], _: Reach) -> str:
    program = arguments[0]
    if not isinstance(program, str | bytes) and len(arguments) > 1 and isinstance(arguments[1], list | tuple):
        program = arguments[1][0]
    return f"start a program: {_text(program)}"


def _socket(arguments: tuple[Any, ...], _: Reach) -> str:
    family = int(arguments[1])
    return f"open a socket: {_FAMILIES.get(family, family)}"


def _signal(arguments: tuple[Any, ...], _: Reach) -> str:
    pid, number = int(arguments[0]), int(arguments[1])
    if pid == os.getpid():
        return ""
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    whom = {-1: "every process", 0: "its process group", 1: "process 1", os.getppid(): "the worker"}
    return f"kill: {name} to {whom.get(pid, f'process {pid}')}"


def _limit(arguments: tuple[Any, ...], _: Reach) -> str:
    return "" if arguments[0] in (0, os.getpid()) else "change the limits of another process"


def _library(arguments: tuple[Any, ...], _: Reach) -> str:
    name = arguments[1]
    return f"C library: {name}" if name in _CALLS else ""


def _open(arguments: tuple[Any, ...], reach: Reach) -> str:
    path, _, flags = arguments
    if not isinstance(path, str | bytes) or not isinstance(flags, int):
        return ""
    name = os.path.realpath(os.fsdecode(path))
    if name == os.devnull or f"{name}{os.sep}".startswith(reach.scratch + os.sep):
        return ""
    if flags & _WRITES:
        return f"write {name}" if reach.confined or not _writable(name) else ""
    return f"read {name}" if _is_refused(name) else ""


def _writable(name: str) -> bool:
    return os.access(name if os.path.exists(name) else os.path.dirname(name), os.W_OK)


def _is_refused(name: str) -> bool:
    try:
        os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno in _REFUSED
    return False


def _text(value: Any) -> str:
    return os.fsdecode(value) if isinstance(value, str | bytes) else type(value).__name__


_EVENTS: Final[dict[str, Callable[[tuple[Any, ...], Reach], str]]] = {
    "os.fork": _named("start a process: fork"),
    "os.forkpty": _named("start a process: forkpty"),
    "pty.spawn": _named("start a process: pty.spawn"),
    "os.system": _program,
    "os.exec": _program,
    "os.spawn": lambda arguments, reach: _program(arguments[1:], reach),
    "os.posix_spawn": _program,
    "subprocess.Popen": _program,
    "socket.__new__": _socket,
    "os.kill": _signal,
    "os.killpg": lambda arguments, _: f"kill: process group {int(arguments[0])}",
    "resource.prlimit": _limit,
    "ctypes.dlsym": _library,
    "open": _open,
}
