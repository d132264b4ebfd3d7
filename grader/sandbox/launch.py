"""Starts the process of the plain wall.

It needs neither numpy nor msgspec, which take longer than all else: a self-check starts the process first, and imports
them while that does the same.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from grader.errors import WallError
from grader.sandbox import scratch

_START: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py")
# What a Python needs of the environment to start, here and there.
_INHERITED: Final = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True)
class Launched:
    """A process under way, and the folder that it works in."""

    process: subprocess.Popen[bytes]
    folder: str

    def end(self) -> None:
        """Kill it with all that it started, and remove its folder; more than once is fine."""
        process = self.process
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        with contextlib.suppress(FileNotFoundError):
            scratch.remove(self.folder)


def launch(user: int | None = None) -> Launched:
    """A process that becomes a worker; as `user`, which only root can give. Raises WallError without its libraries."""
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
    return Launched(process, folder)


def libraries() -> str:
    """The folders that hold numpy and msgspec, as `start.py` takes them."""
    return os.pathsep.join(dict.fromkeys(os.path.dirname(package_folder(name)) for name in ("numpy", "msgspec")))


def package_folder(name: str) -> str:
    """The folder of an installed package."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise WallError(f"{name} has no folder here: install it again")
    return os.path.dirname(os.path.realpath(spec.origin))
