"""How time and memory grow with the class: a first run, the same again, and again with one file in 100 changed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import classes

SIZES = (10, 100, 1_000, 10_000)
CHANGED = 100
"""One in so many."""


@dataclass(frozen=True)
class Run:
    """Seconds, and the memory of the largest process in MiB."""

    wall: float
    cpu: float
    peak: float


def grade(folder: Path, out: Path) -> Run:
    """One run of `grade`, in a process that asks what its children took."""
    named = [part for name in classes.ASSIGNMENTS for part in ("-a", name)]
    command = ["grade", str(folder), "--out", str(out), *named, "--sandbox", "sandlock", "--jobs", "2"]
    code = "from benchmarks.growth import timed; timed()"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, check=True, cwd=classes.ROOT, env=environment
    )
    return Run(**json.loads(done.stdout))


def timed() -> None:
    """Run the command that was given and print what it took."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from grader.cli import main; main()", *sys.argv[1:]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter() - began
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}))


def main(*sizes: str) -> None:
    """Print a line for each size of class."""
    print(f"{'students':>8} {'s':>8} {'CPU s':>8} {'CPU ms each':>12} {'MiB':>6} {'again, s':>9} {'1% changed, s':>14}")
    for size in map(int, sizes or SIZES):
        with TemporaryDirectory() as place:
            folder, out = classes.write(Path(place) / "class", size), Path(place) / "out"
            first = grade(folder, out)
            again = grade(folder, out)
            for number in range(0, size, CHANGED):
                path = folder / f"{classes.name(number)}.py"
                path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
            some = grade(folder, out)
        once = f"{size:8} {first.wall:8.1f} {first.cpu:8.1f} {1000 * first.cpu / size:12.1f} {first.peak:6.0f}"
        print(f"{once} {again.wall:9.1f} {some.wall:14.1f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
