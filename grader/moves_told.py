"""Moves in lines of at most 80 characters, and as JSON. Students come one by one: a large class needs no room."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import msgspec

from grader.moves import Change, Moved, Tally, told_change
from grader.report.escape import encodable, line
from grader.report.info import number, plural

SCHEMA: Final = 1
WIDTH: Final = 80
MOST: Final = 20
"""Students who are told of in full where not all are asked for."""
MOST_WHY: Final = 12
_NAMES: Final = 10


def lines(
    moved: Iterable[Moved], tally: Tally, *, everybody: bool = False, said: Collection[str] = ()
) -> Iterator[str]:
    """The students one after the other, then what it comes to; reasons that were `said` of all are not repeated."""
    left_out: list[str] = []
    more = 0
    for i, each in enumerate(moved):
        if everybody or i < MOST:
            yield from _student(each, said)
        else:
            more += 1
            left_out += [line(each.student, 40)] if more <= _NAMES else []
    if more:
        others = f" and {more - len(left_out):,} others" if more > len(left_out) else ""
        yield from _wrapped(f"and {plural(more, 'more student')}: {', '.join(left_out)}{others}; --all shows them", "")
    yield from summary(tally)


def summary(tally: Tally) -> Iterator[str]:
    """How many move, by how much, and why, the most frequent reason first."""
    if not tally.moved:
        yield f"nobody moves: {plural(tally.students, 'student')} the same in every check"
        return
    yield ""
    same = tally.moved - tally.up - tally.down
    parts = [f"{tally.up:,} up", f"{tally.down:,} down", *([f"{same:,} with the same points"] if same else [])]
    yield f"{tally.moved:,} of {plural(tally.students, 'student')} not the same: {', '.join(parts)}"
    if tally.up or tally.down:
        mean = tally.total / tally.moved
        yield f"points of those: {_signed(mean, 2)} in the mean, {_signed(tally.largest)} at most"
    if tally.marks:
        yield f"marks by the course file: {plural(tally.marks, 'student')} not the same"
    if tally.why:
        yield "why"
    for (assignment, what), count in tally.why.most_common(MOST_WHY):
        yield from _wrapped(f"{count:>6,}  {line(assignment, 40)}, {line(what, 200)}", "", "        ")
    if len(tally.why) > MOST_WHY:
        yield f"        and {plural(len(tally.why) - MOST_WHY, 'more reason')}"


def document(head: dict[str, Any], moved: Iterable[Moved], tally: Tally) -> Iterator[str]:
    """The same as one JSON document, a student a line."""
    opening = _json({"schema": SCHEMA, **head})
    yield f'{opening[:-1]}, "students": ['
    before = ""
    for each in moved:
        if before:
            yield f"{before},"
        before = _json(_plain(each))
    if before:
        yield before
    why = [{"assignment": a, "what": what, "results": n} for (a, what), n in tally.why.most_common()]
    counts = {"students": tally.students, "moved": tally.moved, "up": tally.up, "down": tally.down}
    end = _json({"same": not tally.moved, "summary": {**counts, "largest": tally.largest, "why": why}})
    yield f"], {end[1:]}"


# --- a student --------------------------------------------------------------------------------------------------------


def _student(each: Moved, said: Collection[str]) -> Iterator[str]:
    who = line(each.student, 60)
    if each.only:
        yield from _wrapped(f"{who}: in the {'first' if each.only == 'before' else 'second'} run alone", "")
        return
    for move in each.moves:
        by = f" ({_signed(move.by)})" if move.by is not None else ""
        yield from _wrapped(
            f"{who}, {line(move.assignment, 60)}: {_points(move.before, move.max_before)} -> "
            f"{_points(move.after, move.max_after)}{by}",
            "",
        )
        for change in move.changes:
            yield from _wrapped(f"{line(told_change(change), 300)}{_gain(change)}", "    ")
        for reason in (reason for reason in move.why if reason not in said):
            yield from _wrapped(line(reason, 300), "    ")
    if each.mark:
        old, new = each.mark.before, each.mark.after
        told = f"{_points(old, each.mark.out_of_before)} -> {_points(new, each.mark.out_of_after)}"
        yield from _wrapped(f"{who}, mark: {told}", "")


def _points(points: float | None, of: float | None) -> str:
    if of is None:
        return "not there"
    return f"not graded of {number(of)}" if points is None else f"{number(points)} of {number(of)}"


def _gain(change: Change) -> str:
    old, new = change.before, change.after
    by = (new.points if new else 0.0) - (old.points if old else 0.0)
    return f", {_signed(by)}" if by else ""


def _signed(value: float | None, decimals: int = 4) -> str:
    value = value or 0.0
    return f"{'+' if value >= 0 else '-'}{number(abs(value), decimals)}"


def _wrapped(text: str, indent: str, hang: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    " if hang is None else hang,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _plain(each: Moved) -> dict[str, Any]:
    moves = [{**msgspec.to_builtins(move), "by": move.by} for move in each.moves]
    return {"student": each.student, "only": each.only, "moves": moves, "mark": msgspec.to_builtins(each.mark)}


def _json(value: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        import json

        return encodable(json.dumps(value))
