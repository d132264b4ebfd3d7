"""The worker in the box: says that it is ready, then serves in one of two ways.

    warm    a fork for each submission (`warm.py`); Linux
    single  one submission, in this process, which the wall kills and replaces; everywhere

Frames go over what were stdin and stdout; the submission finds /dev/null there.
"""

from __future__ import annotations

import abc  # noqa: F401 - imported ahead, with the others that submissions import most
import argparse
import collections  # noqa: F401
import copy  # noqa: F401
import dataclasses  # noqa: F401
import functools  # noqa: F401
import itertools  # noqa: F401
import json
import math  # noqa: F401
import os
import platform
import sys
from typing import TYPE_CHECKING

import numpy as np

from . import limits, python_names, session, wire

if TYPE_CHECKING:
    from . import confine


def main(arguments: list[str]) -> None:
    """Serve until the wall closes the stream."""
    options = _options(arguments)
    incoming, outgoing = _take_stdio()
    python_names.supply()
    ready = wire.encode(wire.Ready(wire.VERSION, platform.python_version(), np.__version__))
    if options.mode == "single":
        _close_stderr()
        session.write_all(outgoing, ready)
        _single(incoming, outgoing)
        return
    from . import warm  # needs what only Linux has

    told = warm.Options(options.scratch, options.confine, options.alone, _domain(options.domain), options.filter)
    server = warm.Warm(incoming, outgoing, told)
    _close_stderr()
    session.write_all(outgoing, ready)
    server.serve()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="worker", allow_abbrev=False)
    parser.add_argument("mode", choices=("warm", "single"))
    parser.add_argument("--scratch", default=".", help="a folder that belongs to this worker (warm)")
    parser.add_argument("--confine", action="store_true", help="Landlock and seccomp for each fork (warm)")
    parser.add_argument("--filter", action="store_true", help="seccomp alone for each fork, inside a container (warm)")
    parser.add_argument("--alone", action="store_true", help="all that can be signalled belongs to this box (warm)")
    parser.add_argument("--domain", help="a JSON file with what the worker may list, read and write (warm)")
    return parser.parse_args(arguments)


def _domain(path: str | None) -> confine.Domain | None:
    from . import confine

    if path is None:
        return None
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    return confine.Domain(tuple(told["lists"]), tuple(told["reads"]), tuple(told["writes"]))


def _take_stdio() -> tuple[int, int]:
    """Move stdin and stdout out of the submission's way; what is left of them leads nowhere."""
    incoming, outgoing = _high(0), _high(1)
    _lead_nowhere(0, 1)
    return incoming, outgoing


def _close_stderr() -> None:
    """From here on the wall hears frames only; until here stderr says why a worker does not start."""
    _lead_nowhere(2)


def _lead_nowhere(*fds: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for fd in fds:
        os.dup2(null, fd)
    os.close(null)


if sys.platform == "win32":

    def _high(fd: int) -> int:
        import msvcrt

        moved = os.dup(fd)
        msvcrt.setmode(moved, os.O_BINARY)
        return moved

else:

    def _high(fd: int) -> int:
        import fcntl

        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)


def _single(incoming: int, outgoing: int) -> None:
    message, _ = wire.read(session.receiver(incoming), "to")
    if not isinstance(message, wire.Start):
        raise SystemExit("a single worker is started before it is asked")
    limits.apply(message, count_processes=True)
    session.write_all(outgoing, wire.encode(wire.Started()))
    session.serve(incoming, outgoing, message)
