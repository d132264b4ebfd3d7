"""How often the checks are wrong: right solutions over a million cases, and slightly wrong ones that must not pass.

    make soak                       a million cases; some ten minutes of two cores
    make soak CASES=100000

Counted as a case is one set of inputs at which one check judges one function of one file: a call of a forward, a call
of a backward, an experiment. Right are all `right_*` files of the zoo, float32, lists and numerical differentiation
among them. Beside what the specs draw, single rows and columns and their extremes among it, the arrays of pairs are drawn a million
times smaller and, where nothing overflows, a thousand times larger: in every fifth piece each.

Slightly wrong are those of them that compute in float64, with one function spoilt in one of three ways:

- off: one entry of what it returns is wrong by 1e-4 of itself
- missing: one entry is zero
- rare: as `off`, but only for one call in a hundred, picked by its arguments

Spoilt is the entry of the largest magnitude: an entry that is next to nothing beside its array may be off by as much as
its array's rounding. `off` and `missing` must be caught at every seed. A run judges a function at 5 to 10 cases, so that
it meets a rare fault about once in ten runs, and no grader that asks so few questions can do better; so `rare` is asked
at as many seeds as make 1,500 cases, must be caught at one of them at least, and the share of runs that catch it is
printed.
"""

from __future__ import annotations

import argparse
import inspect
import multiprocessing
import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from grader import numeric, validate
from grader.assignment import Experiments, Pair, Part
from grader.checks import Check, case
from grader.errors import AssignmentError
from grader.sandbox import wire
from grader.submission import SourceFile
from grader.validation import ground as grounds
from grader.validation.asking import PATIENT, Told, asked
from grader.validation.equivalence import judged_keys
from grader.validation.ground import Animal, Ground

FROM_SEED: Final = 10_000
CHUNK: Final = 25
"""Seeds in one piece of work."""
RARE_CASES: Final = 1_500
"""At one wrong call in a hundred, so many cases miss it with a chance of 3 in 10 million."""
EVERY_SEEDS: Final = 3
SIZES: Final = (1.0, 1.0, 1e-6, 1.0, 1e3)
"""By piece: what the arrays of pairs are multiplied by."""
POLYNOMIAL: Final = frozenset(
    {"matmul", "conv1d", "max_pool1d", "global_average_pool1d", "mse", "relu", "leaky_relu", "l2"}
)
"""Pairs that are legal at any size: an exponential of 1,500 is not asked of everybody."""
KINDS: Final = ("off", "missing", "rare")


# --- right solutions --------------------------------------------------------------------------------------------------


@dataclass
class Soaked:
    """What came of the right solutions of an assignment."""

    assignment: str
    files: int = 0
    cases: int = 0
    failed: int = 0
    worst: float = 0.0
    """The largest error of an entry as a share of what it may be off by."""
    worst_by: str = ""
    told: list[str] = field(default_factory=list)
    """The first failures."""

    def add(self, other: Soaked) -> None:
        """Count in other seeds of the same files."""
        self.files = max(self.files, other.files)
        self.cases += other.cases
        self.failed += other.failed
        if other.worst > self.worst:
            self.worst, self.worst_by = other.worst, other.worst_by
        self.told = (self.told + other.told)[:5]


