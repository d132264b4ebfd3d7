"""`grader validate`: proves assignments sound, by several processes, a piece of an assignment at a time.

The files that it runs are the author's own, so no strong wall is needed: sandlock's where it can be had, because a fork
of a warm process loads a file in a tenth of the time that a process of its own takes, and none otherwise.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.errors import AssignmentError, MachineError, UsageError, WallError
from grader.sandbox import Limits, Wall, choice
from grader.validation import ground as grounds
from grader.validation import mutants, reference, table, zoo
from grader.validation.asking import BRIEF, PATIENT
from grader.validation.finding import Finding, Report
from grader.validation.ground import Ground
from grader.validation.mutants import Made

UNSOUND: Final = 1
ANIMALS: Final = 10
"""Files of the zoo in one piece of work: they share the prepared seeds."""
SHARE: Final = 200
"""Mutants in one piece."""
MOST: Final = 400
"""Mutants of one assignment: of more, every second or third is taken."""


@dataclass(frozen=True)
class Plan:
    """What the command was given."""

    names: tuple[str, ...] = ()
    course: Path | None = None
    seeds: int = 200
    inputs: int = 10_000
    jobs: int = 1


@dataclass(frozen=True)
class Piece:
    """A piece of work: with nothing but a name, the first look at an assignment, which tells the other pieces."""

    name: str
    animals: tuple[str, ...] = ()
    mutants: tuple[Made, ...] = ()


@dataclass
class Done:
    """What came of a piece."""

    report: Report
    more: list[Piece] = field(default_factory=list)


def run(plan: Plan, console: Console) -> int:
    """Validate and print. Gives the exit code; raises GraderError for what stops a run."""
    found = examine(plan, lambda report: console.print(table.progress(report)))
    console.print(table.table(found))
    for text in table.lines(found):
        console.print(text, highlight=False, soft_wrap=True)
    return 0 if all(report.sound for report in found) else UNSOUND


def examine(plan: Plan, tell: Callable[[Report], object] | None = None) -> list[Report]:
    """The reports, in order; each is told as well when it is whole. Raises GraderError for what stops a run."""
    names = grounds.names(plan.names, plan.course)
    if not names:
        raise UsageError("there is no assignment to validate")
    reports = {name: Report(name) for name in names}
    left = dict.fromkeys(names, 1)
    for piece, done in _work(plan, [Piece(name) for name in names]):
        reports[piece.name].add(done.report)
        left[piece.name] += len(done.more) - 1
        if tell and not left[piece.name]:
            tell(reports[piece.name])
    return list(reports.values())


# --- a piece of work --------------------------------------------------------------------------------------------------

_last: list[Ground] = []
"""The assignment that this process worked on last, with its prepared seeds."""


def work(plan: Plan, piece: Piece) -> Done:
    """Do one piece. What is wrong with the author's files is a finding; what is wrong with us is raised."""
    began = time.process_time() + _children()
    try:
        done = _first_look(plan, piece) if not piece.animals and not piece.mutants else Done(_rest(plan, piece))
    except AssignmentError as error:
        done = Done(Report(piece.name, [Finding(piece.name, str(error))]))
    done.report.seconds += time.process_time() + _children() - began
    return done


def _children() -> float:
    """The seconds that processes of this one's took, where the machine tells."""
    times = os.times()
    return times.children_user + times.children_system


def _ground(plan: Plan, name: str) -> Ground:
    if not _last or _last[0].assignment.name != name or _last[0].course != plan.course:
        _last[:] = [grounds.load(name, plan.course)]
    return _last[0]


def _first_look(plan: Plan, piece: Piece) -> Done:
    """What is soon seen, and what there is to do besides."""
    ground = _ground(plan, piece.name)
    report = Report(piece.name, known=len({m.name for m in ground.oracle.solution.mistakes}))
    with wall(PATIENT) as opened:
        report.findings += reference.faults(ground)
        report.findings += zoo.stub(ground, opened)
        report.findings += zoo.absences(ground)
        made = mutants.make(ground, opened, MOST)
    if len(made) < mutants.ENOUGH:
        what = f"only {len(made)} mutants can be made of its right solutions, and {mutants.ENOUGH} are asked for"
        report.findings.append(Finding(piece.name, what))
    files = [animal.path.name for animal in ground.animals]
    more = [Piece(piece.name, animals=tuple(files[i : i + ANIMALS])) for i in range(0, len(files), ANIMALS)]
    more += [Piece(piece.name, mutants=tuple(made[i : i + SHARE])) for i in range(0, len(made), SHARE)]
    return Done(report, more)


def _rest(plan: Plan, piece: Piece) -> Report:
    ground = _ground(plan, piece.name)
    with wall(PATIENT) as patient, wall(BRIEF) as brief:
        if piece.mutants:
            return mutants.examine(ground, piece.mutants, patient, brief, plan.inputs)
        chosen = [animal for animal in ground.animals if animal.path.name in piece.animals]
        return zoo.examine(ground, chosen, patient, brief, plan.seeds)


def wall(limits: Limits) -> Wall:
    """The quickest wall that this machine offers, for files that nobody needs to be kept from."""
    return choice.factory(_wall_name())(limits, 1)


@cache
def _wall_name() -> str:
    try:
        choice.check_sandlock()
    except WallError:
        return "none"
    return "sandlock"


# --- processes --------------------------------------------------------------------------------------------------------


def _work(plan: Plan, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Done]]:
    """Each piece with what came of it, and so on with the pieces that this tells."""
    if plan.jobs > 1:
        yield from _beside(plan, pieces)
        return
    todo = deque(pieces)
    while todo:
        piece = todo.popleft()
        done = work(plan, piece)
        todo.extendleft(reversed(done.more))
        yield piece, done


def _beside(plan: Plan, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Done]]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(plan.jobs, mp_context=context, initializer=_set_up)
    try:
        running: dict[Future[Done], Piece] = {}
        todo = deque(pieces)
        while todo or running:
            # Few ahead: what an assignment's first look tells comes before the next assignment, so that the pieces of
            # one assignment are done while its seeds are still prepared.
            while todo and len(running) < plan.jobs + 1:
                piece = todo.popleft()
                running[pool.submit(_apart, plan, piece)] = piece
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                piece, done = running.pop(future), future.result()
                todo.extendleft(reversed(done.more))
                yield piece, done
    except BrokenProcessPool as error:
        raise MachineError("a validating process died: is the machine short of memory? try --jobs 1") from error
    except BaseException:
        # The pool has no public way to end what its processes have in hand.
        for process in list((pool._processes or {}).values()):  # noqa: SLF001
            with suppress(ValueError, OSError):
                process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _set_up() -> None:
    """^C reaches the whole terminal: stopping is the parent's to decide."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(_number: int, _frame: object) -> None:
    """Unwind, so that boxes are closed: a mutant must not outlive its validation."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def _apart(plan: Plan, piece: Piece, do: Callable[[Plan, Piece], Done] = work) -> Done:
    try:
        return do(plan, piece)
    except SystemExit:
        os._exit(1)  # the pool would take this for a result; the boxes have been closed on the way here
