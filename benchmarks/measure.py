"""Commands timed as whole processes, and figures from several runs."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNS = 5


@dataclass(frozen=True)
class Cost:
    """Seconds of wall-clock time and of CPU time, with those of every process that was started and waited for."""

    wall: float
    cpu: float


def run(*command: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command. Raises CalledProcessError, with what it said, where it fails."""
    return together([command], cwd=cwd, env=env)


def together(
    commands: Sequence[Sequence[object]], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Cost:
    """Run commands beside each other, until the last has ended."""
    # Without this, a checkout's own modules are compiled anew in each process, which no installed command is.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = _children(), time.perf_counter()
    with tempfile.TemporaryFile() as said:
        running = [
            subprocess.Popen(
                list(map(str, command)), cwd=cwd, env={**environment, **(env or {})}, stdout=said, stderr=said
            )
            for command in commands
        ]
        codes = [process.wait() for process in running]
        cost = Cost(time.perf_counter() - began, _children() - before)
        if any(codes):
            said.seek(0)
            raise subprocess.CalledProcessError(max(codes), str(commands[0]), said.read()[-4000:])
    return cost


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Figure:
    """What several runs gave."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median:.3g} ({low:.3g} to {high:.3g})"

    def over(self, other: Figure) -> Figure:
        """The ratio, run by run: both were measured in turn, so that what slows the machine slows both."""
        return Figure(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))


def in_turn(runs: int, *measures: Callable[[], float]) -> list[Figure]:
    """Each of `measures`, one after the other, so many times; a first time that does not count warms what there is."""
    for measure in measures:
        measure()
    found = [[measure() for measure in measures] for _ in range(runs)]
    return [Figure(values) for values in zip(*found, strict=True)]