class Meter:
    """Measures what `Case.right` compares: the largest error as a share of the tolerance."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._agrees: Callable[..., Any] = case.agrees

    def __enter__(self) -> Meter:
        case.agrees = self._measured
        return self

    def __exit__(self, *exc: object) -> None:
        case.agrees = self._agrees

    def _measured(self, got: Any, expected: Any, scale: float, *, coarse: bool = False) -> Any:
        with np.errstate(all="ignore"):
            off = np.abs(got - expected)
            share = np.where(off == 0.0, 0.0, off / numeric.tolerance(expected, scale, coarse=coarse))
        self.worst = max(self.worst, float(np.nan_to_num(share, nan=np.inf).max(initial=0.0)))
        return self._agrees(got, expected, scale, coarse=coarse)


def soak(name: str, seeds: range, size: float = 1.0) -> Soaked:
    """Judge all right files of an assignment at these seeds, at inputs of this size."""
    ground = grounds.load(name, None)
    parts = tuple(sized(part, size) for part in ground.assignment.parts)
    ground = replace(ground, assignment=replace(ground.assignment, parts=parts))
    animals = [animal for animal in ground.animals if animal.kind == "right"]
    found = Soaked(name, len(animals))
    with validate.wall(PATIENT) as wall, ExitStack() as stack:
        files = [(a.path.name, stack.enter_context(asked(ground.read(a.path), wall))) for a in animals]
        for seed in seeds:
            prepared = replace(ground, _prepared={}).prepared(seed)
            cases = sum(cases_of(check) for check in prepared.checks)
            for file, box in files:
                with Meter() as meter:
                    told = box.judge(prepared)
                found.cases += cases
                if told.loses or told.verdicts:
                    found.failed += max(1, len(told.verdicts))
                    found.told.append(f"{name}/{file} at seed {seed}, size {size:g}: {told.verdicts or told.score}")
                if meter.worst > found.worst:
                    found.worst, found.worst_by = meter.worst, file
    return found


def sized(part: Part, size: float) -> Part:
    """A pair whose arrays are so many times as large; anything else as it is."""
    if not isinstance(part, Pair) or (size > 1.0 and part.name not in POLYNOMIAL):
        return part
    draw = part.cases
    return replace(part, cases=lambda rng: [tuple(_times(value, size) for value in inputs) for inputs in draw(rng)])


def _times(value: Any, size: float) -> Any:
    """Arrays that hold more than whole numbers: labels and masks stay, and so do plain numbers, which are settings."""
    if isinstance(value, list | tuple):
        return type(value)(_times(item, size) for item in value)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and (value != np.round(value)).any():
        return value * size
    return value


def cases_of(check: Check) -> int:
    """How many cases a check judges in a right solution, of which no gradcheck is asked."""
    if check.rows[0].check == "gradcheck":
        return 0
    for many in ("cases", "experiments", "pair"):
        if hasattr(check, many):
            return len(getattr(check, many))
    return 1


# --- slightly wrong solutions -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """What came of one spoilt function."""

    assignment: str
    function: str
    kind: str
    runs: int
    caught: int

    @property
    def passed(self) -> bool:
        """Whether it got by: a rare fault at all seeds, another at any."""
        return self.caught == 0 if self.kind == "rare" else self.caught < self.runs


def _planted(function, kind, keys):  # type: ignore[no-untyped-def]  # its source goes into a submission
    import zlib

    import numpy as np

    def leaves(value):
        if isinstance(value, dict):
            return [leaf for key in sorted(value) if key in keys for leaf in leaves(value[key])]
        if isinstance(value, (tuple, list)):
            return [leaf for item in value for leaf in leaves(item)]
        number = isinstance(value, (float, np.floating)) or getattr(getattr(value, "dtype", None), "kind", "") == "f"
        return [value] if number else []

    def told(arguments):
        whole = [np.ascontiguousarray(leaf).tobytes() for leaf in leaves(arguments)]
        return zlib.crc32(b"".join(whole))

    def spoilt(value):
        array = np.array(value, dtype=float)
        at = np.unravel_index(int(np.argmax(np.abs(array))), array.shape) if array.ndim else ()
        array[at] = 0.0 if kind == "missing" else array[at] * (1 + 1e-4)
        return array if array.ndim else float(array)

    def put(value, old, new):
        if value is old:
            return new
        if isinstance(value, dict):
            return {key: put(item, old, new) for key, item in value.items()}
        if type(value) in (tuple, list):
            return type(value)(put(item, old, new) for item in value)
        return value

    def planted(*arguments):
        result = function(*arguments)
        if kind == "rare" and told(arguments) % 100:
            return result
        # Of a forward the output alone, which comes first: its cache is its own.
        found = leaves(result[:1] if isinstance(result, tuple) and planted.paired else result)
        old = max(found, key=lambda leaf: np.max(np.abs(leaf), initial=0.0))
        if not planted.paired:
            return put(result, old, spoilt(old))
        return (spoilt(old), *result[1:])

    return planted


def spoil(file: SourceFile, function: str, kind: str, keys: frozenset[str], *, paired: bool) -> SourceFile:
    """A right file with one of its functions spoilt."""
    lines = (
        file.cells[0].source,
        textwrap.dedent(inspect.getsource(_planted)),
        f"{function} = _planted({function}, {kind!r}, {set(keys)!r})",
        f"{function}.paired = {paired}",
    )
    return replace(file, cells=(wire.Cell(file.cells[0].name, "\n".join(lines) + "\n"),))


def plant(name: str, path: str, function: str, kind: str) -> Planted:
    """Judge a right file with one function spoilt."""
    ground = grounds.load(name, None)
    paired = function in paired_functions(ground)
    (animal,) = (a for a in ground.animals if a.path.name == path)
    file = spoil(ground.read(animal.path), function, kind, judged_keys(ground.assignment), paired=paired)
    runs = caught = 0
    with validate.wall(PATIENT) as wall, asked(file, wall) as box:
        for seed in range(FROM_SEED, FROM_SEED + seeds_for(ground, function, kind)):
            told: Told = box.judge(replace(ground, _prepared={}).prepared(seed, {function}))
            runs += 1
            caught += told.loses
    return Planted(name, function, kind, runs, caught)


def seeds_for(ground: Ground, function: str, kind: str) -> int:
    """How many seeds a kind of fault is asked at."""
    if kind != "rare":
        return EVERY_SEEDS
    checks = ground.prepared(grounds.FIRST, {function}).checks
    cases = sum(cases_of(check) for check in checks if check.rows[0].function == function)
    return -(-RARE_CASES // max(1, cases))


def paired_functions(ground: Ground) -> set[str]:
    """The functions that return a cache after their output."""
    found = set()
    for part in ground.assignment.parts:
        forward = getattr(part, "forward", None)
        found |= {forward} if forward else set()
        if getattr(part, "cached", False):
            found.add(part.name)
        if isinstance(part, Experiments):
            found |= {function for function in part.functions if "forward" in function}
    return found


def plantable(ground: Ground) -> tuple[Animal, list[str]] | None:
    """The plainest right file, and the functions of it that can be spoilt: not a class, nor what no check judges.

    A file that computes in float32 may be off by more than the fault.
    """
    functions = [f for f in ground.assignment.functions if f.isidentifier() and f[:1].islower()]
    ranked = []
    for animal in ground.animals:
        if animal.kind == "right" and animal.path.suffix == ".py" and "float32" not in animal.path.read_text():
            with validate.wall(PATIENT) as wall, asked(ground.read(animal.path), wall) as box:
                told = box.judge(ground.prepared(grounds.FIRST))
            if not told.loses:
                ranked.append((told.remarked, animal.path.name, animal))
    return (min(ranked)[2], functions) if ranked and functions else None


# --- all of it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A piece of work: seeds of right solutions, or one spoilt function."""

    name: str
    seeds: range = range(0)
    size: float = 1.0
    path: str = ""
    function: str = ""
    kind: str = ""


