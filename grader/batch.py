"""Grades a class: processes that grade beside each other, one journal that they all end in.

Each grading process puts up one wall and prepares the assignments once; submissions travel to it as places and come
back as results. The journal is written by this process alone.

What may have been the machine's doing is tried again, and the journal has it only when it is settled:

- a grading process died (nobody's submission can reach it): what it had in hand is graded anew, each alone in a process
  of its own, and not graded if that dies TRIES times
- a question ended in a way that may have come from outside (`Box.doubt`): the submission is graded anew at the end of
  the run, alone, and what happens a last time is believed, so that nobody can trade a zero for endless tries
- a wall broke: it is put up again, with patience for an engine that restarts, and who was in it goes first
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any, Final, Protocol

from grader import course, grading
from grader.catalogue import BUILT_IN, Catalogue
from grader.errors import AssignmentError, GraderError, MachineError, WallError
from grader.grading import Graded, Prepared
from grader.row import Row, failed, pack
from grader.sandbox import Limits, Wall
from grader.sandbox.choice import factory
from grader.submission import Located

if TYPE_CHECKING:
    from grader.store import Journal  # SQLAlchemy is no business of the grading processes

AHEAD: Final = 3
"""Submissions handed to each process beyond the one that it grades."""
FLUSH: Final = 64
FLUSH_S: Final = 0.5
"""The journal is written after so many submissions or seconds: what a crash can cost."""
TRIES: Final = 2
"""How often a submission whose grading process died, or that may have suffered from the machine, is tried again."""
WALL_TRIES: Final = 6
"""How often in a row a grading process finds its wall broken before it takes that for the rest of the run."""
PATIENCE_S: Final = 20.0
"""How long it waits for a wall that broke to be had again, such as for an engine that is being restarted."""
PAUSE_S: Final = 0.25


@dataclass(frozen=True)
class Plan:
    """Everything that a grading process needs to know of a run."""

    assignments: tuple[str, ...]
    seed: int
    wall: str
    runtime: str | None
    limits: Limits
    jobs: int
    catalogue: Catalogue = BUILT_IN
    refuse_numerical: bool = False
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    """The assignments as the run began with them; one that is edited meanwhile is not mixed in."""

    @property
    def settings(self) -> tuple[str, ...]:
        """What results depend on beside the submission and the assignments."""
        limits = self.limits
        return (
            f"seed={self.seed}",
            f"limits={limits}",
            f"assignments={','.join(self.assignments)}",
            f"refuse_numerical={self.refuse_numerical}",
        )


@dataclass(frozen=True)
class Unchanged:
    """A submission that the journal holds already."""

    student: str


@dataclass(frozen=True)
class Doubted:
    """A submission that may have suffered from the machine: `row` counts if nothing better is to be had."""

    row: Row


Done = Row | Unchanged


class Watcher(Protocol):
    """Is told how far a run is."""

    def advance(self, student: str, *, graded: bool, failed: bool) -> None:
        """One more submission is through."""
        ...

    def stopping(self) -> None:
        """The run was asked to stop, and finishes what is in hand."""
        ...


@dataclass
class Tally:
    """What a run did."""

    graded: int = 0
    unchanged: int = 0
    failed: int = 0
    stopped: bool = False
    seconds: float = 0.0
    reason: str = ""
    """Why the last one that could not be graded could not."""


LARGEST_SEED: Final = 2**31 - 1


def draw_seed() -> int:
    """A fresh seed."""
    return secrets.randbits(31)


def run(plan: Plan, students: Sequence[Located], journal: Journal, watcher: Watcher) -> Tally:
    """Grade what the journal does not hold yet. Raises StoreError when the journal can't be written.

    A first interrupt (^C) lets what is in hand be finished and stops; a second one drops it and raises
    KeyboardInterrupt, and so do SIGTERM and SIGHUP. What is graded stays.
    """
    tally, started = Tally(), time.perf_counter()
    buffer = _Buffer(journal)
    with _Interrupts() as stop, _Pool(plan, journal.done()) as pool:
        try:
            for done in pool.grade(students, stop):
                if stop.asked and not tally.stopped:
                    tally.stopped = True
                    watcher.stopping()
                _account(done, tally, buffer, watcher)
        except KeyboardInterrupt:
            buffer.flush()
            raise
        buffer.flush()
    tally.stopped = stop.asked and tally.graded + tally.unchanged + tally.failed < len(students)
    tally.seconds = time.perf_counter() - started
    return tally


def _account(done: Done | None, tally: Tally, buffer: _Buffer, watcher: Watcher) -> None:
    match done:
        case None:
            buffer.flush_old()
        case Unchanged(student):
            tally.unchanged += 1
            watcher.advance(student, graded=False, failed=False)
        case Row(student, failure=failure) as row:
            buffer.add(row)
            tally.graded += not failure
            tally.failed += bool(failure)
            tally.reason = failure or tally.reason
            watcher.advance(student, graded=not failure, failed=bool(failure))


class _Buffer:
    """Gathers results so that the journal is written in batches."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.waiting: list[Row] = []
        self.since = time.monotonic()

    def add(self, row: Row) -> None:
        self.waiting.append(row)
        if len(self.waiting) >= FLUSH:
            self.flush()
        self.flush_old()

    def flush_old(self) -> None:
        """Write what has waited for long enough."""
        if time.monotonic() - self.since >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        self.journal.add(self.waiting)
        self.waiting = []
        self.since = time.monotonic()


