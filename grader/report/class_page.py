"""index.html: the class on one page, for the instructor.

It holds what no student's page may: the seed, the wall, why something was not graded. It has no scripts: with thousands
of students it stays usable by links to every hundredth row, a head that stays in sight, and the browser's own search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from grader.diagnose import MistakeInfo
from grader.report import pages, plots
from grader.report.escape import line
from grader.report.info import AssignmentInfo, number
from grader.report.summary import AssignmentStats, ClassSummary, StudentRow, summarise, totals

__all__ = ["ClassPage", "ClassSummary", "RunFacts", "render", "summarise"]

BLOCK: Final = 100
"""Students between two jump links."""
MOST_MISTAKES: Final = 25
"""Mistakes in the table."""


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


@dataclass(frozen=True)
class _Cell:
    """A student's score in one assignment: text, and the link to its page."""

    text: str
    graded: bool
    href: str


@dataclass(frozen=True)
class _Row:
    """A student's line in the table."""

    student: str
    cells: Sequence[_Cell]
    total: str
    graded: bool


@dataclass(frozen=True)
class _Plot:
    """A distribution: the drawing, and the same as (points, students)."""

    title: str
    svg: Markup
    rows: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class _Mistake:
    """A line in the table of mistakes; `share` is the length of its bar in percent."""

    title: str
    assignment: str
    functions: str
    submissions: int
    share: float


def render(page: ClassPage) -> str:
    """The page as HTML, one file that needs nothing else."""
    summary = page.summary
    names = [info.name for info in page.assignments]
    stats = {found.assignment: found for found in summary.assignments}
    sums = totals(summary, names)
    most = sum(info.max_score for info in page.assignments)
    whole = AssignmentStats("", most, tuple(sorted(total for total in sums if total is not None)), sums.count(None))
    rows = [_row(row, total, names, page.links) for row, total in zip(summary.students, sums, strict=True)]
    table = [
        (info, stats.get(info.name) or AssignmentStats(info.name, info.max_score, (), 0)) for info in page.assignments
    ]
    return pages.template("class.html.jinja").render(
        page=page,
        summary=summary,
        run=page.run,
        most=most,
        whole=whole,
        table=table,
        plot=_plot("All assignments together", whole, "total", small=False),
        plots=[_plot(info.title, found, f"plot-{i}", small=True) for i, (info, found) in enumerate(table, 1)]
        if len(table) > 1
        else [],
        mistakes=_mistakes(page),
        more_mistakes=len(summary.mistakes) - MOST_MISTAKES,
        blocks=[rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)],
    )


def _row(row: StudentRow, total: float | None, names: Sequence[str], links: Mapping[tuple[str, str], str]) -> _Row:
    cells = []
    for name in names:
        score = row.scores.get(name)
        text = "not graded" if score is None else number(score)
        cells.append(_Cell(text, score is not None, _href(links.get((row.student, name)))))
    return _Row(row.student, cells, "" if total is None else number(total), total is not None)


def _href(path: str | None) -> str:
    """A relative path as a URL: quoted, so that a student's folder can't be a scheme, a query or a fragment."""
    return quote(path, safe="/", errors="replace").lstrip("/") if path else ""


def _plot(title: str, stats: AssignmentStats, name: str, *, small: bool) -> _Plot:
    words = f"Distribution of scores: {line(title)}"
    drawn = plots.histogram(stats.scores, stats.max_score, name=name, title=words, small=small)
    counts = zip(plots.labels(stats.max_score), plots.bins(stats.scores, stats.max_score), strict=True)
    return _Plot(title, drawn, list(counts))


def _mistakes(page: ClassPage) -> list[_Mistake]:
    titles = {info.name: info.title for info in page.assignments}
    found = page.summary.mistakes[:MOST_MISTAKES]
    longest = max((count.submissions for count in found), default=1)
    return [
        _Mistake(
            known.title if (known := page.mistakes.get((count.assignment, count.name))) else count.name,
            titles.get(count.assignment, count.assignment),
            ", ".join(count.functions),
            count.submissions,
            100 * count.submissions / longest,
        )
        for count in found
    ]
