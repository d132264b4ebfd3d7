"""Runs readers over many inputs: in forks with limits, so that what hangs, bloats or dies is one crash and no more.

    parent  --fork-->  child: input after input, its number in shared memory before it is read
            <--pipe--  what came of them, when it has read them all, or has died of one

The limits are for each input: address space by RLIMIT_AS, time by RLIMIT_CPU, both on top of what the child has used
before. A child that says nothing for long is killed. What one input takes is its peak of resident memory, which the
kernel counts anew each time.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fuzz_reader import Broken, Reader

CHUNK: Final = 1_000
"""Inputs of one fork."""
SILENT_S: Final = 300.0
"""On the clock, for one input: a reader that waits for something uses no CPU."""
TOLD: Final = 8
"""Different crashes of a reader that are shown."""
KEPT: Final = 20
"""Crashes of one fork that are saved."""

Input = int | str
"""A seed, or the name of an extreme."""


@dataclass(frozen=True)
class Crash:
    """An input that a reader did not survive as it should."""

    reader: str
    input: Input
    what: str
    """In one line; crashes of one line are one defect."""
    trace: str = ""

    @property
    def command(self) -> str:
        """What repeats it."""
        which = f"--seed {self.input} --inputs 1" if isinstance(self.input, int) else f"--extreme {self.input}"
        return f"python tests/fuzz --reader {self.reader} {which}"


@dataclass
class Tally:
    """What came of a reader's inputs."""

    reader: str
    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: tuple[float, Input] = (0.0, 0)
    """Seconds of CPU, and of which input."""
    peak: tuple[int, Input] = (0, 0)
    """Bytes, and of which input."""
    crashes: list[Crash] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count in what came of other inputs."""
        self.inputs += other.inputs
        self.refused += other.refused
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest, key=lambda pair: pair[0])
        self.peak = max(self.peak, other.peak, key=lambda pair: pair[0])
        self.crashes += other.crashes


# --- in a fork --------------------------------------------------------------------------------------------------------


class _Meter:
    """Time and memory of one input, and the limits for it."""

    def __init__(self) -> None:
        self._status = open("/proc/self/status", "rb", buffering=0)  # noqa: SIM115 - open as long as the fork lives
        self._reset = open("/proc/self/clear_refs", "wb", buffering=0)  # noqa: SIM115 - as above
        self._hard = resource.getrlimit(resource.RLIMIT_AS)[1]

    def _memory(self) -> dict[bytes, int]:
        self._status.seek(0)
        found = (line.split() for line in self._status.read().splitlines() if line.startswith(b"Vm"))
        return {words[0]: int(words[1]) << 10 for words in found}

    @contextlib.contextmanager
    def limits(self, memory_mib: int, cpu_s: float) -> Iterator[list[float]]:
        """Gives a list that has seconds and bytes once the block has ended."""
        measured: list[float] = []
        before = self._memory()
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu = int(used.ru_utime + used.ru_stime + cpu_s) + 1
        self._reset.write(b"5")
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (before[b"VmSize:"] + (memory_mib << 20), self._hard))
        began = _cpu()
        try:
            yield measured
        finally:
            seconds = _cpu() - began
            resource.setrlimit(resource.RLIMIT_AS, (self._hard, self._hard))
            measured += [seconds, max(0, self._memory()[b"VmHWM:"] - before[b"VmRSS:"])]


def _cpu() -> float:
    """Seconds of this process and of those that it has waited for: a busy machine makes them no more."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _work(reader: Reader, inputs: Sequence[Input], current: mmap.mmap) -> Tally:
    """Read these inputs. A crash that the process survives is in the tally."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reader.prepare()
    meter = _Meter()
    tally = Tally(reader.name)
    for place, which in enumerate(inputs):
        given = reader.extremes[which]() if isinstance(which, str) else reader.input(which)
        current[:8] = place.to_bytes(8, "big")
        tally.inputs += 1
        memory = reader.extreme_mib if isinstance(which, str) else reader.memory_mib
        try:
            with meter.limits(memory, reader.cpu_s) as measured, warnings.catch_warnings():
                warnings.simplefilter("error" if reader.strict else "ignore")
                tally.refused += not reader.read(given)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a crash
            tally.crashes.append(Crash(reader.name, which, _told(error), _trace(error)))
        tally.seconds += measured[0]
        tally.slowest = max(tally.slowest, (measured[0], which), key=lambda pair: pair[0])
        tally.peak = max(tally.peak, (int(measured[1]), which), key=lambda pair: pair[0])
    return tally


def _told(error: Exception) -> str:
    """What went wrong and in which line of the product: one line for one defect."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}grader{os.sep}" in frame.filename] or frames
    text = f": {' '.join(str(error).split())}," if isinstance(error, Broken) else ""
    return f"{type(error).__name__}{text} in {os.path.basename(ours[-1].filename)}:{ours[-1].lineno}"


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error, limit=-40))[-20_000:]


# --- outside ----------------------------------------------------------------------------------------------------------


