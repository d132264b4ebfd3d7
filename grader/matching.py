"""Which file of a submission answers which assignment.

A file answers the assignment that it is named for, or else every assignment of which it defines a function. Where
several files answer one, the order is: the exact name, the largest share of the assignment's functions, parameters
named as the contract names them, the last in sorted order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.assignment import Assignment
from grader.sandbox import wire

UNNAMED: Final = -100
"""The nearness of a name that is no assignment's."""


@dataclass(frozen=True)
class Candidate:
    """A file as far as matching needs it: `definitions` is empty for one that is named for an assignment."""

    index: int
    name: str
    named_for: str | None
    distance: int = 0
    """How far its name is from the assignment's: 0 is exact."""
    definitions: tuple[wire.Definition, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The file that counts for an assignment, and those that would have answered it too."""

    index: int
    why: str
    others: tuple[str, ...] = ()


def match(candidates: Sequence[Candidate], assignments: Mapping[str, Assignment]) -> dict[str, Answer]:
    """The file that answers each assignment, for those that any file answers."""
    found: dict[str, Answer] = {}
    for name, assignment in assignments.items():
        ranked = sorted(
            ((_rank(c, assignment), c) for c in candidates if _answers(c, assignment)), key=lambda pair: pair[0]
        )
        if ranked:
            best = ranked[-1][1]
            others = tuple(c.name for _, c in ranked[:-1])
            found[name] = Answer(best.index, _why(ranked[-1][0], ranked[-2][0]) if others else "", others)
    return found


_Rank = tuple[int, float, int, str]


def _answers(candidate: Candidate, assignment: Assignment) -> bool:
    if candidate.named_for is not None:
        return candidate.named_for == assignment.name
    named = any(d.name in assignment.functions for d in candidate.definitions)
    return named or bool(aliases(candidate.definitions, assignment.classes))


def aliases(definitions: Sequence[wire.Definition], classes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What the submission calls the `classes` (with the members that each must have) that it calls otherwise.

    A class is found under another name where it is the only one that fits.
    """
    found = {}
    for name, members in classes.items():
        fits = fitting(definitions, members)
        if len(fits) == 1 and name not in {d.name for d in definitions}:
            found[name] = fits[0]
    return found


def fitting(definitions: Sequence[wire.Definition], members: tuple[str, ...]) -> list[str]:
    """The names of the classes that have these members."""
    return [d.name for d in definitions if d.kind == "class" and set(members) <= set(d.members)]


def _rank(candidate: Candidate, assignment: Assignment) -> _Rank:
    asked = assignment.functions
    own = {other: name for name, other in aliases(candidate.definitions, assignment.classes).items()}
    named = ((own.get(d.name, d.name), d.parameters) for d in candidate.definitions)
    mine = {name: parameters for name, parameters in named if name in asked}
    same = sum(parameters == asked[name] for name, parameters in mine.items())
    nearness = UNNAMED if candidate.named_for is None else -candidate.distance
    return nearness, len(mine) / len(asked), same, candidate.name


def _why(best: _Rank, next_best: _Rank) -> str:
    reasons = (
        "its name is nearest to the assignment's",
        "it defines more of the functions",
        "its parameters fit better",
    )
    for reason, mine, theirs in zip(reasons, best, next_best, strict=False):
        if mine != theirs:
            return reason
    return "it is the last in sorted order"
