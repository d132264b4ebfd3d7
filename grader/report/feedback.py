"""feedback/STUDENT/ASSIGNMENT.html: what a student gets to read about one assignment.

One reader: the student. So the page says what is wrong, where, how far off, why, and what to read; it holds no seed, no
wall, nothing that the submission printed, and no remark meant for the instructor. Of an assignment that is not graded
it says only that: why is for the instructor's page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from grader.diagnose import MistakeInfo
from grader.report import circuit, pages
from grader.report.circuit import CircuitDrawing
from grader.report.info import LOST, STATUS_WORDS, AssignmentInfo, check_meaning, plural
from grader.result import Check, Evidence, Result

MOST_PROBLEMS: Final = 40
"""Problems with the files that a page lists."""
MOST_CHECKS: Final = 400
"""Checks that a page shows, far above any assignment's."""
KEPT: Final = 64
"""Sheets that are remembered: some 10 KB each."""
ONLY_SCORE: Final = "Of this assignment the score alone is shown."


@dataclass(frozen=True)
class FeedbackPage:
    """What a feedback page is made of: `mistakes` holds the named mistakes by the name that `Check.diagnosis` has, and
    `notebook` is the name of the page beside it that shows the student's notebook; empty where there is none.
    """

    result: Result
    assignment: AssignmentInfo
    circuit: CircuitDrawing | None = None
    mistakes: Mapping[str, MistakeInfo] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """What the course makes of the points: attempts, being late, marks given by hand."""
    only_score: bool = False
    """Whether the checks are kept from the student; `result` has none then."""
    notebook: str = ""


@dataclass(frozen=True)
class _Line:
    """One output of the failing case: what was expected, what came, and whether it is wrong."""

    name: str
    expected: str
    got: str
    wrong: bool


@dataclass(frozen=True)
class _Card:
    """One check as the page shows it: `id` is its anchor, `meaning` is said once for the checks of one kind."""

    id: str
    check: Check
    meaning: str
    mistake: MistakeInfo | None
    lines: Sequence[_Line]


@dataclass(frozen=True)
class _Group:
    """The checks of one function."""

    function: str
    points: float
    max_points: float
    cards: Sequence[_Card]


class Sheets:
    """What pages show of checks, rendered once for all students who did the same: of one course, the latest."""

    def __init__(self) -> None:
        self._known: dict[bytes, Markup] = {}

    def of(self, page: FeedbackPage) -> Markup:
        """The checks of a page and the circuit that they are about."""
        key = msgspec.msgpack.encode((page.assignment.name, page.circuit is None, page.result.checks))
        sheet = self._known.pop(key, None) or _sheet(page)
        self._known[key] = sheet
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return sheet


def render(page: FeedbackPage, sheets: Sheets | None = None) -> str:
    """The page as HTML, one file that needs nothing else.

    Raises ValueError for a circuit that can't be drawn (see `circuit.CircuitDrawing`).
    """
    result = page.result
    groups = _groups(result.checks[:MOST_CHECKS], page.mistakes)
    return pages.template("feedback.html.jinja").render(
        result=result,
        assignment=page.assignment,
        graded=result.status == "graded" and result.score is not None,
        share=share_of(result),
        summary=ONLY_SCORE if page.only_score else summary(result),
        notes=page.notes,
        notebook=quote(page.notebook, errors="replace"),
        first=next((card for group in groups for card in group.cards if card.check.status in LOST), None),
        checks=sheets.of(page) if sheets else _sheet(page),
        problems=result.problems[:MOST_PROBLEMS],
        more_problems=len(result.problems) - MOST_PROBLEMS,
    )


def _sheet(page: FeedbackPage) -> Markup:
    wrong = wrong_names(page.result)
    drawing = page.circuit if page.circuit and page.circuit.nodes else None
    html = pages.template("checks.html.jinja").render(
        groups=_groups(page.result.checks[:MOST_CHECKS], page.mistakes),
        drawing=drawing,
        svg=circuit.draw(drawing, wrong) if drawing else None,
        rows=circuit.rows(drawing, wrong) if drawing else [],
    )
    return Markup(html)  # noqa: S704 a template's, escaped there


def wrong_names(result: Result) -> frozenset[str]:
    """What some check of `result` found wrong, by name: the outputs in its evidence, the failed stages."""
    names: set[str] = set()
    for check in result.checks:
        if check.status not in LOST:
            continue
        if check.evidence:
            names.update(check.evidence.wrong)
        kind, _, part = check.check.partition(":")
        if kind == "stages" and part:
            names.add(part)
    return frozenset(names)


def summary(result: Result) -> str:
    """How the checks went, in a sentence: "3 of 6 checks passed; 1 failed, 2 missing, 1 skipped."."""
    counts: Counter[str] = Counter(check.status for check in result.checks)
    asked = sum(counts.values()) - counts["skipped"]
    if not asked:
        return "No check was made."
    if counts["passed"] == asked:
        return f"{'All ' if asked > 1 else ''}{plural(asked, 'check')} passed."
    rest = [
        f"{counts[status]} {word}" for status, word in STATUS_WORDS.items() if counts[status] and status != "passed"
    ]
    return f"{counts['passed']} of {plural(asked, 'check')} passed; {', '.join(rest)}."


def share_of(result: Result) -> float:
    """The score as a percentage for the bar, between 0 and 100."""
    if result.score is None or result.max_score <= 0:
        return 0.0
    return min(max(100 * result.score / result.max_score, 0.0), 100.0)


def _groups(checks: Sequence[Check], mistakes: Mapping[str, MistakeInfo]) -> list[_Group]:
    by_function: dict[str, list[_Card]] = {}
    for i, check in enumerate(checks):
        mistake = mistakes.get(check.diagnosis) if check.diagnosis else None
        cards = by_function.setdefault(check.function, [])
        said = any(check_meaning(card.check.check) == check_meaning(check.check) for card in cards)
        meaning = "" if said else check_meaning(check.check)
        cards.append(_Card(f"check-{i + 1}", check, meaning, mistake, _lines(check.evidence)))
    return [
        _Group(
            function,
            sum(card.check.points for card in cards),
            sum(card.check.max_points for card in cards),
            cards,
        )
        for function, cards in by_function.items()
    ]


def _lines(evidence: Evidence | None) -> list[_Line]:
    if evidence is None:
        return []
    names = dict.fromkeys([*evidence.expected, *evidence.got])
    return [
        _Line(name, evidence.expected.get(name, ""), evidence.got.get(name, ""), name in evidence.wrong)
        for name in names
    ]