@dataclass
class _Child:
    """A fork at work on a piece."""

    reader: Reader
    inputs: Sequence[Input]
    pid: int
    pipe: int
    current: mmap.mmap
    place: int = -1
    since: float = field(default_factory=time.monotonic)
    silent: bool = False

    def look(self) -> None:
        """Kill it when it has been at one input for too long."""
        place = int.from_bytes(self.current[:8], "big")
        if place != self.place:
            self.place, self.since = place, time.monotonic()
        elif time.monotonic() - self.since > SILENT_S:
            self.silent = True
            os.kill(self.pid, signal.SIGKILL)


def _start(reader: Reader, inputs: Sequence[Input]) -> _Child:
    current = mmap.mmap(-1, 8)
    ours, theirs = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return _Child(reader, inputs, pid, ours, current)
    try:
        # A fork whose parent is killed ends too.
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
        os.close(ours)
        found: Any
        try:
            found = _work(reader, inputs, current)
        except BaseException as error:  # noqa: BLE001 - what the fuzzer itself has broken
            found = f"the fuzzer itself broke:\n{''.join(traceback.format_exception(error))}"
        with os.fdopen(theirs, "wb") as pipe:
            pickle.dump(found, pipe)
    finally:
        os._exit(0)


def _end(child: _Child) -> tuple[Tally, Sequence[Input]]:
    """What came of a fork's inputs, and those that are left where it died of one."""
    with os.fdopen(child.pipe, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child.pid, 0)
    place = int.from_bytes(child.current[:8], "big")
    child.current.close()
    if said:
        found = pickle.loads(said)
        if isinstance(found, str):
            raise RuntimeError(found)
        return found, ()
    code = os.waitstatus_to_exitcode(status)
    died = f"the process was killed by {signal.Signals(-code).name}" if code < 0 else f"the process exited with {code}"
    if code == -signal.SIGXCPU:
        died = f"takes more than {child.reader.cpu_s:g} s"
    if child.silent:
        died = f"says nothing for {SILENT_S:g} s"
    # What it had done before is not known, and is done again in smaller pieces.
    crash = Crash(child.reader.name, child.inputs[place], died)
    return Tally(child.reader.name, 1, crashes=[crash]), [*child.inputs[:place], *child.inputs[place + 1 :]]


def run(
    readers: Sequence[Reader], pieces: Sequence[tuple[Reader, Sequence[Input]]], jobs: int, crashes: Path
) -> dict[str, Tally]:
    """The tallies of all pieces by reader, worked on by so many forks at once; a line now and then.

    Crashes are saved as they are met, so that a run that is cut short has not been for nothing.
    """
    tallies = {reader.name: Tally(reader.name) for reader in readers}
    todo = list(reversed(pieces))
    total = sum(len(inputs) for _, inputs in pieces)
    children: dict[int, _Child] = {}
    began = said = time.monotonic()
    while todo or children:
        while todo and len(children) < jobs:
            todo[-1][0].warm_up()
            child = _start(*todo.pop())
            children[child.pipe] = child
        for pipe in select.select(list(children), [], [], 1.0)[0]:
            child = children.pop(pipe)
            tally, left = _end(child)
            tallies[child.reader.name].add(tally)
            for crash in tally.crashes[:KEPT]:
                save(crash, child.reader, crashes)
            if left:
                todo.append((child.reader, left))
        for child in children.values():
            child.look()
        if time.monotonic() - said > 10:
            said = time.monotonic()
            done = sum(tally.inputs for tally in tallies.values())
            at = ", ".join(sorted({child.reader.name for child in children.values()}))
            found = sum(len(tally.crashes) for tally in tallies.values())
            print(
                f"{done:,} of {total:,} in {said - began:.0f} s, {found} crashed; now {at}", file=sys.stderr, flush=True
            )
    return tallies


def pieces_of(reader: Reader, seeds: range, *, extremes: bool = True) -> Iterator[tuple[Reader, Sequence[Input]]]:
    """A reader's extremes and seeds, a fork's worth at a time."""
    # One that hangs takes only itself along.
    if extremes:
        yield from ((reader, [name]) for name in reader.extremes)
    # In short runs a piece for each process; a slow reader's pieces are short, so that both are at work to the end.
    size = max(1, min(CHUNK, len(seeds), max(1, reader.nightly // 100)))
    for first in range(0, len(seeds), size):
        yield reader, seeds[first : first + size]


def save(crash: Crash, reader: Reader, folder: Path) -> None:
    """Keep a crash: what it is, how to repeat it, and the input."""
    folder.mkdir(parents=True, exist_ok=True)
    given = reader.extremes[crash.input]() if isinstance(crash.input, str) else reader.input(crash.input)
    data = given if isinstance(given, bytes) else repr(given).encode("utf-8", "backslashreplace")
    stem = f"{crash.reader}-{crash.input}"
    (folder / f"{stem}.input").write_bytes(data)
    text = f"{crash.what}\n{crash.command}\n\n{crash.trace}"
    (folder / f"{stem}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")
