"""`grader check` of one file against `python -c "import numpy"`: it imports numpy twice, in itself and for the file."""

from __future__ import annotations

import sys

from benchmarks.classes import ROOT
from benchmarks.measure import Cost, Figure, in_turn, run

RUNS = 15
FILE = ROOT / "tests" / "zoo" / "softmax" / "right_rows.py"


def numpy() -> Cost:
    """Python and numpy."""
    return run(sys.executable, "-c", "import numpy")


def check() -> Cost:
    """A right softmax, checked."""
    return run(sys.executable, "-c", "from grader.cli import main; main()", "check", FILE, "--seed", 1, cwd=ROOT)


def measure() -> tuple[Figure, Figure]:
    """Seconds of wall-clock time of both."""
    bare, checked = in_turn(RUNS, lambda: numpy().wall, lambda: check().wall)
    return bare, checked


def main() -> None:
    """Print both, and their ratio."""
    bare, checked = measure()
    print(f"import numpy     {bare} s")
    print(f"grader check     {checked} s")
    print(f"ratio            {checked.over(bare)}")


if __name__ == "__main__":
    main()
