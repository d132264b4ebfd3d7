"""Who moves between two gradings of the same class, by how much, and why: plain data from pairs of results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from grader.manual import files_of
from grader.policy.marks import Mark
from grader.report.info import number
from grader.result import Check, Result


class Seen(msgspec.Struct, frozen=True):
    """What a check came to."""

    status: str
    points: float
    max_points: float
    diagnosis: str | None = None


class Change(msgspec.Struct, frozen=True):
    """A check that came to something else; None where there is no such check."""

    function: str
    check: str
    before: Seen | None
    after: Seen | None


class Move(msgspec.Struct, frozen=True):
    """An assignment of a student that came to something else; None where it is not graded, or not there."""

    student: str
    assignment: str
    before: float | None
    after: float | None
    max_before: float | None
    max_after: float | None
    changes: list[Change] = []
    why: list[str] = []
    """What is different beside the checks: files, the assignment's version, the seed, manual marks."""

    @property
    def by(self) -> float | None:
        """By how much; None where one side has no points."""
        return None if self.before is None or self.after is None else round(self.after - self.before, 4)


class MarkMove(msgspec.Struct, frozen=True):
    """A student's mark by the course file that came to something else."""

    student: str
    before: float | None
    after: float | None
    out_of_before: float
    out_of_after: float


@dataclass(frozen=True)
class Moved:
    """Everything that is different about a student."""

    student: str
    moves: list[Move]
    mark: MarkMove | None = None
    only: str = ""
    """Where the student is in one of the runs alone: "before" or "after"."""


@dataclass
class Tally:
    """What all of it comes to."""

    students: int = 0
    moved: int = 0
    up: int = 0
    down: int = 0
    total: float = 0.0
    largest: float = 0.0
    """The move that is furthest from 0."""
    why: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many results changed so, by assignment and what happened to one check."""
    marks: int = 0

    def count(self, moved: Moved) -> None:
        """One more student who is not the same."""
        self.moved += 1
        self.marks += moved.mark is not None
        by = sum(move.by or 0.0 for move in moved.moves)
        self.up += by > 0
        self.down += by < 0
        self.total += by
        self.largest = max(self.largest, by, key=abs)
        for move in moved.moves if not moved.only else ():
            for change in move.changes:
                self.why[move.assignment, told_change(change)] += 1
            if not move.changes:
                for reason in move.why:
                    self.why[move.assignment, reason] += 1


class Side(Protocol):
    """A grading of a class."""

    def of(self, student: str) -> tuple[Mapping[str, Result], Mark | None] | None:
        """A student's results by assignment, and the mark where a course file makes one; None for who is not there."""
        ...


def differences(before: Side, after: Side, students: Iterable[str], tally: Tally) -> Iterator[Moved]:
    """The students who are not the same, one after the other; `tally` counts all."""
    for student in students:
        tally.students += 1
        moved = _moved(student, before.of(student), after.of(student))
        if moved is not None:
            tally.count(moved)
            yield moved


def _moved(
    student: str,
    before: tuple[Mapping[str, Result], Mark | None] | None,
    after: tuple[Mapping[str, Result], Mark | None] | None,
) -> Moved | None:
    (old, old_mark), (new, new_mark) = before or ({}, None), after or ({}, None)
    names = dict.fromkeys((*old, *new))
    moves = [move for name in names if (move := compare(old.get(name), new.get(name)))]
    mark = None
    if old_mark and new_mark and (old_mark.mark, old_mark.out_of) != (new_mark.mark, new_mark.out_of):
        mark = MarkMove(student, old_mark.mark, new_mark.mark, old_mark.out_of, new_mark.out_of)
    only = "" if before and after else "before" if before else "after"
    return Moved(student, moves, mark, only) if moves or mark or only else None


def compare(before: Result | None, after: Result | None) -> Move | None:
    """What is different between two results of a student and an assignment; None where nothing that counts is."""
    told = after or before
    if told is None:
        return None
    old, new = _checks(before), _checks(after)
    changes = [
        Change(function, check, old.get((function, check)), new.get((function, check)))
        for function, check in dict.fromkeys((*old, *new))
        if old.get((function, check)) != new.get((function, check))
    ]
    scores = (before.score if before else None, after.score if after else None)
    most = (before.max_score if before else None, after.max_score if after else None)
    same_status = (before.status if before else "") == (after.status if after else "")
    if scores[0] == scores[1] and most[0] == most[1] and same_status and not changes:
        return None
    why = list(_why(before, after)) if before and after else []
    return Move(told.student, told.assignment, *scores, *most, changes, why)


def _checks(result: Result | None) -> dict[tuple[str, str], Seen]:
    return {(c.function, c.check): _seen(c) for c in result.checks} if result else {}


def _seen(check: Check) -> Seen:
    return Seen(check.status, check.points, check.max_points, check.diagnosis)


def _why(before: Result, after: Result) -> Iterator[str]:
    if before.status != after.status:
        yield after.reason or f"it is {after.status.replace('_', ' ')} now"
    if files_of(before) != files_of(after):
        yield "other files were handed in"
    if before.versions.get("assignment") != after.versions.get("assignment"):
        old, new = (result.versions.get("assignment", "none")[:8] for result in (before, after))
        yield version(old, new)
    if before.seed != after.seed:
        yield f"other inputs: seed {before.seed} -> {after.seed}"
    for name in ("grader", "numpy", "python"):
        if before.versions.get(name) != after.versions.get(name):
            yield f"another {name}: {before.versions.get(name, 'none')} -> {after.versions.get(name, 'none')}"
    if _by_hand(before) != _by_hand(after):
        yield "other manual marks"


def version(old: str, new: str) -> str:
    """That an assignment is another than it was."""
    return f"the assignment changed: version {old} -> {new}"


def _by_hand(result: Result) -> list[tuple[str, str, float, str]]:
    return [(mark.function, mark.check, mark.points, mark.why) for mark in result.manual]


def told_change(change: Change) -> str:
    """What happened to a check: "softmax_backward backward: failed (diagonal-only) -> passed"."""
    before, after = _state(change.before), _state(change.after)
    check = f"{change.function} {change.check}"
    if before != after or not (change.before and change.after):
        return f"{check}: {before} -> {after}"
    old, new = change.before.max_points, change.after.max_points
    return f"{check}: {after}, {'other points' if old == new else f'worth {number(old)} -> {number(new)}'}"


def _state(seen: Seen | None) -> str:
    if seen is None:
        return "not asked"
    return f"{seen.status} ({seen.diagnosis})" if seen.diagnosis else seen.status
