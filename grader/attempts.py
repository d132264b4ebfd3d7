"""Who is who among what was handed in, and which of a student's attempts counts: the latest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grader import intake
from grader.layouts import PLAIN, Handin, Part
from grader.result import Origin, Problem
from grader.roster import Person, Roster

MOST: Final = 10
"""Names of a list that is told."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student with the submission that counts."""

    name: str
    parts: tuple[Part, ...]
    origin: Origin | None
    problems: tuple[Problem, ...]
    earlier: tuple[Student, ...] = ()
    """The attempts before it that are here too, in their order."""


def sort_out(layout: str, handins: Iterable[Handin], roster: Roster | None) -> tuple[list[Student], list[str]]:
    """The students, sorted, and remarks: who is not on the roster, and who of it handed in nothing."""
    found: dict[str, list[Handin]] = defaultdict(list)
    people: dict[str, Person] = {}
    unmapped: list[Handin] = []
    for handin in handins:
        person = roster.find(handin.ids or {PLAIN: handin.name}) if roster else None
        if person is None:
            unmapped.append(handin)
        else:
            people[person.student] = person
            found[person.student].append(handin)
    for handin in unmapped:
        name = handin.name
        while name in people:  # a platform's name that somebody on the roster is called by
            name += "'"
        found[name].append(handin)
    students = [_student(name, found[name], layout, people.get(name), roster) for name in sorted(found)]
    remarks = []
    if roster and unmapped:
        remarks.append(f"not on the roster, and called as the platform does: {_some(h.name for h in unmapped)}")
    if roster and (absent := [p.student for p in roster.people if p.student not in people]):
        remarks.append(f"{len(absent)} on the roster handed in nothing: {_some(absent)}")
    return students, remarks


def _student(
    name: str, handins: Sequence[Handin], layout: str, person: Person | None, roster: Roster | None
) -> Student:
    """The latest of somebody's submissions, with the others told of."""
    *earlier, last = sorted(handins, key=lambda handin: (handin.submitted or "", handin.order, handin.name))
    problems = list(last.problems)
    for i, handin in enumerate(earlier, 1):
        when = f", of {handin.submitted}," if handin.submitted else ""
        where = ", ".join(intake.shown(part.entry) for part in handin.parts)
        problems.append(Problem(where, f"attempt {i} of {len(handins)}{when} is not the one shown here"))
    if last.late:
        problems.append(Problem("", f"was handed in late, says {layout.capitalize()}"))
    attempts = [*(try_ for handin in earlier for try_ in (*handin.earlier, handin)), *last.earlier, last]
    made = [_attempt(name, attempt, i, layout, person, roster) for i, attempt in enumerate(attempts, 1)]
    number = max(last.attempt, len(handins))
    origin = _origin(last, number, layout, person, roster)
    return Student(name, last.parts, origin, tuple(problems), tuple(made[:-1]))


def _attempt(
    name: str, handin: Handin, number: int, layout: str, person: Person | None, roster: Roster | None
) -> Student:
    """One of several attempts, as if it were the only one."""
    return Student(name, handin.parts, _origin(handin, number, layout, person, roster), handin.problems)


def _origin(handin: Handin, attempt: int, layout: str, person: Person | None, roster: Roster | None) -> Origin | None:
    if layout == PLAIN and roster is None:
        return None
    return Origin(
        layout=layout,
        ids={**(person.ids if person else {}), **handin.ids},
        late=handin.late,
        submitted=handin.submitted,
        attempt=attempt,
        times=dict(handin.times),
    )


def _some(names: Iterable[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"{', '.join(found[:MOST])}{more}"
