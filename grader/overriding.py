"""`grader override`: gives a check points by hand, lists what was given, and takes it back."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader import folder, manual, showing
from grader.errors import UsageError
from grader.held import Held, opened
from grader.policy.told import wrapped
from grader.report.escape import line, plain
from grader.report.info import number, plural
from grader.result import Check, Result
from grader.store import Journal

LONGEST: Final = 2_000
"""Characters of a reason."""


@dataclass(frozen=True)
class Options:
    """What the command was given."""

    folder: Path
    student: str = ""
    assignment: str = ""
    check: str = ""
    points: float | None = None
    why: str = ""
    remove: bool = False
    renew: bool = True


def run(options: Options) -> Iterator[str]:
    """Lines to print. Raises GraderError."""
    with opened(options.folder) as held:
        if not options.assignment:
            if options.remove or options.points is not None or options.why:
                raise UsageError("name the check: grader override DIR STUDENT ASSIGNMENT CHECK POINTS --why TEXT")
            yield from _listed(held, options.student)
            return
    with folder.taken(options.folder, fresh=False) as out, Journal(out) as journal:
        held = Held(out, journal)
        yield _removed(held, options) if options.remove else _given(held, options)
        if options.renew:
            yield from showing.renewed(Held(out, journal), [options.student])
        else:
            yield "the reports are as they were: the next `grader override` or `grader grade` renews them"


def _listed(held: Held, student: str) -> Iterator[str]:
    """Every manual mark, and which of them are set aside."""
    marks = [mark for mark in held.manual.all if student in {"", mark.student}]
    if student and student not in held.there and not marks:
        _known("student", student, held.students)
    aside = {mark.place: why for mark, why in held.set_aside()}
    for mark in marks:
        text = f"{line(mark.student, 60)}, {line(mark.assignment)}, {line(mark.function)}:{line(mark.check)}"
        why = f" (set aside: {aside[mark.place]})" if mark.place in aside else ""
        yield f"{text}: {number(mark.points)}{why}"
        yield from wrapped(f"{mark.given}: {line(mark.why, LONGEST)}", "    ")
    yield plural(len(marks), "manual mark")


def _given(held: Held, options: Options) -> str:
    """Record a mark; what was recorded, in words. Raises UsageError."""
    if not options.check or options.points is None:
        raise UsageError(
            "say which check and how many points: grader override DIR STUDENT ASSIGNMENT CHECK POINTS --why"
        )
    why = " ".join(plain(options.why, LONGEST).split())
    if not why:
        raise UsageError("say --why: the student reads it on the feedback page")
    result = _result(held, options)
    if result.status != "graded":
        reason = line(result.reason or "no reason is known", 300)
        raise UsageError(f"{options.assignment} of {options.student!r} is not graded ({reason}): grade it first")
    check = _check(options.check, result)
    if not math.isfinite(options.points) or not 0 <= options.points <= check.max_points:
        raise UsageError(
            f"{check.function}:{check.check} is worth {number(check.max_points)}: "
            f"give 0 to {number(check.max_points)}, there is no bonus"
        )
    made = manual.Given(
        student=options.student,
        assignment=result.assignment,
        function=check.function,
        check=check.check,
        points=round(options.points, 4),
        why=why,
        given=dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        files=manual.files_of(result),
    )
    before = [mark for mark in held.manual.all if mark.place != made.place]
    manual.write(held.folder, [*before, made])
    marked = manual.Marks.of([*before, made]).applied(result)
    score, most = number(marked.score or 0.0), number(marked.max_score)
    return (
        f"{line(made.student, 60)}, {made.assignment}, {made.function}:{made.check}: {number(made.points)} of "
        f"{number(check.max_points)}; the assignment: {number(result.score or 0.0)} -> {score} of {most}"
    )


def _removed(held: Held, options: Options) -> str:
    """Take back a mark, or all of a student's for an assignment. Raises UsageError."""
    there = [m for m in held.manual.of_student(options.student) if m.assignment == options.assignment]
    if options.check:
        wanted = "".join(options.check.split())
        called = {mark.place: {f"{mark.function}:{mark.check}", mark.function, mark.check} for mark in there}
        exact = [mark for mark in there if f"{mark.function}:{mark.check}" == wanted]
        there = exact or [mark for mark in there if wanted in called[mark.place]]
    if not there:
        raise UsageError(f"there is no such manual mark: grader override {options.folder} lists them")
    gone = {mark.place for mark in there}
    manual.write(held.folder, [mark for mark in held.manual.all if mark.place not in gone])
    return f"removed: {'; '.join(line(manual.told(mark), 300) for mark in there)}"


def _result(held: Held, options: Options) -> Result:
    """The result that is meant, as it was graded. Raises UsageError for names that are not in the run."""
    _known("student", options.student, held.students)
    _known("assignment", options.assignment, [column.name for column in held.columns])
    return next(r for r in held.read(options.student)[1] if r.assignment == options.assignment)


def _known(what: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        some = ", ".join(line(each, 40) for each in names[:5]) + (", ..." if len(names) > 5 else "")
        hint = f"did you mean {near[0]!r}?" if near else f"there is {some or 'none'}"
        raise UsageError(f"no {what} is called {name!r} in this run: {hint}")


def _check(text: str, result: Result) -> Check:
    found = manual.named(text, result)
    if len(found) == 1:
        return found[0]
    which = found or [check for check in result.checks if check.max_points]
    some = ", ".join(f"{check.function}:{check.check}" for check in which[:20])
    raise UsageError(
        f"{text!r} {'can be several checks' if found else 'is no check'} of {result.assignment}: say {some}"
    )
