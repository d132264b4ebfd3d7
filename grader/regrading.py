"""`grader regrade`: grades again what has changed, shows who moves, and only then, when asked to, writes it.

What is graded again goes into a journal of its own, DIR/regrade, so that writing it later grades nothing twice.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from grader import again, batch, columns, course, folder, grading, held, manual, moves_told, progress, roster
from grader.columns import Column
from grader.diffing import Run as Before
from grader.diffing import changed
from grader.errors import StoreError, UsageError
from grader.grading import Handed, Prepared, Run
from grader.held import Held, unanswered
from grader.moves import Tally, differences
from grader.plan import Plan
from grader.policy.marks import Mark, mark
from grader.report.escape import line
from grader.report.info import plural
from grader.result import Result
from grader.row import Row
from grader.sandbox.choice import Choice, choose
from grader.store import NAME, Journal
from grader.submission import Listing, find

STAGED: Final = "regrade"
NOT_ALL: Final = 1
CHUNK: Final = 500


@dataclass(frozen=True)
class Options:
    """What the command was given."""

    folder: Path
    submissions: Path | None = None
    course: Path | None = None
    sandbox: str | None = None
    jobs: int | None = None
    write: bool = False
    everybody: bool = False


@dataclass(frozen=True)
class _Plan:
    """What is to be graded, and how."""

    plan: Plan
    listing: Listing
    prepared: Mapping[str, Prepared]
    wall: Choice
    made: again.Made


def regrade(options: Options, console: Console) -> int:
    """Show who moves, and write it if that is asked for. Gives the exit code; raises GraderError."""
    if not (options.folder / NAME).is_file():
        raise UsageError(f"{options.folder} holds no run of the grader: name the folder that `grader grade` wrote")
    with folder.taken(options.folder, fresh=False) as out, Journal(out) as journal:
        run = Held(out, journal)
        plan = _plan(options, run)
        _tell(console, f"wall: {plan.wall.name} ({plan.wall.why})")
        with _staged(out) as staged:
            students = [located.student for located in plan.listing.students]
            staged.forget(sorted(set(staged.students()).difference(students)))
            with progress.watcher(console, len(students)) as watcher:
                tally = batch.run(plan.plan, plan.listing.students, _Staging(journal, staged), watcher)
            failed = staged.failures()
            ready = [student for student in staged.students() if student not in failed]
            if tally.stopped:
                _tell(console, "stopped: nothing is written; run the same command again to go on")
                return NOT_ALL
            moved = _show(options, run, staged, ready, plan.prepared, console)
            _warn(run, plan, failed, console)
            if not ready or not options.write:
                _next(options, len(ready), moved, console)
                return NOT_ALL if failed else 0
            for start in range(0, len(ready), CHUNK):
                journal.add(staged.rows(ready[start : start + CHUNK]))
        _write(options, out, journal, plan)
        _tell(console, f"written: {plural(len(ready), 'submission')} regraded, {options.folder / 'index.html'}")
    return NOT_ALL if failed else 0


def _plan(options: Options, run: Held) -> _Plan:
    """How the run was made, with the assignments as they are now. Raises GraderError."""
    found = again.made(run.facts)
    if found is None and options.submissions is None:
        raise UsageError(
            f"{options.folder} does not remember where its submissions lie: grader regrade {options.folder} SUBMISSIONS"
        )
    place = options.submissions or Path(found.submissions if found else "")
    if not place.exists():
        raise UsageError(f"there is no {place}: say where its submissions are, regrade {options.folder} SUBMISSIONS")
    made = found or again.Made(submissions=str(place), wall=run.columns[0].blank.sandbox if run.columns else "")
    made = msgspec.structs.replace(made, submissions=str(place.resolve()))
    catalogue = again.catalogue(run, options.course)
    names = again.named(run)
    usable = course.usable(names, catalogue)
    people = roster.read(Path(made.roster)) if made.roster else None
    listing = find(place, catalogue.names(), made.layout, people)
    wall = choose(options.sandbox or made.wall or None, runtime=made.runtime)
    seed = again.seed(run)
    prepared = course.prepare_all(usable, seed, catalogue)
    plan = Plan(
        assignments=names,
        seed=seed,
        wall=wall.name,
        runtime=made.runtime,
        limits=made.limits,
        jobs=options.jobs or os.cpu_count() or 1,
        catalogue=catalogue,
        refuse_numerical=made.refuse_numerical,
        fingerprints={name: p.fingerprint for name, p in prepared.items()},
    )
    with wall.make(made.limits, 1):
        pass  # a wall that can't be had is found out before anything is touched
    return _Plan(plan, listing, prepared, wall, made)


@contextmanager
def _staged(out: Path) -> Iterator[Journal]:
    """The journal of what is graded again."""
    place = out / STAGED
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"{place} can't be made ({error.strerror or error}): make {out} writable") from error
    with Journal(place) as staged:
        yield staged


class _Staging:
    """Takes what is graded again, and knows what was graded before."""

    def __init__(self, journal: Journal, staged: Journal) -> None:
        self.journal = journal
        self.staged = staged

    def done(self) -> dict[str, str]:
        """The digest of each submission as it was graded last."""
        return self.journal.done() | self.staged.done()

    def add(self, rows: Sequence[Row]) -> None:
        """Write submissions, beside the run."""
        self.staged.add(rows)


class _After:
    """The run as it will be."""

    def __init__(self, run: Held, staged: Journal, found: Sequence[Column]) -> None:
        self.run = run
        self.staged = staged
        self.columns = found
        self.known = frozenset(run.journal.students())

    def results(self, student: str) -> list[Result]:
        """A student's results as they are graded now."""
        given, results = self.staged.read(student)
        by_name = {result.assignment: result for result in results}
        return [by_name.get(column.name) or unanswered(column, given) for column in self.columns]

    def earlier(self, student: str) -> list[list[Result]]:
        """The attempts before: the one that the run holds is one, if its files are others."""
        if student not in self.known:
            return []
        before = [results for _, results in self.run.journal.attempts(student)]
        given, results = self.run.read(student)
        same = held.same_files(given, self.staged.read(student)[0])
        return before if same else [*before, results]

    def of(self, student: str) -> tuple[Mapping[str, Result], Mark | None] | None:
        """A student's results and mark."""
        latest = self.results(student)
        attempts = held.lined_up(latest, self.earlier(student), self.run.manual)
        policy = self.run.policy
        return {name: tried[-1] for name, tried in attempts.items()}, (
            mark(student, attempts, policy.policy) if policy else None
        )


