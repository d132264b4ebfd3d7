"""Grades a class: submissions handed to those who grade them, one journal that they all end in.

A `Runner` grades: processes on this machine (`pool.py`) or the workers of a cluster (`cluster.py`). The journal is
written by this process alone.

What may have been the machine's doing is tried again, and the journal has it only when it is settled:

- a grading process died (nobody's submission can reach it): what it had in hand is graded anew, each alone, and not
  graded if that dies TRIES times
- a question ended in a way that may have come from outside (`Box.doubt`): the submission is graded anew at the end of
  the run, alone, and what happens a last time is believed, so that nobody can trade a zero for endless tries
- a wall broke: it is put up again, with patience for an engine that restarts, and who was in it goes first: `marker.py`
"""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from grader import grading
from grader.errors import ClusterError, MachineError
from grader.plan import FLUSH_S, TRIES, Done, Doubted, Lost, Outcome, Plan, Unchanged
from grader.pool import Pool
from grader.row import Row
from grader.submission import Located

if TYPE_CHECKING:
    from grader.store import Ledger

FLUSH: Final = 64
"""The journal is written after so many submissions, or after FLUSH_S: what a crash can cost."""


class Runner(Protocol):
    """Who grades the submissions of a run. Use as a context manager: leaving it with an error drops what is in hand."""

    @property
    def room(self) -> bool:
        """Whether another submission may be handed over."""
        ...

    @property
    def busy(self) -> bool:
        """Whether anything is to come back."""
        ...

    def submit(self, located: Located) -> None:
        """Hand over a submission, of which one outcome comes back."""
        ...

    def ready(self) -> Sequence[tuple[Located, Outcome]]:
        """What has come back, after FLUSH_S at the latest. Raises MachineError when nothing more will come."""
        ...

    def withdraw(self) -> None:
        """Take back what nobody has begun."""
        ...

    def renew(self, *, alone: bool) -> None:
        """Begin anew, nothing being in hand: for submissions one at a time, or as many as there is room for."""
        ...

    def __enter__(self) -> Runner: ...

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None: ...


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


Start = Callable[[Plan], Runner]
"""Gives the runner of a plan."""


def run(plan: Plan, students: Sequence[Located], journal: Ledger, watcher: Watcher, start: Start = Pool) -> Tally:
    """Grade what the journal does not hold yet. Raises StoreError when the journal can't be written, and ClusterError
    when a cluster is gone.

    A first interrupt (^C) lets what is in hand be finished and stops; a second one drops it and raises
    KeyboardInterrupt, and so do SIGTERM and SIGHUP. What is graded stays.
    """
    tally, began = Tally(), time.perf_counter()
    buffer = _Buffer(journal)
    with Interrupts() as stop, start(plan) as runner:
        try:
            for done in grade(runner, students, stop, _Known(plan, journal.done())):
                if stop.asked and not tally.stopped:
                    tally.stopped = True
                    watcher.stopping()
                _account(done, tally, buffer, watcher)
        except (KeyboardInterrupt, ClusterError):
            buffer.flush()
            raise
        buffer.flush()
        stop.check()  # asked for while the last results were written
    tally.stopped = stop.asked and tally.graded + tally.unchanged + tally.failed < len(students)
    tally.seconds = time.perf_counter() - began
    return tally


class _Known:
    """What the journal holds already: found out here, so that a run with nothing to do starts no process for it."""

    def __init__(self, plan: Plan, digests: Mapping[str, str]) -> None:
        self.digests = digests
        self.depends = plan.depends(plan.fingerprints)

    def __call__(self, located: Located) -> bool:
        """Whether the submission was graded as it is now."""
        digest = self.digests.get(located.student)
        if not digest:
            return False
        try:
            return grading.digest(located.read(), *self.depends) == digest
        except MachineError:  # who grades it is told the same
            return False


def grade(
    runner: Runner, students: Iterable[Located], stop: Interrupts, known: Callable[[Located], bool] = lambda _: False
) -> Iterator[Done | None]:
    """Results as they come, until there are none or a stop is asked for; None now and then while there is none. What is
    `known` is not graded again.
    """
    todo = iter(students)
    lost: list[Located] = []
    doubted: list[Located] = []
    while True:
        stop.check()
        while runner.room and not stop.asked and (located := next(todo, None)) is not None:
            if known(located):
                yield Unchanged(located.student)
            else:
                runner.submit(located)
        if stop.asked:
            runner.withdraw()
        if not runner.busy:
            if not lost:
                yield from _again(runner, doubted, stop)
                return
            yield from _again(runner, lost, stop)
            lost = []
            continue
        ready = runner.ready()
        yield None
        for located, outcome in ready:
            if isinstance(outcome, Lost):
                lost.append(located)
            elif isinstance(outcome, Doubted):
                doubted.append(located)
            else:
                yield outcome


def _again(runner: Runner, students: Sequence[Located], stop: Interrupts) -> Iterator[Done | None]:
    """Each of these submissions alone, until it is settled, or what came of it the last time is believed."""
    if not students:
        return
    runner.renew(alone=True)
    for located in students:
        last: Row | None = None
        for _ in range(TRIES):
            if stop.asked:
                return
            runner.submit(located)
            while not (ready := runner.ready()):
                stop.check()
                yield None
            ((_, outcome),) = ready
            if isinstance(outcome, Lost):
                last = outcome.row if last is None or last.failure else last
                runner.renew(alone=True)
            elif isinstance(outcome, Doubted):
                last = outcome.row
            else:
                yield outcome
                break
        else:
            yield last
    runner.renew(alone=False)


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

    def __init__(self, journal: Ledger) -> None:
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


class Interrupts:
    """Turns the first ^C into a wish to stop, the second and other signals to end into one to stop at once.

    None raises where it arrives: in the middle of a write it would leave the journal's connection unusable.
    """

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
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