class _Interrupts:
    """Turns the first ^C into a wish to stop, the second and other signals to end into one to stop at once.

    None raises where it arrives: in the middle of a write it would leave the journal's connection unusable.
    """

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises KeyboardInterrupt once nothing more is to be waited for."""
        if self._at_once:
            raise KeyboardInterrupt

    def _ask(self, number: int, _frame: object) -> None:
        self._at_once = self.asked or number != signal.SIGINT
        self.asked = True


# --- processes --------------------------------------------------------------------------------------------------------


class _Pool:
    """Grading processes. One that dies (the machine's memory, a signal) costs no student anything: what it had in hand
    is tried again, alone.
    """

    def __init__(self, plan: Plan, known: dict[str, str]) -> None:
        self.plan = plan
        self.known = known
        if hasattr(signal, "pthread_sigmask"):
            # Started by the first process otherwise, which would undo `_no_interrupts` in the middle.
            with _safe_path():
                resource_tracker.ensure_running()
        self.executor = self._start(plan.jobs)

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            # The pool has no public way to end what its processes have in hand.
            for process in list((self.executor._processes or {}).values()):  # noqa: SLF001
                # The pool's own thread may be ending and closing it at this very moment.
                with suppress(ValueError, OSError):
                    process.terminate()
        self.executor.shutdown(wait=True, cancel_futures=True)

    def _start(self, jobs: int) -> ProcessPoolExecutor:
        # Spawned, not forked: this process has threads, and a child shall inherit nothing of it.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_set_up, initargs=(self.plan,))

    def _restart(self, jobs: int) -> None:
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.executor = self._start(jobs)

    def grade(self, students: Iterable[Located], stop: _Interrupts) -> Iterator[Done | None]:
        """Results as they come, until there are none or a stop is asked for; None now and then while there is none."""
        todo = iter(students)
        running: dict[Future[Done | Doubted], Located] = {}
        lost: list[Located] = []
        doubted: list[Located] = []
        while True:
            stop.check()
            # Nothing new for a broken pool: it would all be lost too.
            while not (lost or stop.asked or len(running) >= self.plan.jobs * (1 + AHEAD)):
                located = next(todo, None)
                if located is None:
                    break
                try:
                    running[self._submit(located)] = located
                except BrokenProcessPool:
                    lost.append(located)
                except (OSError, RuntimeError, MemoryError) as error:  # RuntimeError: no thread could be started
                    yield failed(located.student, f"no grading process could be started: {error}")
            if stop.asked:
                running = {future: located for future, located in running.items() if not future.cancel()}
            if lost and not running:
                yield from self._again(lost, stop)
                lost = []
            elif not running:
                yield from self._again(doubted, stop)
                return
            ready, _ = wait(running, timeout=FLUSH_S, return_when=FIRST_COMPLETED)
            yield None
            for future in ready:
                located = running.pop(future)
                done = _outcome(future, located)
                if done is None:
                    lost.append(located)
                elif isinstance(done, Doubted):
                    doubted.append(located)
                else:
                    yield done

    def _submit(self, located: Located) -> Future[Done | Doubted]:
        with _no_interrupts(), _safe_path():  # this starts processes
            return self.executor.submit(_grade, located, self.known.get(located.student))

    def _again(self, lost: Sequence[Located], stop: _Interrupts) -> Iterator[Done | None]:
        """Each submission that a dead process had in hand, or that may have suffered otherwise, alone in a process."""
        if not lost:
            return
        self._restart(1)
        for located in lost:
            reason = "the process that graded it died again and again: is the machine short of memory?"
            last = failed(located.student, reason)
            for _ in range(TRIES):
                if stop.asked:
                    return
                try:
                    future = self._submit(located)
                except (OSError, RuntimeError, MemoryError) as error:
                    last = failed(located.student, f"no grading process could be started: {error}")
                    self._restart(1)
                    continue
                while not wait([future], timeout=FLUSH_S).done:
                    stop.check()
                    yield None
                done = _outcome(future, located)
                if done is None:
                    self._restart(1)
                elif isinstance(done, Doubted):
                    last = done.row
                else:
                    yield done
                    break
            else:
                yield last
        self._restart(self.plan.jobs)


def _outcome(future: Future[Done | Doubted], located: Located) -> Done | Doubted | None:
    """What a grading process gave; None when it died."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except Exception as error:  # noqa: BLE001 - our own bug must not end the batch
        return failed(located.student, _bug(error))


def _bug(error: Exception) -> str:
    return f"the grader failed: {type(error).__name__}: {error}; please report it"


@contextmanager
def _safe_path() -> Iterator[None]:
    """What is started meanwhile takes no module from the folder that the command was called in: a submission named
    signal.py, in a class that is graded from inside its folder, would be run outside the box.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """What is started meanwhile begins deaf to ^C, which reaches every process of a terminal and is the parent's to
    heed; the parent hears it at the end. Windows has no such thing.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in a grading process ---------------------------------------------------------------------------------------------


class _Worker:
    """What a grading process keeps: its wall, and the prepared assignments."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.course: dict[str, Prepared] = course.prepare_all(
            plan.assignments, plan.seed, plan.catalogue, refuse_numerical=plan.refuse_numerical
        )
        found = {name: prepared.fingerprint for name, prepared in self.course.items()}
        if plan.fingerprints and found != plan.fingerprints:
            raise AssignmentError("the assignments were edited while the run was on: run it again")
        self.settings = (*plan.settings, *(f"{name}={fingerprint}" for name, fingerprint in found.items()))
        self.wall: Wall | None = None
        self.stack = ExitStack()
        self.breaks = 0
        """How often in a row the wall was broken."""
        self.why = ""
        self.patience: float | None = None
        """Until when a broken wall is waited for; None while none is broken."""

    def open(self) -> Wall:
        """The wall, put up again after it broke. Raises WallError or OSError when it can't be had."""
        while self.wall is None:
            try:
                wall = factory(self.plan.wall, self.plan.runtime)(self.plan.limits, 1)
                self.wall = self.stack.enter_context(wall)
            except (WallError, OSError):
                if self.patience is None:
                    self.patience = time.monotonic() + PATIENCE_S
                if time.monotonic() > self.patience:
                    raise
                time.sleep(PAUSE_S)
        return self.wall

    def grade(self, located: Located, known: str | None) -> Done | Doubted:
        """One submission, unless the journal has it."""
        try:
            submission = located.read()
        except MachineError as error:
            return failed(located.student, str(error))
        digest = grading.digest(submission, *self.settings)
        if digest == known:
            return Unchanged(located.student)
        for _ in range(TRIES):
            if self.breaks >= WALL_TRIES:
                break
            try:
                graded = grading.grade(submission, self.open(), self.course, self.plan.seed)
            except (WallError, OSError) as error:  # OSError: no process, no scratch folder, no room
                self.breaks += 1
                self.why = (
                    str(error) if isinstance(error, WallError) else f"{self.plan.wall}: no box can be had: {error}"
                )
                self.close()
            else:
                self.breaks, self.patience = 0, None
                row = pack(digest, graded)
                return Doubted(row) if graded.doubt else row
        return pack(digest, Graded(grading.handed(submission, failure=self.why), []))

    def close(self) -> None:
        """Take the wall down."""
        stack, self.stack, self.wall = self.stack, ExitStack(), None
        with suppress(WallError, OSError):  # what a broken wall leaves, the next one removes
            stack.close()


_worker: _Worker | None = None
_unready = "a grading process was not set up"
"""Why there is no worker."""


def _set_up(plan: Plan) -> None:
    global _worker, _unready  # noqa: PLW0603 - a pool's initializer can leave its work nowhere else
    # ^C reaches the whole terminal: stopping is the parent's to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_follow, daemon=True).start()
    try:
        _worker = _Worker(plan)
    except GraderError as error:
        _unready = str(error)
    except MemoryError:
        os._exit(1)  # like one that the kernel ended: its work is tried again alone
    except Exception as error:  # noqa: BLE001 - an initializer that raises would print it
        _unready = _bug(error)
    else:
        Finalize(_worker, _worker.close, exitpriority=10)


def _leave(_number: int, _frame: object) -> None:
    """Unwind, so that boxes are closed: a submission must not outlive its grader."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def _follow() -> None:
    """Leave when the parent has died, however it died: a pool's process would wait for its next task for ever."""
    parent = multiprocessing.parent_process()
    main = threading.main_thread().ident
    if parent is None or main is None:
        return
    parent.join()
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGTERM)
    else:
        os._exit(1)


def _grade(located: Located, known: str | None) -> Done | Doubted:
    if _worker is None:
        return failed(located.student, _unready)
    try:
        return _worker.grade(located, known)
    except SystemExit:
        # The pool would take this for a result; the boxes have been closed on the way here.
        _worker.close()
        os._exit(1)
    except MemoryError:
        return Doubted(failed(located.student, "the machine has no memory left for the grading process"))
    except Exception as error:  # noqa: BLE001 - our own bug must not pass for the student's
        return failed(located.student, _bug(error))
