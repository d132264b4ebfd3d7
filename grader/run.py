"""One run of `grader grade`: from a folder of submissions to a folder of reports."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

from rich.console import Console

from grader import again, batch, course, folder, held, manual, progress, roster
from grader.catalogue import Catalogue, open_course
from grader.errors import MachineError, StoreError, UsageError
from grader.grading import VERSIONS, Run
from grader.plan import Plan
from grader.policy import file as policy_file
from grader.pool import Pool
from grader.publish import Published, Publisher
from grader.report import class_page, text
from grader.report.escape import line
from grader.report.info import plural
from grader.sandbox import Limits
from grader.sandbox.choice import choose
from grader.store import NAME, Journal
from grader.submission import Listing, Located, find

NOT_ALL: Final = 1
CLUSTERS_WALL: Final = "sandlock"
"""What is behind a cluster can't be asked before it is known what to ask: the wall that needs no engine there."""
LONG: Final = 2_000
"""Characters of a line: a wall's reason says what to do next at its end."""
GO_ON: Final = "run the same command again to go on; what is graded stays"


@dataclass(frozen=True)
class Options:
    """What the command was given."""

    submissions: Path
    out: Path
    assignments: tuple[str, ...]
    sandbox: str | None
    runtime: str | None
    jobs: int | None
    seed: int | None
    fresh: bool
    limits: Limits
    course: Path | None = None
    """The folder of a course; the built-in one when not given."""
    refuse_numerical: bool = False
    """Whether a backward that differentiates numerically earns nothing."""
    layout: str | None = None
    """How the submissions are laid out; recognised when not given."""
    roster: Path | None = None
    """A table of who is who."""
    cluster: str | None = None
    """The address of a Dask scheduler whose workers grade, and not this machine."""
    policy: Path | None = None
    """The course file; the one in the course's folder when not given, or else the one that the run remembers."""


def grade(options: Options, console: Console) -> int:
    """Grade what is to be graded and write the reports. Gives the exit code; raises GraderError for what stops a
    run.
    """
    catalogue = open_course(options.course)
    names = course.usable(options.assignments, catalogue)
    known = roster.read(options.roster) if options.roster else None
    given = _policy(options, catalogue)
    listing = find(options.submissions, catalogue.names(), options.layout, known)
    _apart(options)
    with _graders(options, console) as (wall, start):
        for remark in listing.remarks:
            _tell(console, remark)
        marks = manual.read(options.out)
        if options.fresh and marks:
            _tell(console, f"{plural(len(marks), 'manual mark')} kept: {options.out / manual.NAME}")
        if options.fresh and not given and (forgotten := _remembered(options.out)):
            _tell(console, f"the course file {forgotten} is forgotten with the run: say --policy to keep it")
        return _grade(options, console, catalogue, names, listing, given, wall, start)


@contextmanager
def _graders(options: Options, console: Console) -> Iterator[tuple[str, batch.Start]]:
    """The wall's name and who grades: found out here, before anything is touched."""
    if options.cluster is None:
        wall = choose(options.sandbox, runtime=options.runtime)
        with wall.make(options.limits, 1):
            pass  # a wall is used or the run fails: here, and not once for each submission
        _tell(console, f"wall: {wall.name} ({wall.why})")
        yield wall.name, Pool
        return
    if options.jobs is not None:
        raise UsageError(
            "--jobs is for this machine: on a cluster each worker grades as many at once as it has threads"
        )
    wall = choose(options.sandbox or (None if options.runtime else CLUSTERS_WALL), runtime=options.runtime)
    cluster = _cluster()
    with cluster.connected(options.cluster) as client:
        why = wall.why if options.sandbox else "the default there; --sandbox docker names the other"
        _tell(console, f"wall: {wall.name} on the workers of {options.cluster} ({why})")
        yield wall.name, partial(cluster.Cluster, client, options.cluster, partial(_tell, console))


def _cluster() -> ModuleType:
    """The module that knows Dask. Raises MachineError where Dask is not installed."""
    try:
        from grader import cluster
    except ModuleNotFoundError as error:
        raise MachineError(
            f"grading on a cluster needs {error.name}, which isn't installed: pip install 'backprop-grader[cluster]'"
        ) from None
    return cluster


def _grade(
    options: Options,
    console: Console,
    catalogue: Catalogue,
    names: Sequence[str],
    listing: Listing,
    given: held.InForce,
    wall: str,
    start: batch.Start,
) -> int:
    with folder.taken(options.out, fresh=options.fresh) as out, Journal(out) as journal:
        plan = _plan(options, catalogue, wall, journal)
        prepared = course.prepare_all(names, plan.seed, catalogue)
        plan = replace(plan, fingerprints={name: p.fingerprint for name, p in prepared.items()})
        for name in options.assignments:
            prepared[name].checks  # noqa: B018 - what is wrong with an assignment shows before anybody is graded
        date = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
        _same_class(options, [located.student for located in listing.students], journal)
        journal.remember(
            {"seed": str(plan.seed), "assignments": ",".join(options.assignments), "course": _told(catalogue)}
        )
        journal.remember(given.facts if given else {})
        journal.remember(again.facts(options, wall))
        rules = given or held.in_force(journal.facts())
        if rules:
            _tell(console, f"course file: {rules.name}{'' if given else ', as this run remembers it'}")
        try:
            earlier = _earlier(plan, listing.earlier, journal, console, start) if rules.policy.earlier else []
            with progress.watcher(console, len(listing.students)) as watcher:
                tally = batch.run(plan, listing.students, journal, watcher, start)
            handed_in = [located.student for located in listing.students]
            publisher = Publisher(out, journal, prepared, options.assignments, handed_in, Run(plan.seed, wall))
            facts = class_page.RunFacts(date, tally.seconds, len(publisher.students), wall, plan.seed, VERSIONS)
            published = publisher.publish(facts)
        except KeyboardInterrupt:
            _tell(console, GO_ON)
            raise
        strangers = len(publisher.known.difference(handed_in))
    _report(console, options, tally, published, strangers)
    return NOT_ALL if tally.failed or tally.stopped or any(t.failed or t.stopped for t in earlier) else 0


