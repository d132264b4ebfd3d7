"""What a run's folder holds, student by student: results with manual marks, attempts, and the policy in force.

It needs nothing but the folder: neither the assignments, which may have changed meanwhile, nor the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from grader import columns, manual
from grader.columns import Column
from grader.errors import StoreError, UsageError
from grader.grading import Handed
from grader.policy import file as policy_file
from grader.policy.rules import NONE, Policy
from grader.report.escape import encodable
from grader.result import Result
from grader.store import NAME, Journal

POLICY: Final = "policy"
POLICY_NAME: Final = "policy file"
"""The facts that hold the course file's text, and what it is called."""


@dataclass(frozen=True)
class InForce:
    """A policy, and the course file that it comes from; no name where there is none."""

    policy: Policy = NONE
    name: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.name)

    @property
    def facts(self) -> dict[str, str]:
        """What a journal remembers of it."""
        return {POLICY: self.text, POLICY_NAME: self.name}


def in_force(facts: Mapping[str, str]) -> InForce:
    """The policy that a run remembers. Raises StoreError for one that can't be read any more."""
    name, text = facts.get(POLICY_NAME, ""), facts.get(POLICY, "")
    return InForce(policy_file.remembered(text, name), name, text) if name else InForce()


def from_file(path: Path, known: Iterable[str] | None = None) -> InForce:
    """The policy in a course file. Raises UsageError."""
    text = policy_file.text_of(path)
    name = encodable(str(path))
    return InForce(policy_file.parse(text, name, known), name, text)


class Held:
    """A finished run, read from its journal."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.folder = folder
        self.journal = journal
        self.facts = journal.facts()
        if columns.FACT not in self.facts:
            raise UsageError(f"{folder} holds no finished run: run `grader grade` again, it goes on where it stopped")
        try:
            told = columns.unpack(self.facts[columns.FACT])
        except msgspec.DecodeError as error:
            raise StoreError(f"{folder} was written by another version ({error}): run `grader grade` again") from error
        self.columns: list[Column] = told.columns
        self.unreached = frozenset(told.unreached)
        self.manual = manual.Marks.of(manual.read(folder))
        self.policy = in_force(self.facts)

    @cached_property
    def students(self) -> list[str]:
        """Everybody, sorted: those whom the run was stopped before too."""
        return sorted(self.unreached.union(self.journal.students()))

    @cached_property
    def there(self) -> frozenset[str]:
        """The same, to look somebody up."""
        return frozenset(self.students)

    @cached_property
    def _tried_again(self) -> bool:
        return self.journal.has_earlier()

    def read(self, student: str) -> tuple[Handed, list[Result]]:
        """What a student handed in, and a result for each column, as they were graded."""
        given, found = self.journal.read(student) if student not in self.unreached else (_unreached(student), [])
        by_name = {result.assignment: result for result in found}
        return given, [by_name.get(column.name) or unanswered(column, given) for column in self.columns]

    def results(self, student: str) -> list[Result]:
        """A student's result for each column, with manual marks."""
        return [self.manual.applied(result) for result in self.read(student)[1]]

    def attempts(self, student: str) -> dict[str, list[Result]]:
        """A student's results by assignment, every attempt that was graded in its order, the latest last."""
        earlier = self.journal.attempts(student) if self._tried_again and student not in self.unreached else []
        return lined_up(self.read(student)[1], [results for _, results in earlier], self.manual)

    def set_aside(self) -> Iterator[tuple[manual.Given, str]]:
        """The manual marks that fit nothing any more, and why."""
        for student in dict.fromkeys(given.student for given in self.manual.all):
            if student not in self.there:
                yield from ((given, "the student is not in this run") for given in self.manual.of_student(student))
                continue
            earlier = [results for _, results in self.journal.attempts(student)] if self._tried_again else []
            yield from set_aside(student, self.read(student)[1], earlier, self.manual)

    def blank(self, student: str) -> dict[str, list[Result]]:
        """The same of somebody who is not in this run."""
        nothing = Handed(student, [], [])
        return {column.name: [unanswered(column, nothing)] for column in self.columns}


def _unreached(student: str) -> Handed:
    return Handed(student, [], [], failure="the run was stopped before this submission")


def same_files(one: Handed, other: Handed) -> bool:
    """Whether the same was handed in."""
    return sorted(file.sha256 for file in one.files) == sorted(file.sha256 for file in other.files)


def lined_up(
    latest: Sequence[Result], earlier: Iterable[Sequence[Result]], marks: manual.Marks
) -> dict[str, list[Result]]:
    """The attempts at each assignment. The same files again are no new attempt, and count from when they first came."""
    found: dict[str, list[Result]] = {result.assignment: [] for result in latest}
    for results in (*earlier, latest):
        for result in results:
            tried = found.get(result.assignment)
            if tried is None:
                continue
            if tried and manual.files_of(tried[-1]) == manual.files_of(result):
                tried[-1] = msgspec.structs.replace(result, origin=tried[-1].origin)
            else:
                tried.append(result)
    return {name: [marks.applied(result) for result in tried] for name, tried in found.items()}


def set_aside(
    student: str, latest: Sequence[Result], earlier: Sequence[Sequence[Result]], marks: manual.Marks
) -> Iterator[tuple[manual.Given, str]]:
    """A student's manual marks that fit none of the attempts, each with why it does not fit the latest."""
    by_name = {result.assignment: result for result in latest}
    for given in marks.of_student(student):
        tried = [r for results in (*earlier, latest) for r in results if r.assignment == given.assignment]
        if not any(not manual.misfit(given, result) for result in tried):
            result = by_name.get(given.assignment)
            why = manual.misfit(given, result) if result else "the assignment is not in this run"
            yield given, why


@contextmanager
def opened(folder: Path) -> Iterator[Held]:
    """The run in a folder. Raises UsageError where there is none, StoreError where it can't be read."""
    if not (folder / NAME).is_file():
        raise UsageError(f"{folder} holds no run of the grader: name the folder that `grader grade --out` was given")
    with Journal(folder) as journal:
        yield Held(folder, journal)


def unanswered(column: Column, given: Handed) -> Result:
    """The result of an assignment that a submission does not answer, as `grading.unanswered` has it."""
    result = msgspec.structs.replace(
        column.blank, student=given.student, files=given.files, problems=given.problems, origin=given.origin
    )
    if given.failure:
        return msgspec.structs.replace(result, status="not_graded", score=None, checks=[], reason=given.failure)
    if given.unreadable:
        told = [msgspec.structs.replace(c, status="error", message=given.unreadable) for c in result.checks]
        return msgspec.structs.replace(result, checks=told)
    return result
