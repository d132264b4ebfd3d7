"""`grader grades`: the marks of finished runs, and how one came about."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from grader import again, folder
from grader.errors import GraderError, UsageError
from grader.held import Held, InForce, from_file, opened
from grader.policy import table, told
from grader.policy.marks import Mark, mark
from grader.report.escape import line
from grader.report.files import write_atomic
from grader.report.info import number, plural
from grader.result import Result
from grader.store import Journal

WIDTH: Final = 80
_NAME: Final = 20
_CELL: Final = 11
_WIDEST: Final = 22
"""Characters of a student's name, and of a mark at least and at most."""


@dataclass(frozen=True)
class Options:
    """What the command was given."""

    folders: tuple[Path, ...]
    explain: str | None = None
    policy: Path | None = None
    write: bool = False
    to: Path | None = None


def show(options: Options) -> Iterator[str]:
    """Lines to print. Raises GraderError."""
    if options.write:
        yield from _put_in_force(options)
        return
    with ExitStack() as stack:
        runs = [stack.enter_context(opened(path)) for path in options.folders]
        _apart(runs)
        rules = _rules(runs, options.policy)
        students = [name for name, _ in groupby(heapq.merge(*(run.students for run in runs)))]
        if not students:
            raise UsageError(f"{options.folders[0]} holds no student: there are no marks to show")
        if options.explain is not None:
            name = _named(options.explain, students)
            yield from told.explained(mark(name, _attempts(runs, name), rules.policy), rules.policy, rules.name)
            return
        marks = (mark(name, _attempts(runs, name), rules.policy) for name in students)
        names = [column.name for run in runs for column in run.columns]
        if options.to is not None:
            write_atomic(options.to, table.render(names, marks, rules.policy).encode())
            yield f"written: {options.to}"
        else:
            yield from _table(names, marks, rules)
        yield from _strangers(rules, students)
        if options.policy is not None:
            yield f"nothing is changed: --write puts {line(rules.name)} in force"


# --- which marks ------------------------------------------------------------------------------------------------------


def _apart(runs: Sequence[Held]) -> None:
    """Each assignment is in one of the runs. Raises UsageError."""
    owners: dict[str, Path] = {}
    for run in runs:
        for column in run.columns:
            if column.name in owners:
                raise UsageError(
                    f"{column.name} is in {owners[column.name]} and in {run.folder}: give runs of different assignments"
                )
            owners[column.name] = run.folder


def _rules(runs: Sequence[Held], given: Path | None) -> InForce:
    """The course file that is given, or the one that all the runs remember. Raises UsageError."""
    if given is not None:
        return from_file(given)
    if len({run.policy.text for run in runs}) > 1:
        raise UsageError("these runs have different course files: say --policy FILE")
    return runs[0].policy


def _attempts(runs: Sequence[Held], student: str) -> Mapping[str, Sequence[Result]]:
    found: dict[str, Sequence[Result]] = {}
    for run in runs:
        found |= run.attempts(student) if student in run.there else run.blank(student)
    return found


def _named(wanted: str, students: Sequence[str]) -> str:
    if wanted not in students:
        near = difflib.get_close_matches(wanted, students, 1)
        hint = f"did you mean {near[0]!r}?" if near else "`grader grades DIR` lists the students"
        raise UsageError(f"no student is called {wanted!r} here: {hint}")
    return wanted


# --- the table --------------------------------------------------------------------------------------------------------


def _table(names: Sequence[str], marks: Iterator[Mark], rules: InForce) -> Iterator[str]:
    """A line a student: the marks of each assignment where they fit, the mark, and what changed it."""
    yield from told.wrapped(f"marks by {line(rules.name)}" if rules else "no course file: marks are the points")
    room = (WIDTH - _NAME) // (len(names) + 1) - 1
    shown, cell = (list(names), min(room, _WIDEST)) if room >= _CELL and len(names) > 1 else ([], _CELL)
    yield _row("student", [*(line(name, cell) for name in shown), "mark"], cell)
    graded, count, total, out_of = 0, 0, 0.0, 0.0
    for each in marks:
        cells = {a.name: "" if a.mark is None else number(a.mark, 4) for a in each.assignments}
        whole = "not graded" if each.mark is None else number(each.mark, 4)
        yield _row(line(each.student, _NAME), [*(cells[name] for name in shown), whole], cell)
        for remark in told.brief(each, rules.policy):
            yield from told.wrapped(remark, "    ")
        count += 1
        graded += each.mark is not None
        total, out_of = total + (each.mark or 0.0), each.out_of
    mean = f", mean {number(total / graded, 2)}" if graded else ""
    yield ""
    yield f"{plural(count, 'student')}, {graded:,} with a mark of {number(out_of)}{mean}"


def _row(name: str, cells: Sequence[str], width: int) -> str:
    return f"{name:<{_NAME}}" + "".join(f" {cell:>{width}}" for cell in cells)


def _strangers(rules: InForce, students: Sequence[str]) -> Iterator[str]:
    """Who is named in the course file and is not in the run: a slip, or somebody who left."""
    there = frozenset(students)
    given = dict.fromkeys((*rules.policy.extensions, *rules.policy.handed_in))
    for name in [name for name in given if name not in there][:10]:
        near = difflib.get_close_matches(name, students, 1) if len(students) <= 2_000 else []
        hint = f": did you mean {line(near[0], 60)}?" if near else ""
        yield f"{line(rules.name)} names {line(name, 60)}, who is not in this run{hint}"


# --- another policy ---------------------------------------------------------------------------------------------------


def _put_in_force(options: Options) -> Iterator[str]:
    """Remember the course file with the run, and render what follows from it. Nothing is graded again."""
    if options.policy is None or len(options.folders) != 1 or options.explain is not None or options.to is not None:
        raise UsageError(
            "--write puts the file of --policy in force for one run: grader grades DIR --policy FILE --write"
        )
    path = options.folders[0]
    with opened(path):
        pass
    with folder.taken(path, fresh=False) as out, Journal(out) as journal:
        rules = from_file(options.policy)
        journal.remember(rules.facts)
        yield f"in force: {line(rules.name)}"
        yield from renewed(Held(out, journal))


def renewed(run: Held, anew: Sequence[str] = ()) -> Iterator[str]:
    """Render the run's folder again, and say so; what stands in the way costs no mark."""
    try:
        published = again.renew(run, anew=anew)
    except ModuleNotFoundError as error:
        yield f"the reports are as they were ({error.name} is not here): run `grader grade` again to renew them"
    except GraderError as error:
        yield f"the reports are as they were ({line(str(error), 400)}): run `grader grade` again to renew them"
    else:
        yield f"reports renewed: {run.folder / 'index.html'}"
        yield from (f"a manual mark fits no more: {line(text, 400)}" for text in published.set_aside)
