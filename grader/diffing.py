"""`grader diff`: two runs against each other, student by student."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from grader import moves_told
from grader.columns import Column
from grader.held import Held, opened
from grader.moves import Tally, differences, version
from grader.policy.marks import Mark, mark
from grader.report.escape import line
from grader.report.info import number
from grader.result import Result

DIFFERENT: Final = 1


@dataclass(frozen=True)
class Options:
    """What the command was given."""

    before: Path
    after: Path
    json: bool = False
    everybody: bool = False


class Run:
    """A run as one side of a comparison; with `marked`, by what its course file makes of it."""

    def __init__(self, held: Held, *, marked: bool) -> None:
        self.held = held
        self.marked = marked

    def of(self, student: str) -> tuple[Mapping[str, Result], Mark | None] | None:
        """A student's results and mark."""
        if student not in self.held.there:
            return None
        if not self.marked:
            return {result.assignment: result for result in self.held.results(student)}, None
        attempts = self.held.attempts(student)
        latest = {name: tried[-1] for name, tried in attempts.items()}
        return latest, mark(student, attempts, self.held.policy.policy)


def diff(options: Options, code: list[int]) -> Iterator[str]:
    """Lines to print; the exit code is added to `code` at the end. Raises GraderError."""
    with opened(options.before) as before, opened(options.after) as after:
        marked = bool(before.policy or after.policy)
        students = [name for name, _ in groupby(heapq.merge(before.students, after.students))]
        tally = Tally()
        moved = differences(Run(before, marked=marked), Run(after, marked=marked), students, tally)
        if options.json:
            head = {"before": str(options.before), "after": str(options.after)}
            yield from moves_told.document(head, moved, tally)
        else:
            told, said = changed(before.columns, after.columns)
            yield from told
            yield from _course_files(before, after)
            yield from moves_told.lines(moved, tally, everybody=options.everybody, said=said)
    code.append(DIFFERENT if tally.moved else 0)


def _course_files(before: Held, after: Held) -> Iterator[str]:
    if before.policy.text != after.policy.text:
        yield f"course file: {line(before.policy.name) or 'none'} -> {line(after.policy.name) or 'none'}"


def changed(before: Sequence[Column], after: Sequence[Column]) -> tuple[list[str], list[str]]:
    """What is different about the assignments as such, in lines, and as the reason that results give for it."""
    old, new = ({column.name: column for column in columns} for columns in (before, after))
    told, reasons = [], []
    for name in dict.fromkeys((*old, *new)):
        if name not in new or name not in old:
            told.append(f"{name}: {'no longer there' if name in old else 'not there before'}")
            continue
        versions = [c[name].blank.versions.get("assignment", "none")[:8] for c in (old, new)]
        if versions[0] != versions[1]:
            reasons.append(version(*versions))
            points = [number(c[name].max_score) for c in (old, new)]
            worth = f"{points[0]} points" if points[0] == points[1] else f"{points[0]} -> {points[1]} points"
            told.append(f"{name}: {reasons[-1]}, {worth}")
    return told, reasons
