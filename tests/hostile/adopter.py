"""Runs a command as the adopter of all that it starts, and tells what it started and what outlives it.

    python adopter.py TOLD SECONDS GRACE TREASURE COMMAND...

Whatever loses its parent comes back to this process, however it left its session. TOLD is a JSON file for what was seen;
SECONDS is when a command that does not end is killed, GRACE how long what it started may take to end with it. TREASURE goes into a keyring that the command inherits.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

LOOK_S = 0.1
_PR_SET_CHILD_SUBREAPER = 36
_ADD_KEY, _KEYCTL = 248, 250
_JOIN_SESSION_KEYRING, _SESSION_KEYRING = 1, -3


def main(told: str, seconds: str, grace: str, treasure: str, *command: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("adopter: can't adopt orphans here")
    if os.uname().machine == "x86_64":
        libc.syscall(_KEYCTL, _JOIN_SESSION_KEYRING, None)
        libc.syscall(_ADD_KEY, b"user", b"hostile", treasure.encode(), len(treasure), _SESSION_KEYRING)
    child = subprocess.Popen(command).pid
    started: set[int] = set()
    code = None
    end = time.monotonic() + float(seconds)
    while code is None and time.monotonic() < end:
        started.update(descendants(os.getpid()))
        code = reap(child)
        time.sleep(LOOK_S)
    late = code is None
    end = time.monotonic() + (0 if late else float(grace))
    while descendants(os.getpid()) and time.monotonic() < end:
        reap(child)
        time.sleep(LOOK_S)
    left = [] if late else [shown(pid) for pid in descendants(os.getpid())]
    while found := descendants(os.getpid()):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        reap(child)
        time.sleep(LOOK_S)
    with open(told, "w", encoding="utf-8") as file:
        json.dump({"code": code, "late": late, "left": left, "started": sorted(started)}, file)
    return 0


def reap(child: int) -> int | None:
    """Collect what has ended; the exit code of `child` where it is among it."""
    code = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


def descendants(pid: int) -> list[int]:
    """The children of a process that still run, and theirs."""
    found = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as listed:
                for child in map(int, listed.read().split()):
                    found += [child, *descendants(child)]
    return found


def shown(pid: int) -> str:
    with suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as line:
        words = line.read().decode(errors="replace").split("\0")
        return f"{pid}: {' '.join(words)[:300]}"
    return str(pid)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