def _policy(options: Options, catalogue: Catalogue) -> held.InForce:
    """The course file that the command is given, or that lies in the course's folder. Raises UsageError."""
    if options.policy is not None:
        return held.from_file(options.policy, catalogue.names())
    path = catalogue.root / policy_file.NAME if catalogue.root else None
    return held.from_file(path, catalogue.names()) if path and path.exists() else held.InForce()


def _remembered(out: Path) -> str:
    """The name of the course file that a run holds; empty where there is none, or no journal that can be read."""
    try:
        if not (out / NAME).is_file():
            return ""
        with Journal(out) as journal:
            return held.in_force(journal.facts()).name
    except StoreError:
        return ""


def _earlier(
    plan: Plan, attempts: Sequence[Located], journal: Journal, console: Console, start: batch.Start
) -> list[batch.Tally]:
    """Grade the attempts before the latest that are among the submissions, and that may count."""
    by_number: dict[int, list[Located]] = {}
    for located in attempts:
        by_number.setdefault(located.origin.attempt if located.origin else 1, []).append(located)
    tallies = []
    for number, students in sorted(by_number.items()):
        _tell(console, f"attempt {number} of {plural(len(students), 'student')}")
        with progress.watcher(console, len(students)) as watcher:
            tallies.append(batch.run(plan, students, journal.earlier(number), watcher, start))
        if tallies[-1].stopped:
            break
    return tallies


def _apart(options: Options) -> None:
    """The reports must not land among the submissions: the next run would read them as such."""
    given, out = options.submissions.resolve(), options.out.resolve()
    if out == given or (given.is_dir() and out.is_relative_to(given)):
        raise UsageError(f"--out {options.out} lies in the folder of submissions: choose a folder beside it")


def _plan(options: Options, catalogue: Catalogue, wall: str, journal: Journal) -> Plan:
    """The run's plan: a journal that holds results goes on with its own seed."""
    facts = journal.facts()
    before = _seed(facts["seed"], journal) if "seed" in facts else None
    if before is not None and options.seed is not None and before != options.seed:
        raise UsageError(
            f"{options.out} was graded with --seed {before}: leave --seed out to go on, or say --fresh to start anew"
        )
    before_course = facts.get("course", _told(catalogue))
    if before_course != _told(catalogue):
        raise UsageError(
            f"{options.out} was graded for {before_course}, and this is {_told(catalogue)}: choose another --out, "
            "or --fresh to forget it"
        )
    chosen = ",".join(options.assignments)
    if facts.get("assignments", chosen) != chosen:
        held = facts["assignments"].replace(",", ", ") or "all assignments"
        raise UsageError(
            f"{options.out} was graded for {held}: choose another --out for another choice, or --fresh to forget it"
        )
    seed = options.seed if before is None else before
    return Plan(
        assignments=options.assignments,
        seed=batch.draw_seed() if seed is None else seed,
        wall=wall,
        runtime=options.runtime,
        limits=options.limits,
        jobs=options.jobs or os.cpu_count() or 1,
        catalogue=catalogue,
        refuse_numerical=options.refuse_numerical,
    )


def _seed(fact: str, journal: Journal) -> int:
    """The seed that a journal remembers. Raises StoreError where it is none."""
    if not re.fullmatch("[0-9]{1,10}", fact) or int(fact) > batch.LARGEST_SEED:
        raise journal.damaged(f"its seed is {fact[:20]!r}")
    return int(fact)


def _told(catalogue: Catalogue) -> str:
    return f"the course {catalogue.root}" if catalogue.root else "the built-in course"


def _same_class(options: Options, students: Sequence[str], journal: Journal) -> None:
    """Refuse to mix two classes: a folder whose journal knows nobody of these submissions is another class's."""
    known = journal.students()
    if known and not set(known) & set(students):
        raise UsageError(
            f"{options.out} holds the marks of {len(known)} others, and of nobody here: choose another --out, "
            "or --fresh to forget them"
        )


def _report(console: Console, options: Options, tally: batch.Tally, published: Published, strangers: int) -> None:
    console.print(text.class_table(published.summary))
    done = f"graded {tally.graded} in {tally.seconds:.1f} s"
    if tally.seconds > 0 and tally.graded:
        done += f" ({tally.graded / tally.seconds:.1f} a second)"
    if tally.unchanged:
        done += f", {tally.unchanged} unchanged"
    _tell(console, done)
    if published.set_aside:
        _tell(console, f"{plural(len(published.set_aside), 'manual mark')} of no use: {published.set_aside[0]}")
    if strangers:
        _tell(
            console,
            f"{strangers} of an earlier run are not among these submissions and were kept; --fresh leaves them out",
        )
    if tally.failed:
        _tell(console, f"{tally.failed} not graded: {tally.reason}")
    if tally.failed or tally.stopped:
        _tell(console, GO_ON)
    for name, what in (
        ("grades.csv", "the marks"),
        ("marks.csv", "what the course file makes of them"),
        ("index.html", "the class"),
        ("feedback", "a page a student and assignment"),
    ):
        if (options.out / name).exists():
            _tell(console, f"{what}: {options.out / name}")


def _tell(console: Console, message: str) -> None:
    console.print(line(message, LONG), markup=False, highlight=False, soft_wrap=True)
