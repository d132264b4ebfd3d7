"""Marks in words: for students on their pages, and for an instructor who asks how a mark came about."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator
from typing import Final

from grader.manual import automatic
from grader.policy.late import Lateness
from grader.policy.marks import AssignmentMark, Attempt, Mark
from grader.policy.rules import Policy
from grader.report.escape import line
from grader.report.info import number, plural

WIDTH: Final = 80
_HALF: Final = {"up": "halves go up", "even": "halves go to the even digit"}


def explained(mark: Mark, policy: Policy, source: str) -> Iterator[str]:
    """How a mark came about, step by step, in lines of at most 80 characters."""
    yield from wrapped(f"{line(mark.student, 60)}: {outcome(mark)}")
    yield from wrapped(f"by {line(source)}" if source else "there is no course file: a mark is the points", "  ")
    for found in mark.assignments:
        yield ""
        yield from _assignment(found, policy)
    if len(mark.assignments) > 1 or policy.weights:
        yield ""
        yield from _together(mark)
    yield from _end(mark, policy)


def outcome(mark: Mark) -> str:
    """The mark, or why there is none."""
    if mark.mark is None:
        return f"no mark: {line(mark.reason or 'not graded', 300)}"
    return f"{number(mark.mark, 6)} of {number(mark.out_of)}"


def wrapped(text: str, indent: str = "") -> list[str]:
    """The text in lines; what goes on is indented further."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_on_hyphens=False,
    )


# --- an assignment ----------------------------------------------------------------------------------------------------


def _assignment(found: AssignmentMark, policy: Policy) -> Iterator[str]:
    yield from wrapped(line(found.name))
    several = len(found.attempts) > 1
    for attempt in found.attempts:
        indent = "  "
        if several:
            yield from wrapped(f"attempt {attempt.number}{_state(found, attempt, policy)}", indent)
            indent = "    "
        yield from _attempt(found, attempt, policy, indent)
    if found.mark is not None and found.mark != found.counted.mark and policy.rounding:
        yield from wrapped(f"rounded to {plural(policy.rounding.places, 'place')}: {number(found.mark, 6)}", "  ")


def _state(found: AssignmentMark, attempt: Attempt, policy: Policy) -> str:
    if attempt is found.counted:
        return f": counts ({policy.count})"
    return ": does not count" if attempt.valid else f": does not count: {policy.attempts} are allowed"


def _attempt(found: AssignmentMark, attempt: Attempt, policy: Policy, indent: str) -> Iterator[str]:
    result = attempt.result
    raw = automatic(result)
    if raw is None or result.score is None:
        yield from wrapped(f"not graded: {line(result.reason or '', 300)}", indent)
        return
    yield from wrapped(f"points: {number(raw)} of {number(result.max_score)}", indent)
    for mark in result.manual:
        change = mark.points - mark.automatic
        check = line(f"{mark.function}:{mark.check}")
        told = f"{'+' if change >= 0 else '-'}{number(abs(change))}: {number(mark.points)} for {check}"
        yield from wrapped(f"by hand: {told}: {line(mark.why, 500)}", indent)
    if result.manual:
        yield from wrapped(f"with manual marks: {number(result.score)}", indent)
    if result.max_score != found.max_score:
        yield from wrapped(
            f"graded when the assignment was worth {number(result.max_score)}: counts in proportion", indent
        )
    if not result.score:
        return  # nothing is left to lose
    for text in late_told(attempt.late, policy):
        yield from wrapped(text, indent)
    if attempt.late.percent and attempt.mark is not None:
        of = "what was earned" if policy.late.of == "earned" else "full points"
        yield from wrapped(f"less {number(attempt.late.percent)}% of {of}: {number(attempt.mark)}", indent)


