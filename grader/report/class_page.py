"""index.html: the class on one page, for the instructor.

It holds what no student's page may: the seed, the wall, why something was not graded. A small script, the only one that
the page lets run, sorts and searches the table of students and names what the pointer is over in the heat map; without
it the page is as complete and says the same.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from grader.diagnose import MistakeInfo
from grader.report import heat_map, pages, plots
from grader.report.escape import line
from grader.report.heat_map import HeatMap
from grader.report.info import AssignmentInfo, number
from grader.report.questions import CheckStats, FunctionStats, Questions, handed_in
from grader.report.summary import AssignmentStats, ClassSummary, Example, StudentRow, summarise, totals
from grader.report.tenths import bins

__all__ = ["ClassPage", "ClassSummary", "RunFacts", "render", "summarise"]

PIECES: Final = 500
"""What the template gives in so many pieces is written at once."""
BLOCK: Final = 100
"""Students between two jump links."""
MOST_MISTAKES: Final = 40
"""Mistakes in the table."""
MOST_QUESTIONS: Final = 40
"""Checks that separate badly in the table."""
FEW_FUNCTIONS: Final = 12
"""Up to so many functions of a run's only assignment have columns of their own."""
FEW_ASSIGNMENTS: Final = 6
"""Up to so many, what there is of each is unfolded."""


@dataclass(frozen=True)
class RunFacts:
    """What is to be said of the run: `date` is text as it should appear, `duration` is wall-clock seconds."""

    date: str
    duration: float
    submissions: int
    wall: str
    seed: int
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassPage:
    """What the class page is made of.

    `links` are paths of feedback pages relative to index.html, by (student, assignment), not yet quoted for URLs; what
    has none is shown without a link. `mistakes` are the named ones by (assignment, name).
    """

    summary: ClassSummary
    assignments: Sequence[AssignmentInfo]
    run: RunFacts
    links: Mapping[tuple[str, str], str] = field(default_factory=dict)
    mistakes: Mapping[tuple[str, str], MistakeInfo] = field(default_factory=dict)
    manual: Sequence[str] = ()
    """Marks given by hand, a line each."""

    def href(self, student: str, assignment: str, check: int = 0) -> str:
        """The URL of a feedback page, at one of its checks (from 1); empty where there is none.

        Quoted, so that a student's folder can't be a scheme, a query or a fragment.
        """
        path = self.links.get((student, assignment))
        if not path:
            return ""
        return quote(path, safe="/", errors="replace").lstrip("/") + (f"#check-{check}" if check else "")


@dataclass(frozen=True)
class _Cell:
    """A student's score in one assignment: text, and the link to its page."""

    text: str
    graded: bool
    href: str


@dataclass(frozen=True)
class _Row:
    """A student's line in the table; `column` is its place in the heat map, `points` are those of each function."""

    student: str
    column: int
    points: Sequence[str]
    cells: Sequence[_Cell]
    total: str
    graded: bool


@dataclass(frozen=True)
class _Assignment:
    """An assignment: its figures, its distribution as a drawing and as counts, its functions and its heat map."""

    info: AssignmentInfo
    stats: AssignmentStats
    plot: Markup
    counts: Sequence[int]
    answered: int
    functions: Sequence[tuple[FunctionStats, Markup]]
    map: HeatMap


@dataclass(frozen=True)
class _Mistake:
    """A line in the table of mistakes; `share` is the length of its bar in percent."""

    title: str
    assignment: str
    functions: str
    submissions: int
    share: float
    example: Example
    href: str


def render(page: ClassPage) -> str:
    """The page as HTML, one file that needs nothing else."""
    return "".join(written(page))


def written(page: ClassPage) -> Iterator[str]:
    """The page as HTML, piece by piece: that of a large class is never in memory as a whole."""
    summary = page.summary
    names = [info.name for info in page.assignments]
    titles = {info.name: info.title for info in page.assignments}
    sums = totals(summary, names)
    most = sum(info.max_score for info in page.assignments)
    whole = AssignmentStats("", most, tuple(sorted(total for total in sums if total is not None)), sums.count(None))
    order = _best_first(summary, names)
    columns = {student: column for column, student in enumerate(order)}
    by_function = _by_function(summary, names)

    def row_of(place: int) -> _Row:
        of = summary.students[place]
        return _row(page, of, sums[place], columns[of.student], by_function)

    assignments = _assignments(page, order)
    bad = _separating_badly(summary, names)
    stream = pages.template("class.html.jinja").stream(
        page=page,
        summary=summary,
        run=page.run,
        titles=titles,
        most=most,
        whole=whole,
        plot=_plot("All assignments together", whole, "total", _absent(summary, names), small=False),
        counts=bins(whole.scores, most),
        assignments=assignments,
        pale=any(entry.answered < len(entry.stats.scores) for entry in assignments),
        few_columns=heat_map.FEW,
        few=len(assignments) <= FEW_ASSIGNMENTS,
        mistakes=_mistakes(page, titles),
        more_mistakes=len(summary.mistakes) - MOST_MISTAKES,
        bad=bad[:MOST_QUESTIONS],
        more_bad=len(bad) - MOST_QUESTIONS,
        palette=heat_map.PALETTE,
        functions=by_function.functions if by_function else (),
        blocks=[range(start, min(start + BLOCK, len(sums))) for start in range(0, len(sums), BLOCK)],
        row_of=row_of,
        script=Markup(_script()),  # noqa: S704 a file of this package
        script_hash=_script_hash(),
    )
    stream.enable_buffering(PIECES)
    return stream


