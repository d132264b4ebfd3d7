"""Grades a class: processes that grade beside each other, one journal that they all end in.

Each grading process puts up one wall and prepares the assignments once; submissions travel to it as places and come back
as results. The journal is written by this process alone.
"""

from __future__ import annotations

import multiprocessing
import secrets
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from typing import Final, Protocol

from grader import course, grading
from grader.errors import MachineError, WallError
from grader.grading import Graded, Handed, Prepared
from grader.sandbox import Limits, Wall
from grader.sandbox.choice import factory
from grader.store import Journal
from grader.submission import Located

AHEAD: Final = 3
"""Submissions handed to each process beyond the one that it grades."""
FLUSH: Final = 64
FLUSH_S: Final = 0.5
"""The journal is written after so many submissions or seconds: what a crash can cost."""
TRIES: Final = 2
"""How often a submission whose grading process died is tried again in a process of its own."""


@dataclass(frozen=True)
class Plan:
    """Everything that a grading process needs to know of a run."""

    assignments: tuple[str, ...]
    seed: int
    wall: str
    runtime: str | None
    limits: Limits
    jobs: int

    @property
    def settings(self) -> tuple[str, ...]:
        """What results depend on beside the submission and the assignments."""
        limits = self.limits
        return (f"seed={self.seed}", f"limits={limits}", f"assignments={','.join(self.assignments)}")


@dataclass(frozen=True)
class Unchanged:
    """A submission that the journal holds already."""

    student: str


Done = tuple[str, Graded] | Unchanged


class Watcher(Protocol):
    """Is told how far a run is."""

    def advance(self, student: str, *, graded: bool, failed: bool) -> None:
        """One more submission is through."""
        ...


@dataclass
class Tally:
    """What a run did."""

    graded: int = 0
    unchanged: int = 0
    failed: int = 0
    stopped: bool = False
    seconds: float = 0.0
    changed: list[str] = field(default_factory=list)
    """The students whose results are new."""
    reason: str = ""
    """Why the last one that could not be graded could not."""


def draw_seed() -> int:
    """A fresh seed."""
    return secrets.randbits(31)


def run(plan: Plan, students: Sequence[Located], journal: Journal, watcher: Watcher) -> Tally:
    """Grade what the journal does not hold yet. Raises StoreError when the journal can't be written.

    A first interrupt (^C) lets what is in hand be finished and stops; a second one drops it.
    """
    tally, started = Tally(), time.perf_counter()
    known = journal.done()
    buffer = _Buffer(journal)
    stop = _Interrupts()
    with stop, _Pool(plan, known) as pool:
        for done in pool.grade(students, stop):
            match done:
                case Unchanged(student):
                    tally.unchanged += 1
                    watcher.advance(student, graded=False, failed=False)
                case (digest, graded):
                    buffer.add(digest, graded)
                    failure = graded.handed.failure
                    tally.changed.append(graded.handed.student)
                    tally.graded += not failure
                    tally.failed += bool(failure)
                    tally.reason = failure or tally.reason
                    watcher.advance(graded.handed.student, graded=not failure, failed=bool(failure))
        buffer.flush()
    tally.stopped = stop.asked
    tally.seconds = time.perf_counter() - started
    return tally


class _Buffer:
    """Gathers results so that the journal is written in batches."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.waiting: list[tuple[str, Graded]] = []
        self.since = time.monotonic()

    def add(self, digest: str, graded: Graded) -> None:
        self.waiting.append((digest, graded))
        if len(self.waiting) >= FLUSH or time.monotonic() - self.since >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        self.journal.add(self.waiting)
        self.waiting = []
        self.since = time.monotonic()


class _Interrupts:
    """Turns the first ^C into a wish to stop; the second raises KeyboardInterrupt as usual."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Callable[..., object] | int | None = None

    def __enter__(self) -> _Interrupts:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exc: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, _number: int, _frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


# --- processes --------------------------------------------------------------------------------------------------------