def late_told(late: Lateness, policy: Policy) -> Iterator[str]:
    """What is known of an attempt's time."""
    if late.due and late.handed_in:
        if late.extension:
            until = late.extension.until
            more = f"until {_time(until)}" if until else f"of {_span(late.extension.longer)}"
            yield f"extension {more}"
        yield f"due {_time(late.due)}, handed in {_time(late.handed_in.astimezone(late.due.tzinfo))}"
    if late.by:
        grace = policy.late.grace
        if not late.units:
            yield f"{_span(late.by)} late, within the grace of {_span(grace)}"
        elif policy.late.per == "once":
            yield f"{_span(late.by)} late: {number(late.percent)}%"
        else:
            capped = f", at most {number(policy.late.most)}%" if late.percent == policy.late.most else ""
            each = f"{number(policy.late.penalty)}% for each"
            yield f"{_span(late.by)} late, {plural(late.units, policy.late.per)} begun, {each}{capped}"
    if late.remark:
        yield late.remark


# --- all together -----------------------------------------------------------------------------------------------------


def _together(mark: Mark) -> Iterator[str]:
    yield "weights"
    total = sum(unit.weight for unit in mark.units)
    found = {a.name: a for a in mark.assignments}
    for unit in mark.units:
        part = f"{number(100 * unit.weight / total, 2)}% of the mark" if total else "counts nothing"
        part = part if unit.weight else "counts nothing: it has no weight"
        earned = f"{number(100 * unit.share, 2)}%"
        yield from wrapped(f"{'group ' if unit.group else ''}{line(unit.name)}: {part}, {earned} earned", "  ")
        for name in unit.members if unit.group else ():
            member = found[name]
            told = f"{number(100 * member.share, 2)}%, weight {number(member.weight)}"
            yield from wrapped(f"{line(name)}: {told}{', dropped as the lowest' if member.dropped else ''}", "    ")


def _end(mark: Mark, policy: Policy) -> Iterator[str]:
    if mark.exact is None or mark.mark is None:
        return
    yield ""
    share = 100 * mark.exact / mark.out_of if mark.out_of else 0.0
    yield from wrapped(f"{number(share, 4)}% of {number(mark.out_of)}: {number(mark.exact, 6)}")
    if policy.rounding and policy.rounding.what != "assignments":
        places = plural(policy.rounding.places, "place")
        yield from wrapped(f"rounded to {places}, {_HALF[policy.rounding.half]}: {number(mark.mark, 6)}")


# --- for students -----------------------------------------------------------------------------------------------------


def notes(found: AssignmentMark, policy: Policy) -> tuple[str, ...]:
    """What a student's page says of an assignment's mark, where it is more than its points."""
    counted = found.counted
    several = len(found.attempts) > 1 and policy.earlier
    if found.mark is None or counted.mark is None or counted.result.score is None:
        return ()
    told = []
    if several:
        which = f"Attempt {counted.number} of {len(found.attempts)} counts ({policy.count})"
        told.append(f"{which}: {number(counted.result.score)} of {number(counted.result.max_score)} points.")
    late = late_told(counted.late, policy) if counted.result.score and (counted.late.percent or counted.late.by) else ()
    told += [f"{text[0].upper()}{text[1:]}." for text in late]
    if told or found.mark != counted.result.score:
        told.append(f"What counts: {number(found.mark, 6)} of {number(found.max_score)} points.")
    return tuple(told)


def brief(mark: Mark, policy: Policy) -> list[str]:
    """What made a mark more or less than the points, in a few words each."""
    found = []
    for a in mark.assignments:
        parts = []
        if a.counted is not a.latest:
            parts.append(f"attempt {a.counted.number} of {len(a.attempts)}")
        if a.counted.result.manual:
            parts.append("by hand")
        if not a.counted.result.score:
            pass
        elif a.counted.late.percent:
            parts.append(f"late -{number(a.counted.late.percent)}%")
        elif a.counted.late.remark:
            parts.append("late?")
        if a.dropped:
            parts.append("dropped")
        if policy.weights and not a.weight:
            parts.append("no weight")
        found += [f"{line(a.name, 40)}: {', '.join(parts)}"] if parts else []
    return found


def _time(when: dt.datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} {when.tzname()}"


def _span(span: dt.timedelta) -> str:
    """A span of time in its two largest units: "2 d 3 h"."""
    minutes = -(-int(span.total_seconds()) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return " ".join(parts[:2]) or "0 min"
