"""The floor: what the same calls on the same submissions cost where nothing is in the way.

The questions that a class is asked are kept, with their inputs, while it is graded once. The floor then forks a process
with numpy warm for each submission, which runs its source, makes the same calls with the same arrays, and leaves: no
wall, no frames, no judging. Whoever makes these calls in a process of their own for each submission can't be faster.

`python -m benchmarks.floor CLASS` prints what that costs, as JSON, for each number of jobs that it reads; without a
class, `grade` is measured beside it.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks import classes
from benchmarks.classes import ASSIGNMENTS
from benchmarks.measure import RUNS, Cost, Figure, in_turn, run
from grader import course, grading
from grader.catalogue import BUILT_IN
from grader.sandbox import Limits, wire
from grader.sandbox.sandlock_wall import SandlockWall
from grader.sandbox.values import decode
from grader.submission import find

SEED: Final = 1
COUNT: Final = 500
GRADER: Final = (sys.executable, "-c", "from grader.cli import main; main()")
Argument = Callable[[Sequence[Any]], Any]
"""Gives an argument from what earlier calls returned."""


@dataclass
class Asked:
    """One submission's source, and the calls of each question that it was asked."""

    source: str = ""
    questions: list[list[tuple[str, tuple[Argument, ...]]]] = field(default_factory=list)


class Keeping:
    """A wall that keeps what is asked through it."""

    def __init__(self, wall: SandlockWall) -> None:
        self.wall, self.name = wall, wall.name
        self.asked: list[Asked] = []
        self.known: dict[bytes, list[tuple[str, tuple[Argument, ...]]]] = {}
        """Questions that were asked before: a floor that held each student's by itself would be slow to fork."""

    def open(self) -> Any:
        """A box that keeps what it is asked."""
        kept = Asked()
        self.asked.append(kept)
        box = self.wall.open()
        load, ask = box.load, box.ask

        def loading(cells: tuple[wire.Cell, ...], **how: Any) -> wire.Loaded:
            kept.source = "\n".join(cell.source for cell in cells)
            return load(cells, **how)

        def asking(question: wire.Ask, payload: wire.Payload) -> tuple[wire.Answer, bytes]:
            sent = b"".join(bytes(chunk) for chunk in payload.chunks)
            key = msgspec.msgpack.encode(question.calls) + sent
            if key not in self.known:
                self.known[key] = [(c.function, tuple(_argument(v, sent) for v in c.arguments)) for c in question.calls]
            kept.questions.append(self.known[key])
            return ask(question, payload)

        box.load, box.ask = loading, asking  # type: ignore[method-assign]
        return box


def _argument(value: wire.Value, sent: bytes) -> Argument:
    if isinstance(value, wire.Ref):
        return lambda results: decode(value, b"", results)
    made = decode(value, sent, [])
    return lambda _: made


def keep(folder: Path) -> list[Asked]:
    """What each submission of a class is asked when it is graded."""
    prepared = course.prepare_all(ASSIGNMENTS, SEED)
    with SandlockWall(Limits()) as wall:
        kept = Keeping(wall)
        for located in find(folder, BUILT_IN.names()).students:
            grading.grade(located.read(), kept, prepared, SEED)  # type: ignore[arg-type]
    return kept.asked


def answer(asked: Asked) -> None:
    """Run a source and make its calls. What raises has given nothing."""
    names: dict[str, Any] = {wire.SAME: lambda value: value, "__name__": "submission"}
    with suppress(Exception):
        exec(compile(asked.source, "submission", "exec"), names)  # noqa: S102 - these are the project's own
    for calls in asked.questions:
        results: list[Any] = []
        for function, arguments in calls:
            result = None
            with suppress(Exception):
                result = names[function](*[argument(results) for argument in arguments])
            results.append(result)


def costs(asked: Sequence[Asked], jobs: int) -> dict[str, float]:
    """CPU and wall seconds for all, so many at a time."""
    gc.collect()
    gc.freeze()
    before, began, living = _cpu(), time.perf_counter(), 0
    for each in asked:
        if living == jobs:
            os.wait()
            living -= 1
        if os.fork() == 0:
            try:
                answer(each)
            finally:
                os._exit(0)
        living += 1
    for _ in range(living):
        os.wait()
    return {"cpu": _cpu() - before, "wall": time.perf_counter() - began}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def print_costs(folder: str) -> None:
    """For each number of jobs that is read, a line with what a class costs, as JSON: in a process that does no more."""
    asked = keep(Path(folder))
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    null = os.open(os.devnull, os.O_WRONLY)
    out = os.dup(1)
    os.dup2(null, 1)  # what submissions print
    for jobs in sys.stdin:
        os.write(out, json.dumps(costs(asked, int(jobs))).encode() + b"\n")


@contextmanager
def floor(folder: Path) -> Iterator[Callable[[int], dict[str, float]]]:
    """Gives what the floor of a class costs with so many jobs."""
    command = [sys.executable, "-m", "benchmarks.floor", str(folder)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=classes.ROOT, env=environment
    ) as process:

        def costs(jobs: int) -> dict[str, float]:
            process.stdin.write(f"{jobs}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())  # type: ignore[no-any-return, union-attr]

        yield costs


def measure(count: int = COUNT) -> dict[str, Figure]:
    """`grade` over the floor: CPU time with one job, wall-clock time with two."""
    with TemporaryDirectory() as place, floor(classes.write(Path(place) / "class", count)) as floored:
        named = [part for name in ASSIGNMENTS for part in ("-a", name)]

        def graded(jobs: int) -> Cost:
            shutil.rmtree(Path(place) / "out", ignore_errors=True)
            command = [*GRADER, "grade", Path(place) / "class", "--out", Path(place) / "out", *named]
            command += ["--sandbox", "sandlock", "--jobs", jobs, "--seed", SEED]
            return run(*command, cwd=classes.ROOT)

        measures = (
            lambda: floored(1)["cpu"],
            lambda: graded(1).cpu,
            lambda: floored(2)["wall"],
            lambda: graded(2).wall,
        )
        floor_cpu, grade_cpu, floor_wall, grade_wall = in_turn(RUNS, *measures)
    return {
        "floor, CPU s": floor_cpu,
        "grade, CPU s": grade_cpu,
        "ratio of CPU": grade_cpu.over(floor_cpu),
        "floor, s with 2 jobs": floor_wall,
        "grade, s with 2 jobs": grade_wall,
        "ratio of wall-clock time": grade_wall.over(floor_wall),
    }


def main() -> None:
    """Print all figures."""
    for name, figure in measure().items():
        print(f"{name:26} {figure}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print_costs(*sys.argv[1:])
    else:
        main()
