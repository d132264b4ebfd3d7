"""Which file of a submission answers which assignment.

A file answers the assignment that it is named for, or else every assignment of which it defines a function. Where
several assignments ask for functions of one name, each of them goes to the assignment whose parameters it has, or else
to the one that the rest of the file speaks for; an assignment to which nothing goes is not answered. Where several
files answer one assignment, the order is: the exact name, the largest share of the assignment's functions, parameters
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
FITS: Final = 0.6
"""The share of its parameters by which a function is known to be written for an assignment."""


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
    answered = {c.index: _answered(c, assignments) for c in candidates}
    for name, assignment in assignments.items():
        ranked = sorted(
            ((_rank(c, assignment), c) for c in candidates if name in answered[c.index]), key=lambda pair: pair[0]
        )
        if ranked:
            best = ranked[-1][1]
            others = tuple(c.name for _, c in ranked[:-1])
            found[name] = Answer(best.index, _why(ranked[-1][0], ranked[-2][0]) if others else "", others)
    return found


_Rank = tuple[int, float, int, str]


def _answered(candidate: Candidate, assignments: Mapping[str, Assignment]) -> set[str]:
    """The names of the assignments that a file answers."""
    if candidate.named_for is not None:
        return {candidate.named_for}
    by_class = {n for n, a in assignments.items() if aliases(candidate.definitions, a.classes)}
    return by_class | set(_claims(candidate.definitions, assignments).values())


# --- functions that several assignments ask for -----------------------------------------------------------------------


def _claims(definitions: Sequence[wire.Definition], assignments: Mapping[str, Assignment]) -> dict[str, str]:
    """For each function that is asked for, the assignment that it was written for."""
    mine = {d.name: d.parameters for d in definitions}
    asking = {f: [n for n, a in assignments.items() if f in a.functions] for f in mine}
    fitting = {f: _fitting(mine[f], f, [assignments[n] for n in names]) for f, names in asking.items() if names}

    def strength(name: str) -> tuple[int, int, float]:
        """How much of the file speaks for an assignment: functions that no other asks for, those whose parameters only
        it has, and its share.
        """
        functions = assignments[name].functions
        alone = sum(names == [name] for names in asking.values())
        fits = sum(found == name for found in fitting.values())
        return alone, fits, len(mine.keys() & functions) / len(functions)

    return {f: found or max(asking[f], key=lambda name: (strength(name), name)) for f, found in fitting.items()}


def _fitting(parameters: Sequence[str], function: str, asking: Sequence[Assignment]) -> str:
    """The assignment whose parameters the function has, more than any other's; "" where none stands out."""
    fits = sorted(((_alike(parameters, a.functions[function]), a.name) for a in asking), reverse=True)
    if len(fits) == 1:
        return fits[0][1]
    return fits[0][1] if fits[0][0] >= FITS and fits[0][0] > fits[1][0] else ""


def _alike(mine: Sequence[str], asked: Sequence[str]) -> float:
    """The share of the parameters that are called the same, in the same places. Upstream gradients are all one: their
    names tell nothing.
    """
    mine, asked = _plain(mine), _plain(asked)
    same = sum(a == b for a, b in zip(mine, asked, strict=False))
    return same / max(len(mine), len(asked), 1)


def _plain(parameters: Sequence[str]) -> list[str]:
    backward = bool(parameters) and parameters[-1] == "cache"
    return ["d" if backward and name.startswith("d") else name for name in parameters]


# --- several files ----------------------------------------------------------------------------------------------------


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
