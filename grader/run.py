"""One run of `grader grade`: from a folder of submissions to a folder of reports."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console

from grader import batch, course, folder, progress, roster
from grader.catalogue import Catalogue, open_course
from grader.errors import UsageError
from grader.grading import VERSIONS, Run
from grader.notebooks import Notebooks
from grader.publish import Published, Publisher
from grader.report import class_page, text
from grader.report.escape import line
from grader.sandbox import Limits
from grader.sandbox.choice import Choice, choose
from grader.store import Journal
from grader.submission import find

NOT_ALL: Final = 1
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
    notebook_outputs: bool = False
    """Whether the pages of notebooks show what their cells have printed."""


def grade(options: Options, console: Console) -> int:
    """Grade what is to be graded and write the reports. Gives the exit code; raises GraderError for what stops a
    run.
    """
    catalogue = open_course(options.course)
    names = course.usable(options.assignments, catalogue)
    known = roster.read(options.roster) if options.roster else None
    listing = find(options.submissions, catalogue.names(), options.layout, known)
    _apart(options)
    wall = choose(options.sandbox, runtime=options.runtime)
    with wall.make(options.limits, 1):
        pass  # a wall is used or the run fails: here, before anything is touched, and not once for each submission
    _tell(console, f"wall: {wall.name} ({wall.why})")
    for remark in listing.remarks:
        _tell(console, remark)
    with folder.taken(options.out, fresh=options.fresh) as out, Journal(out) as journal:
        plan = _plan(options, catalogue, wall, journal)
        prepared = course.prepare_all(names, plan.seed, catalogue)
        plan = replace(plan, fingerprints={name: p.fingerprint for name, p in prepared.items()})
        date = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
        _same_class(options, [located.student for located in listing.students], journal)
        journal.remember(
            {"seed": str(plan.seed), "assignments": ",".join(options.assignments), "course": _told(catalogue)}
        )
        try:
            with progress.watcher(console, len(listing.students)) as watcher:
                tally = batch.run(plan, listing.students, journal, watcher)
            handed_in = [located.student for located in listing.students]
            with Notebooks(listing.students, outputs=options.notebook_outputs) as notebooks:
                publisher = Publisher(
                    out, journal, prepared, options.assignments, handed_in, Run(plan.seed, wall.name), notebooks
                )
                students = len(publisher.students)
                facts = class_page.RunFacts(date, tally.seconds, students, wall.name, plan.seed, VERSIONS)
                published = publisher.publish(facts)
        except KeyboardInterrupt:
            _tell(console, GO_ON)
            raise
        strangers = len(publisher.known.difference(handed_in))
    _report(console, options, tally, published, strangers)
    if notebooks.remark:
        _tell(console, notebooks.remark)
    return NOT_ALL if tally.failed or tally.stopped else 0


def _apart(options: Options) -> None:
    """The reports must not land among the submissions: the next run would read them as such."""
    given, out = options.submissions.resolve(), options.out.resolve()
    if out == given or (given.is_dir() and out.is_relative_to(given)):
        raise UsageError(f"--out {options.out} lies in the folder of submissions: choose a folder beside it")


def _plan(options: Options, catalogue: Catalogue, wall: Choice, journal: Journal) -> batch.Plan:
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
    return batch.Plan(
        assignments=options.assignments,
        seed=batch.draw_seed() if seed is None else seed,
        wall=wall.name,
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
        ("index.html", "the class"),
        ("feedback", "a page a student and assignment"),
    ):
        _tell(console, f"{what}: {options.out / name}")


def _tell(console: Console, message: str) -> None:
    console.print(line(message, LONG), markup=False, highlight=False, soft_wrap=True)
