"""What a student's self-check tells, in words and in order: the terminal's table and the notebook's both show this.

Every text here has been through `escape`; what it means to the renderer's own markup is the renderer's to deal with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from grader.diagnose import MistakeInfo
from grader.report.escape import line, plain
from grader.report.info import LOST, check_title, number, plural
from grader.result import Check, CheckStatus, Evidence, Problem, Result

SIGNS: Final = {"passed": "✓", "failed": "✗", "error": "!", "timeout": "◷", "missing": "?", "skipped": "–"}
"""What stands before a status in words."""
LINES: Final = 6
"""Lines of one value of the failing case; an array may have many."""
NOTES: Final = 10

Outcome = Literal["passed", "lost", "nothing"]


@dataclass(frozen=True)
class Line:
    """A line of text: a label, then a beginning that stands out, then the rest; each may be empty."""

    text: str = ""
    head: str = ""
    label: str = ""


@dataclass(frozen=True)
class Value:
    """A value of the failing case: `kind` is "input", "expected" or "yours"."""

    kind: str
    name: str
    text: str
    wrong: bool = False


@dataclass(frozen=True)
class Case:
    """The failing case, and how far off its furthest entry is."""

    values: tuple[Value, ...]
    off: Line | None


@dataclass(frozen=True)
class CheckTold:
    """A check: its row, then what helps to mend it."""

    status: CheckStatus
    title: str
    points: str
    hints: tuple[Line, ...]
    case: Case | None
    remarks: tuple[Line, ...]


@dataclass(frozen=True)
class Told:
    """A result: the checks by function, what was odd, and what it comes to."""

    assignment: str
    functions: Mapping[str, tuple[CheckTold, ...]]
    notes: tuple[Line, ...]
    outcome: Outcome
    verdict: str
    points: str
    caveat: str


def tell(result: Result, mistakes: Mapping[str, MistakeInfo]) -> Told:
    """What is told of a result; `mistakes` explains the names in `Check.diagnosis`, none are needed."""
    functions: dict[str, tuple[CheckTold, ...]] = {}
    for check in result.checks:
        name = line(check.function)
        functions[name] = (*functions.get(name, ()), _check(check, mistakes))
    lost = sum(check.status in LOST for check in result.checks)
    asked = sum(check.status != "skipped" for check in result.checks)
    outcome: Outcome
    if not asked:
        outcome, verdict = "nothing", "No check was made."
    elif lost:
        outcome, verdict = "lost", f"{lost} of {plural(asked, 'check')} to mend."
    else:
        outcome, verdict = "passed", f"{'All ' if asked > 1 else ''}{plural(asked, 'check')} passed."
    points = caveat = ""
    if result.status == "graded" and result.score is not None and result.max_score > 0:
        points = f"{number(result.score)} of {number(result.max_score)} points."
        caveat = "Your mark is given on other inputs, against the right answers."
    return Told(line(result.assignment), functions, _notes(result.problems), outcome, verdict, points, caveat)


def _check(check: Check, mistakes: Mapping[str, MistakeInfo]) -> CheckTold:
    is_lost = check.status in LOST
    return CheckTold(
        check.status,
        line(check_title(check.check)),
        _points(check),
        tuple(_hints(check, mistakes)),
        _case(check.evidence) if is_lost and check.evidence else None,
        tuple(Line(plain(remark, 400), label="remark:") for remark in check.remarks),
    )


def _points(check: Check) -> str:
    if check.max_points:
        return f"{number(check.points)} of {number(check.max_points)}"
    return f"+{number(check.points)}" if check.points else ""


def _hints(check: Check, mistakes: Mapping[str, MistakeInfo]) -> Iterator[Line]:
    if check.message:
        yield Line(plain(check.message, 1200))
    if check.status not in LOST or not check.diagnosis:
        return
    mistake = mistakes.get(check.diagnosis)
    if mistake is None:
        yield Line(head=line(check.diagnosis))
        return
    yield Line(plain(mistake.reason, 800), f"{line(mistake.title)}.")
    if mistake.read:
        yield Line(line(mistake.read), label="read:")


def _case(evidence: Evidence) -> Case:
    values = [Value("input", line(name, 40), _cut(value)) for name, value in evidence.inputs.items()]
    for name in dict.fromkeys([*evidence.expected, *evidence.got]):
        if name in evidence.expected:
            values.append(Value("expected", line(name, 40), _cut(evidence.expected[name])))
        yours = _cut(evidence.got.get(name, "nothing"))
        values.append(Value("yours", line(name, 40), yours, name in evidence.wrong))
    off = ": ".join(text for text in (line(evidence.where), plain(evidence.difference, 400)) if text)
    return Case(tuple(values), Line(off, label="furthest off:") if off else None)


def _cut(value: str) -> str:
    lines = plain(value, 600).split("\n")
    return "\n".join(lines[:LINES] + ["..."] * (len(lines) > LINES))


def _notes(problems: list[Problem]) -> tuple[Line, ...]:
    notes = [Line(plain(problem.message, 400), f"{line(problem.where)}:", "note") for problem in problems[:NOTES]]
    if len(problems) > NOTES:
        notes.append(Line(f"and {plural(len(problems) - NOTES, 'more note')}"))
    return tuple(notes)