def work(piece: Piece) -> Soaked | Planted:
    """Do one piece."""
    if piece.function:
        return plant(piece.name, piece.path, piece.function, piece.kind)
    return soak(piece.name, piece.seeds, piece.size)


def pieces(names: Sequence[str], cases: int) -> Iterator[Piece]:
    """So many seeds of each assignment that all of them together make `cases`; and what is planted."""
    per_seed, planted = 0, []
    for name in names:
        ground = grounds.load(name, None)
        rights = sum(animal.kind == "right" for animal in ground.animals)
        per_seed += rights * sum(cases_of(check) for check in ground.prepared(grounds.FIRST).checks)
        found = plantable(ground)
        if found:
            planted += [Piece(name, path=found[0].path.name, function=f, kind=k) for f in found[1] for k in KINDS]
    seeds = -(-cases // max(1, per_seed))
    yield from planted
    for i, first in enumerate(range(0, seeds, CHUNK)):
        for name in names:
            span = range(FROM_SEED + first, FROM_SEED + min(first + CHUNK, seeds))
            yield Piece(name, span, SIZES[i % len(SIZES)])


def run(names: Sequence[str], cases: int, jobs: int, console: Console) -> bool:
    """Everything, with a line now and then; whether all is as it must be."""
    todo = list(pieces(names, cases))
    soaked = {name: Soaked(name) for name in names}
    planted: list[Planted] = []
    said = began = time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        pieces_by_future = {pool.submit(work, piece): piece for piece in todo}
        for done, future in enumerate(as_completed(pieces_by_future), 1):
            result = _told(pieces_by_future[future], future)
            if isinstance(result, Planted):
                planted.append(result)
            else:
                soaked[result.assignment].add(result)
            if time.monotonic() - said > 10:
                said = time.monotonic()
                share = done / len(todo)
                console.print(f"{share:.0%}, {(said - began) * (1 - share) / share:.0f} s left", highlight=False)
    show(list(soaked.values()), planted, console)
    return not any(s.failed for s in soaked.values()) and not any(p.passed for p in planted)


def _told(piece: Piece, future: Future[Soaked | Planted]) -> Soaked | Planted:
    """What came of a piece; a seed at which the cases can't even be drawn is a failure like any other."""
    try:
        return future.result()
    except AssignmentError as error:
        return Soaked(piece.name, failed=1, told=[f"{piece.name} at seeds {piece.seeds}: {error}"])


def show(soaked: Sequence[Soaked], planted: Sequence[Planted], console: Console) -> None:
    """Two tables, and what is not as it must be."""
    right = Table("assignment", title="right solutions", box=None, padding=(0, 1, 0, 0), show_footer=True)
    total = Soaked("all")
    for s in soaked:
        total.add(s)
    for heading, footer in (
        ("files", str(sum(s.files for s in soaked))),
        ("cases", f"{total.cases:,}"),
        ("failed", str(total.failed)),
        ("largest error / tolerance", f"{total.worst:.2g}"),
    ):
        right.add_column(heading, footer, justify="right")
    right.add_column("by")
    for s in soaked:
        right.add_row(s.assignment, str(s.files), f"{s.cases:,}", str(s.failed), f"{s.worst:.2g}", s.worst_by)
    console.print(right)
    wrong = Table("planted fault", title="slightly wrong solutions", box=None, padding=(0, 1, 0, 0))
    for heading in ("functions", "runs", "runs that caught it", "passed"):
        wrong.add_column(heading, justify="right")
    for kind in KINDS:
        mine = [p for p in planted if p.kind == kind]
        runs, caught = sum(p.runs for p in mine), sum(p.caught for p in mine)
        wrong.add_row(kind, str(len(mine)), str(runs), f"{caught / max(1, runs):.1%}", str(sum(p.passed for p in mine)))
    console.print(wrong)
    for s in soaked:
        for text in s.told:
            console.print(f"FAILED {text}", markup=False, highlight=False)
    for p in planted:
        if p.passed:
            text = f"PASSED {p.assignment}: {p.function}, {p.kind}: caught in {p.caught} of {p.runs} runs"
            console.print(text, markup=False, highlight=False)


def main() -> int:
    """The command: exit code 0 when nothing right failed and nothing wrong passed."""
    parser = argparse.ArgumentParser(description="Right solutions over many cases, and slightly wrong ones.")
    parser.add_argument("names", nargs="*", help="assignments; all if none is named")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    names = grounds.names(options.names, None)
    return 0 if run(names, options.cases, options.jobs, Console()) else 1


if __name__ == "__main__":
    sys.exit(main())
