"""Fuzzes the readers: everything of the product that takes bytes, names or values from outside.

    python tests/fuzz                                      100,000 inputs a reader, fewer of whole processes
    python tests/fuzz --reader notebook --inputs 5000      some of one reader
    python tests/fuzz --reader notebook --seed 7 --inputs 1      the input of seed 7 alone, as a crash is repeated
    python tests/fuzz --reader notebook --extreme lists    one input at a limit of size

A crash is any exception that is not the reader's documented error, more than its memory or 20 s of CPU for one input,
or a result that is not what the reader promises. Each is saved in --crashes with the command that repeats it; the exit
code is then 1.

Half of the inputs are mutants of real samples; the others are built nearly right by hypothesis strategies, or mutants
of those. An input follows from its seed alone. atheris, which guides mutation by coverage, installs and was left out:
its corpus grows with the run, so that no seed repeats an input; what parses here is mostly C, where it sees nothing;
and where it sees, 87,000 of its inputs reached 130 lines of the reader of notebooks, and 3,000 of these 143.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[i]) for i in (0, 2)]

from fuzz_registry import READERS  # noqa: E402 - found by the line above
from fuzz_running import TOLD, Tally, pieces_of, run  # noqa: E402 - as above

MEMORY = Path("/dev/shm")
"""Where files need no disk."""


def main() -> int:
    """The command: exit code 0 when nothing crashed, 1 when something did."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description="Fuzzes the readers.")
    parser.add_argument("--reader", action="append", choices=sorted(READERS), help="only this one; may be repeated")
    parser.add_argument("--inputs", type=int, help="inputs a reader; by default as many as a night allows")
    parser.add_argument("--daily", action="store_true", help="as many inputs as every change is tested with")
    parser.add_argument("--seed", type=int, default=0, help="of the first input; those of the others follow")
    parser.add_argument("--extreme", help="this one input at a limit of size, of the one reader")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--crashes", type=Path, default=Path("fuzz-crashes"), help="the folder that they are saved in")
    options = parser.parse_args()
    readers = [READERS[name] for name in options.reader or READERS]
    pieces = []
    for reader in readers:
        if options.extreme:
            pieces.append((reader, [options.extreme]))
        elif options.inputs == 1:
            pieces.append((reader, [options.seed]))
        else:
            many = options.inputs or (reader.daily if options.daily else reader.nightly)
            extremes = reader.every_day or not options.daily
            pieces += pieces_of(reader, range(options.seed, options.seed + many), extremes=extremes)
    with tempfile.TemporaryDirectory(prefix="grader-fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        tempfile.tempdir = folder  # what readers leave goes with it
        tallies = run(readers, pieces, options.jobs, options.crashes)
    show(list(tallies.values()))
    tell(tallies)
    return 1 if any(tally.crashes for tally in tallies.values()) else 0


def show(tallies: list[Tally]) -> None:
    """The table."""
    print(
        f"{'reader':12} {'inputs':>9} {'refused':>9} {'crashed':>8} {'a second':>9} {'slowest ms':>11} {'peak MiB':>9}"
    )
    for t in tallies:
        speed = t.inputs / t.seconds if t.seconds else 0
        print(
            f"{t.reader:12} {t.inputs:9,} {t.refused:9,} {len(t.crashes):8,} {speed:9,.0f} "
            f"{t.slowest[0] * 1000:11,.1f} {t.peak[0] / (1 << 20):9.1f}   slowest {t.slowest[1]}, largest {t.peak[1]}"
        )


def tell(tallies: dict[str, Tally]) -> None:
    """The first of each kind of crash, with what repeats it."""
    for tally in tallies.values():
        kinds: dict[str, list[str]] = {}
        for crash in tally.crashes:
            kinds.setdefault(crash.what, []).append(crash.command)
        for what, commands in list(kinds.items())[:TOLD]:
            print(f"CRASHED {tally.reader}: {what} ({len(commands)} times)\n    {commands[0]}")


if __name__ == "__main__":
    sys.exit(main())
