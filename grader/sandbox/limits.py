"""The resource limits of a box, and whether those of the warm worker are still its own."""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from . import wire

if sys.platform != "win32":
    import resource

_MIB: Final = 1 << 20
# Their product bounds what a submission holds in files without a name, which nobody can count from outside.
_FILE_BYTES: Final = 8 * _MIB
_OPEN_FILES: Final = 32
_CPU_S: Final = 600
"""A last resort: the clock outside ends a submission long before."""


class LimitError(Exception):
    """A limit that can't be set here."""


def apply(start: wire.Start, *, count_processes: bool) -> None:
    """Limit this process for good. With `count_processes` the number of its user's processes is limited too.

    Where a wall counts processes itself this stays off: the kernel counts all of a user's processes together, in other
    boxes too. Memory is limited on Linux only, and nothing at all on Windows.
    """
    if sys.platform == "win32":
        return
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, _FILE_BYTES)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set(resource.RLIMIT_CPU, _CPU_S)
    if sys.platform == "linux":
        _set(resource.RLIMIT_AS, _own_bytes(start) + start.memory_mib * _MIB)
        if count_processes:
            _set(resource.RLIMIT_NPROC, _tasks_of_user() + start.processes)


def snapshot() -> tuple[Any, ...]:
    """Everything about this process that another could have changed: limits, priority, processors, scheduling."""
    if sys.platform != "linux":
        return ()
    names = sorted(name for name in vars(resource) if name.startswith("RLIMIT_"))
    return (
        *(resource.getrlimit(getattr(resource, name)) for name in names),
        os.getpriority(os.PRIO_PROCESS, 0),
        frozenset(os.sched_getaffinity(0)),
        os.sched_getscheduler(0),
        os.sched_getparam(0).sched_priority,
    )


if sys.platform != "win32":

    def _set(which: int, value: int) -> None:
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(which, (value, value))


def _own_bytes(start: wire.Start) -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        if start.own_mib:
            return start.own_mib * _MIB
        raise LimitError("the worker can't tell its own size, on which the memory limit is put") from None


def _tasks_of_user() -> int:
    count = 0
    user = os.getuid()
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue  # it has ended meanwhile
    return count
