"""Grading processes on this machine. Nothing of a submission can reach one; the machine may end any of them.

Each puts up one wall and prepares the assignments once; submissions travel to it as places and come back as results.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.util import Finalize

from grader.errors import GraderError, bug
from grader.marker import Marker
from grader.plan import AHEAD, FLUSH_S, Doubted, Lost, Outcome, Plan
from grader.row import Row, failed
from grader.submission import Located


class Pool:
    """Grading processes beside each other. One that dies takes the others with it: what they had in hand is lost."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.alone = False
        self.broken = False
        self.running: dict[Future[Row | Doubted], Located] = {}
        self.refused: list[tuple[Located, Outcome]] = []
        """What could not be handed to a process."""
        if hasattr(signal, "pthread_sigmask"):
            # Started by the first process otherwise, which would undo `_no_interrupts` in the middle.
            resource_tracker.ensure_running()
        self.executor = self._start(plan.jobs)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            # The pool has no public way to end what its processes have in hand.
            for process in list((self.executor._processes or {}).values()):  # noqa: SLF001
                # The pool's own thread may be ending and closing it at this very moment.
                with suppress(ValueError, OSError):
                    process.terminate()
        self.executor.shutdown(wait=True, cancel_futures=True)

    @property
    def room(self) -> bool:
        """Whether another submission may be handed over."""
        # Nothing new for a broken pool: it would all be lost too.
        return not self.broken and len(self.running) < self.plan.jobs * (1 + AHEAD)

    @property
    def busy(self) -> bool:
        """Whether anything is to come back."""
        return bool(self.running or self.refused)

    def renew(self, *, alone: bool) -> None:
        """Begin anew: with one process, or with as many as the run has."""
        self.alone, self.broken = alone, False
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.executor = self._start(1 if alone else self.plan.jobs)

    def submit(self, located: Located) -> None:
        """Hand a submission to a process."""
        try:
            self.running[self._submit(located)] = located
        except BrokenProcessPool:
            self._refuse(located, _lost(located))
        except (OSError, RuntimeError, MemoryError) as error:  # RuntimeError: no thread could be started
            row = failed(located.student, f"no grading process could be started: {error}")
            self._refuse(located, Lost(row) if self.alone else row)

    def withdraw(self) -> None:
        """Take back what no process has begun."""
        self.running = {future: located for future, located in self.running.items() if not future.cancel()}

    def ready(self) -> list[tuple[Located, Outcome]]:
        """What has come back, after FLUSH_S at the latest."""
        refused, self.refused = self.refused, []
        if refused or not self.running:
            return refused
        done, _ = wait(self.running, timeout=FLUSH_S, return_when=FIRST_COMPLETED)
        found = []
        for future in done:
            located = self.running.pop(future)
            outcome = _outcome(future, located)
            self.broken = self.broken or isinstance(outcome, Lost)
            found.append((located, outcome))
        return found

    def _refuse(self, located: Located, outcome: Outcome) -> None:
        self.broken = self.broken or isinstance(outcome, Lost)
        self.refused.append((located, outcome))

    def _submit(self, located: Located) -> Future[Row | Doubted]:
        with _no_interrupts():  # this starts processes
            return self.executor.submit(_grade, located)

    def _start(self, jobs: int) -> ProcessPoolExecutor:
        # Spawned, not forked: this process has threads, and a child shall inherit nothing of it.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_set_up, initargs=(self.plan,))


def _outcome(future: Future[Row | Doubted], located: Located) -> Outcome:
    """What a grading process gave."""
    try:
        return future.result()
    except BrokenProcessPool:
        return _lost(located)
    except Exception as error:  # noqa: BLE001 - our own bug must not end the batch
        return failed(located.student, bug(error))


def _lost(located: Located) -> Lost:
    reason = "the process that graded it died again and again: is the machine short of memory?"
    return Lost(failed(located.student, reason))


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


_marker: Marker | None = None
_unready = "a grading process was not set up"
"""Why there is no marker."""


def _set_up(plan: Plan) -> None:
    global _marker, _unready  # noqa: PLW0603 - a pool's initializer can leave its work nowhere else
    # ^C reaches the whole terminal: stopping is the parent's to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_follow, daemon=True).start()
    try:
        _marker = Marker(plan)
    except GraderError as error:
        _unready = str(error)
    except MemoryError:
        os._exit(1)  # like one that the kernel ended: its work is tried again alone
    except Exception as error:  # noqa: BLE001 - an initializer that raises would print it
        _unready = bug(error)
    else:
        Finalize(_marker, _marker.close, exitpriority=10)


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


def _grade(located: Located) -> Row | Doubted:
    if _marker is None:
        return failed(located.student, _unready)
    try:
        return _marker.grade(located)
    except SystemExit:
        # The pool would take this for a result; the boxes have been closed on the way here.
        _marker.close()
        os._exit(1)
    except MemoryError:
        return Doubted(failed(located.student, "the machine has no memory left for the grading process"))
    except Exception as error:  # noqa: BLE001 - our own bug must not pass for the student's
        return failed(located.student, bug(error))
