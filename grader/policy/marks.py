"""From a student's results to a mark: attempts, late penalties, weights, drops, rounding, in this order.

Every step is kept, so that `told` can show how a mark came about. A mark is between 0 and full marks; where a part of
it was not graded, for no fault of the student's, there is none.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.policy.late import Lateness, lateness
from grader.policy.rules import Group, Policy, Rounding
from grader.result import Result


@dataclass(frozen=True)
class Attempt:
    """One attempt at an assignment: its points, and what is left of them."""

    number: int
    result: Result
    """With manual marks."""
    late: Lateness
    mark: float | None
    """After the late penalty, in the assignment's points; None where it was not graded."""
    valid: bool = True
    """Whether it is among the attempts that count."""


@dataclass(frozen=True)
class AssignmentMark:
    """What an assignment gives."""

    name: str
    max_score: float
    attempts: tuple[Attempt, ...]
    """In their order; the last is the latest."""
    counts: int
    """The place of the attempt that counts."""
    mark: float | None
    """In points, rounded where assignments are."""
    unit: str
    """The group that it belongs to, or its own name."""
    weight: float = 0.0
    """Its part of its unit's weight, before drops."""
    dropped: bool = False

    @property
    def counted(self) -> Attempt:
        """The attempt that counts."""
        return self.attempts[self.counts]

    @property
    def latest(self) -> Attempt:
        """The latest attempt, which the reports show."""
        return self.attempts[-1]

    @property
    def share(self) -> float:
        """Of full points; 0 where it was not graded."""
        return min(max((self.mark or 0.0) / self.max_score, 0.0), 1.0) if self.max_score > 0 else 0.0


@dataclass(frozen=True)
class UnitMark:
    """A group, or an assignment that is in none: its weight and the share of it that is earned."""

    name: str
    members: tuple[str, ...]
    weight: float
    share: float
    group: bool = False


@dataclass(frozen=True)
class Mark:
    """A student's mark."""

    student: str
    assignments: tuple[AssignmentMark, ...]
    units: tuple[UnitMark, ...]
    exact: float | None
    """Before rounding."""
    mark: float | None
    out_of: float
    reason: str = ""
    """Why there is none."""


def mark(student: str, attempts: Mapping[str, Sequence[Result]], policy: Policy) -> Mark:
    """The mark of a student whose attempts at each assignment are given in their order, the latest last."""
    found = [_assignment(name, results, policy) for name, results in attempts.items()]
    ungraded = next((a.counted.result.reason or "not graded" for a in found if a.mark is None), "")
    members = {name: [a for a in found if a.unit == name] for name in dict.fromkeys(a.unit for a in found)}
    units: list[UnitMark] = []
    kept: dict[str, AssignmentMark] = {}
    for name, of_unit in members.items():
        group = next((g for g in policy.groups if g.name == name), None)
        unit, weighed = _unit(name, of_unit, group, policy)
        units.append(unit)
        kept |= {a.name: a for a in weighed}
    out_of = full(policy, [a.max_score for a in found])
    exact = None if ungraded else _within(_mean([(u.weight, u.share) for u in units]) * out_of, out_of)
    rounded = exact
    if exact is not None and policy.rounding and policy.rounding.what != "assignments":
        rounded = rounded_to(exact, policy.rounding)
    return Mark(student, tuple(kept[a.name] for a in found), tuple(units), exact, rounded, out_of, ungraded)


def full(policy: Policy, max_scores: Sequence[float]) -> float:
    """Full marks."""
    if policy.out_of is not None:
        return policy.out_of
    return 100.0 if policy.weights else round(math.fsum(max_scores), 4)


def rounded_to(value: float, rounding: Rounding) -> float:
    """`value` rounded as people do: 2.675 is a half of 2.67 and 2.68, whatever the float that stands for it."""
    step = decimal.Decimal(1).scaleb(-rounding.places)
    way = decimal.ROUND_HALF_UP if rounding.half == "up" else decimal.ROUND_HALF_EVEN
    return float(decimal.Decimal(f"{value:.9f}").quantize(step, way))


# --- an assignment ----------------------------------------------------------------------------------------------------


def _assignment(name: str, results: Sequence[Result], policy: Policy) -> AssignmentMark:
    latest = results[-1]
    last = len(results) if policy.attempts is None else policy.attempts
    tried = tuple(
        _attempt(i, result, latest.max_score, policy, latest=result is latest, valid=i <= last)
        for i, result in enumerate(results, 1)
    )
    counts = _which([a for a in tried if a.valid], policy)
    of_it = tried[counts].mark
    if of_it is not None and policy.rounding and policy.rounding.what != "mark":
        of_it = _within(rounded_to(of_it, policy.rounding), latest.max_score)
    unit = next((g.name for g in policy.groups if name in g.assignments), name)
    return AssignmentMark(name, latest.max_score, tried, counts, of_it, unit)


def _attempt(number: int, result: Result, of: float, policy: Policy, *, latest: bool, valid: bool) -> Attempt:
    late = lateness(result, policy, latest=latest)
    if result.score is None or result.status != "graded":
        return Attempt(number, result, late, None, valid)
    # An attempt at an earlier version of the assignment may have been worth other points.
    points = result.score if result.max_score == of else result.score * of / max(result.max_score, 1e-9)
    lost = late.percent / 100 * (points if policy.late.of == "earned" else of)
    return Attempt(number, result, late, _within(round(points - lost, 9), of), valid)


def _which(valid: Sequence[Attempt], policy: Policy) -> int:
    """The place of the attempt that counts; of several best ones the first. One that was not graded is unknown, and
    what is unknown may be the best.
    """
    if policy.count == "first":
        return 0
    if policy.count == "latest":
        return len(valid) - 1
    unknown = next((i for i, a in enumerate(valid) if a.mark is None), None)
    return unknown if unknown is not None else max(range(len(valid)), key=lambda i: (valid[i].mark or 0.0, -i))


# --- weights and drops ------------------------------------------------------------------------------------------------


def _unit(
    name: str, members: Sequence[AssignmentMark], group: Group | None, policy: Policy
) -> tuple[UnitMark, list[AssignmentMark]]:
    """A group's weight stays its own whatever is dropped of it, so that a drop never lowers a mark."""
    weights = _weights(name, members, policy)
    weighed = [a for a in members if weights[a.name] > 0]
    drop = min(group.drop, max(len(weighed) - 1, 0)) if group else 0
    # Of equally low ones the heaviest: the others count as much.
    order = sorted(weighed, key=lambda a: (a.share, -weights[a.name], a.name))
    dropped = {a.name for a in order[:drop]}
    marked = [replace(a, weight=weights[a.name], dropped=a.name in dropped) for a in members]
    share = _mean([(a.weight, a.share) for a in marked if not a.dropped])
    weight = policy.weights.get(name, math.fsum(weights.values())) if policy.weights else math.fsum(weights.values())
    return UnitMark(name, tuple(a.name for a in members), weight, share, group is not None), marked


def _weights(name: str, members: Sequence[AssignmentMark], policy: Policy) -> dict[str, float]:
    """By points where there are no weights or the group has one; else as the file says, 0 where it says nothing."""
    if not policy.weights or (name in policy.weights and name not in {a.name for a in members}):
        return {a.name: a.max_score for a in members}
    return {a.name: policy.weights.get(a.name, 0.0) for a in members}


def _mean(weighed: Sequence[tuple[float, float]]) -> float:
    total = math.fsum(weight for weight, _ in weighed)
    return math.fsum(weight * share for weight, share in weighed) / total if total > 0 else 0.0


def _within(value: float, most: float) -> float:
    return min(max(value, 0.0), most)