class _Pool:
    """Grading processes. One that dies (the machine's memory, a signal) costs no student anything: what it had in hand
    is tried again, alone."""

    def __init__(self, plan: Plan, known: dict[str, str]) -> None:
        self.plan = plan
        self.known = known
        self.executor = self._start(plan.jobs)

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            for process in list((self.executor._processes or {}).values()):
                process.terminate()
        self.executor.shutdown(wait=True, cancel_futures=True)

    def _start(self, jobs: int) -> ProcessPoolExecutor:
        # Spawned, not forked: this process has threads, and a child shall inherit nothing of it.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_set_up, initargs=(self.plan,))

    def grade(self, students: Iterable[Located], stop: _Interrupts) -> Iterator[Done]:
        """Results as they come, until there are none or a stop is asked for."""
        todo = iter(students)
        running: dict[Future[Done], Located] = {}
        lost: list[Located] = []
        while True:
            while len(running) < self.plan.jobs * (1 + AHEAD) and not stop.asked and (located := next(todo, None)):
                running[self._submit(located, lost)] = located
            if not running:
                break
            ready, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in ready:
                located = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.append(located)
            if lost and not running:
                yield from self._again(lost)
                lost.clear()
        yield from self._again(lost)

    def _submit(self, located: Located, lost: list[Located]) -> Future[Done]:
        try:
            return self.executor.submit(_grade, located, self.known.get(located.student))
        except BrokenProcessPool:
            failed: Future[Done] = Future()
            failed.set_exception(BrokenProcessPool())
            return failed

    def _again(self, lost: Sequence[Located]) -> Iterator[Done]:
        """Each submission that a dead process had in hand, in a process of its own."""
        for located in lost:
            for attempt in range(TRIES):
                self.executor.shutdown(wait=False, cancel_futures=True)
                self.executor = self._start(1)
                try:
                    yield self.executor.submit(_grade, located, None).result()
                    break
                except BrokenProcessPool:
                    if attempt + 1 == TRIES:
                        reason = "the process that graded it died again and again: is the machine short of memory?"
                        yield "", Graded(Handed(located.student, [], [], failure=reason), [])
        if lost:
            self.executor.shutdown(wait=False, cancel_futures=True)
            self.executor = self._start(self.plan.jobs)


class _Worker:
    """What a grading process keeps: its wall, and the prepared assignments."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.course: dict[str, Prepared] = course.prepare_all(plan.assignments, plan.seed)
        self.settings = (*plan.settings, *(f"{n}={p.fingerprint}" for n, p in self.course.items()))
        self.wall: Wall | None = None
        self.stack = ExitStack()

    def open(self) -> Wall:
        """The wall, put up again after it broke."""
        if self.wall is None:
            wall = factory(self.plan.wall, self.plan.runtime)(self.plan.limits, 1)
            self.wall = self.stack.enter_context(wall)
        return self.wall

    def grade(self, located: Located, known: str | None) -> Done:
        """One submission, unless the journal has it."""
        try:
            submission = located.read()
        except MachineError as error:
            return "", Graded(Handed(located.student, [], [], failure=str(error)), [])
        digest = grading.digest(submission, *self.settings)
        if digest == known:
            return Unchanged(located.student)
        try:
            return digest, grading.grade(submission, self.open(), self.course, self.plan.seed)
        except WallError as error:
            self.close()
            return digest, Graded(grading.handed(submission, failure=str(error)), [])
        except Exception as error:
            # Our own bug must not pass for the student's, nor end the batch.
            text = f"the grader failed: {type(error).__name__}: {error}; please report it"
            return digest, Graded(grading.handed(submission, failure=text), [])

    def close(self) -> None:
        """Take the wall down."""
        self.stack.close()
        self.stack = ExitStack()
        self.wall = None


_worker: _Worker | None = None


def _set_up(plan: Plan) -> None:
    global _worker  # noqa: PLW0603 - a pool's initializer can leave its work nowhere else
    # ^C reaches the whole terminal: stopping is the parent's to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = _Worker(plan)
    Finalize(_worker, _worker.close, exitpriority=10)


def _grade(located: Located, known: str | None) -> Done:
    if _worker is None:
        raise RuntimeError("a grading process was not set up")
    return _worker.grade(located, known)
