"""What a run remembers of how it was made, so that it can be graded or rendered again from its folder alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from grader import course
from grader.catalogue import Catalogue, open_course
from grader.errors import StoreError, UsageError
from grader.grading import Prepared, Run
from grader.held import Held
from grader.publish import RAN, Published, Publisher
from grader.report.class_page import RunFacts
from grader.sandbox import Limits

if TYPE_CHECKING:
    from grader.run import Options

FACT: Final = "options"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The options that results depend on, and where the submissions lay."""

    submissions: str
    layout: str | None = None
    roster: str | None = None
    wall: str
    runtime: str | None = None
    limits: Limits = Limits()
    refuse_numerical: bool = False


def facts(options: Options, wall: str) -> dict[str, str]:
    """The fact that a journal remembers."""
    made = Made(
        submissions=str(options.submissions.resolve()),
        layout=options.layout,
        roster=str(options.roster.resolve()) if options.roster else None,
        wall=wall,
        runtime=options.runtime,
        limits=options.limits,
        refuse_numerical=options.refuse_numerical,
    )
    try:
        return {FACT: packed(made)}
    except UnicodeEncodeError:  # a path that is no text: it has to be given again
        return {}


def packed(made: Made) -> str:
    """The fact's value."""
    return msgspec.json.encode(made).decode()


def made(found: Mapping[str, str]) -> Made | None:
    """What `facts` wrote; None in a journal that is older. Raises StoreError for anything else."""
    if FACT not in found:
        return None
    try:
        return msgspec.json.decode(found[FACT], type=Made)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"the run does not remember how it was made ({error}): run `grader grade` again") from error


def catalogue(held: Held, given: Path | None = None) -> Catalogue:
    """The course of a run, or the one that is given. Raises UsageError where it isn't there any more."""
    told = held.facts.get("course", "")
    root = told.removeprefix("the course ") if told.startswith("the course ") else ""
    return open_course(given or (Path(root) if root else None))


def named(held: Held) -> tuple[str, ...]:
    """The assignments that the run was asked for; none where it takes those that are answered."""
    return tuple(filter(None, held.facts.get("assignments", "").split(",")))


def seed(held: Held) -> int:
    """The run's seed. Raises StoreError where it remembers none."""
    found = held.facts.get("seed", "")
    if not found.isdecimal():
        raise held.journal.damaged(f"its seed is {found[:20]!r}")
    return int(found)


def renew(
    held: Held, prepared: Mapping[str, Prepared] | None = None, anew: Collection[str] = (), given: Path | None = None
) -> Published:
    """Render the run's folder again, and the pages of the students `anew` whatever they hold. Raises GraderError."""
    names = [column.name for column in held.columns]
    if prepared is None:
        prepared = course.prepare_all(names, seed(held), catalogue(held, given))
    if not held.columns:
        raise UsageError(f"{held.folder} holds no assignment: run `grader grade` again")
    blank = held.columns[0].blank
    publisher = Publisher(
        held.folder, held.journal, prepared, named(held), held.students, Run(seed(held), blank.sandbox)
    )
    return publisher.publish(_ran(held), anew)


def _ran(held: Held) -> RunFacts:
    """What the class page says of the run."""
    try:
        return msgspec.json.decode(held.facts[RAN], type=RunFacts)
    except (KeyError, msgspec.DecodeError) as error:
        raise StoreError(f"{held.folder} was written by another version: run `grader grade` again") from error