def _best_first(summary: ClassSummary, names: Sequence[str]) -> list[str]:
    """The students by their points so far, the most first."""
    points = {row.student: sum(row.scores.get(name) or 0.0 for name in names) for row in summary.students}
    return sorted(points, key=lambda student: (-points[student], student))


def _by_function(summary: ClassSummary, names: Sequence[str]) -> Questions | None:
    """The functions that have columns of their own."""
    found = [questions for questions in summary.questions if list(names) == [questions.assignment]]
    return found[0] if found and len(found[0].functions) <= FEW_FUNCTIONS else None


def _row(page: ClassPage, row: StudentRow, total: float | None, column: int, by_function: Questions | None) -> _Row:
    cells = []
    for info in page.assignments:
        score = row.scores.get(info.name)
        text = "not graded" if score is None else number(score, 2)
        cells.append(_Cell(text, score is not None, page.href(row.student, info.name)))
    points: list[str] = []
    if by_function:
        known = [number(value, 2) for value in by_function.points.get(row.student, ())]
        points = known + [""] * (len(by_function.functions) - len(known))
    return _Row(
        row.student, column, points, cells, "not graded" if total is None else number(total, 2), total is not None
    )


def _assignments(page: ClassPage, order: Sequence[str]) -> list[_Assignment]:
    stats = {found.assignment: found for found in page.summary.assignments}
    questions = {found.assignment: found for found in page.summary.questions}
    found = []
    for place, info in enumerate(page.assignments, 1):
        of = stats.get(info.name) or AssignmentStats(info.name, info.max_score, (), 0)
        asked = questions.get(info.name) or Questions(info.name, 0, (), (), {}, {})
        found.append(
            _Assignment(
                info,
                of,
                _plot(info.title, of, f"plot-{place}", len(asked.marks) - asked.answered, small=True),
                bins(of.scores, of.max_score),
                asked.answered,
                [(function, plots.small_bars(function.bins)) for function in asked.functions],
                heat_map.heat_map(asked, order),
            )
        )
    return found


def _plot(title: str, stats: AssignmentStats, name: str, absent: int, *, small: bool) -> Markup:
    words = f"Distribution of scores: {line(title)}"
    return plots.histogram(stats.scores, stats.max_score, name=name, title=words, small=small, absent=absent)


def _absent(summary: ClassSummary, names: Sequence[str]) -> int:
    """How many have a total and handed in nothing at all."""
    asked = [questions for questions in summary.questions if questions.assignment in names]
    nothing = [{s for s, codes in questions.marks.items() if not handed_in(codes)} for questions in asked]
    return len(set.intersection(*nothing)) if len(nothing) == len(names) and nothing else 0


def _separating_badly(summary: ClassSummary, names: Sequence[str]) -> list[tuple[str, CheckStats]]:
    """The checks that tell nobody from anybody, with their assignments: those that all have wrong come first."""
    found = [
        (questions.assignment, check)
        for questions in summary.questions
        for check in questions.checks
        if questions.assignment in names and check.everyone
    ]
    return sorted(found, key=lambda item: (item[1].everyone == "right", -item[1].max_points, item[0]))


def _mistakes(page: ClassPage, titles: Mapping[str, str]) -> list[_Mistake]:
    found = page.summary.mistakes[:MOST_MISTAKES]
    longest = max((count.submissions for count in found), default=1)
    return [
        _Mistake(
            known.title if (known := page.mistakes.get((count.assignment, count.name))) else count.name,
            titles.get(count.assignment, count.assignment),
            ", ".join(count.functions),
            count.submissions,
            100 * count.submissions / longest,
            count.example,
            page.href(count.example.student, count.assignment, count.example.number),
        )
        for count in found
    ]


@cache
def _script() -> str:
    """The page's script, without what only its authors read."""
    text = pages.source("class.js")
    return re.sub(r"\n\s*", "\n", re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)).strip()


@cache
def _script_hash() -> str:
    """What the page's policy calls the script by: no other runs, however it got there."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