def _show(
    options: Options,
    run: Held,
    staged: Journal,
    ready: Sequence[str],
    prepared: Mapping[str, Prepared],
    console: Console,
) -> int:
    """Print who moves; how many do."""
    answered = {column.name for column in run.columns}.union(staged.assignments())
    nobody, common = Handed("", [], []), Run(again.seed(run), run.columns[0].blank.sandbox if run.columns else "")
    found = [
        columns.Column(name, p.assignment.title, p.max_score, grading.unanswered(nobody, p, common))
        for name, p in prepared.items()
        if name in answered
    ]
    told, said = changed(run.columns, found)
    for text in told if ready else ():
        _tell(console, text)
    after = _After(run, staged, found)
    tally = Tally()
    moved = differences(Before(run, marked=bool(run.policy)), after, ready, tally)
    for text in moves_told.lines(moved, tally, everybody=options.everybody, said=said) if ready else ():
        _tell(console, text)
    for student in dict.fromkeys(given.student for given in run.manual.all):
        if student in set(ready):
            for given, why in held.set_aside(student, after.results(student), after.earlier(student), run.manual):
                _tell(console, f"a manual mark fits no more ({why}): {manual.told(given)}")
    return tally.moved


def _warn(run: Held, plan: _Plan, failed: Mapping[str, str], console: Console) -> None:
    gone = set(run.students).difference(located.student for located in plan.listing.students)
    if gone:
        _tell(console, f"{plural(len(gone), 'student')} not among these submissions, kept as graded: {_some(gone)}")
    if failed:
        why = next(iter(failed.values()))
        _tell(console, f"{len(failed)} could not be graded again and keep what they have ({why}): {_some(failed)}")
    if run.policy.policy.earlier and run.journal.has_earlier():
        _tell(console, "attempts before the latest keep their points; `grader grade` grades those in a download again")


def _next(options: Options, ready: int, moved: int, console: Console) -> None:
    if not ready:
        _tell(console, "nothing has changed since it was graded: there is nothing to write")
        return
    place = f" {options.submissions}" if options.submissions else ""
    told = "nothing is written yet" if moved else "nothing is written yet, and no mark will be another"
    _tell(console, f"{told}: grader regrade {options.folder}{place} --write")


def _write(options: Options, out: Path, journal: Journal, plan: _Plan) -> None:
    """Render the run again, and forget what was set beside it."""
    journal.remember({again.FACT: again.packed(plan.made)})
    again.renew(Held(out, journal), plan.prepared, given=options.course)
    shutil.rmtree(out / STAGED, ignore_errors=True)


def _some(names: Collection[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    return ", ".join(line(name, 40) for name in found[:5]) + more


def _tell(console: Console, message: str) -> None:
    console.print(line(message, 2000), markup=False, highlight=False, soft_wrap=True)
