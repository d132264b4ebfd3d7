"""feedback/STUDENT/ASSIGNMENT.notebook.html: the student's own notebook, with marks and hints beside its cells.

The reader is the student: what the feedback page does not say is not said here either, and what there is to see of a
failing case is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from markupsafe import Markup

from grader.diagnose import MistakeInfo
from grader.report import pages
from grader.report.feedback import MOST_CHECKS, share_of, summary
from grader.report.info import LOST, AssignmentInfo
from grader.report.outputs import Output
from grader.result import Check, Result


@dataclass(frozen=True)
class ShownCell:
    """A cell: `html` is safe as it is (see formatted.py), `number` counts code cells from 1 and is 0 for others."""

    kind: str
    number: int
    html: str
    outputs: Sequence[Output] = ()


@dataclass(frozen=True)
class NotebookPage:
    """What a notebook's page is made of: `places` has, by function, the index of the cell that defines it."""

    result: Result
    assignment: AssignmentInfo
    cells: Sequence[ShownCell]
    places: Mapping[str, int]
    mistakes: Mapping[str, MistakeInfo] = field(default_factory=dict)
    left_out: int = 0
    """Cells beyond those shown."""
    outputs: bool = False
    """Whether outputs were asked for."""
    plain: bool = False
    """Whether formatting the cells took too long."""


@dataclass(frozen=True)
class _Hint:
    """A check that lost something, or has a remark; `number` is its place on the feedback page.

    `explained` says whether an earlier hint of this function has explained the mistake.
    """

    number: int
    check: Check
    mistake: MistakeInfo | None
    explained: bool


@dataclass(frozen=True)
class _Marks:
    """The marks of one function: its points, what to mend, and how many checks passed or were skipped."""

    function: str
    points: float
    max_points: float
    hints: Sequence[_Hint]
    passed: int
    skipped: int


@dataclass(frozen=True)
class _Cell:
    """A cell with the marks that belong to it."""

    cell: ShownCell
    html: Markup
    marks: Sequence[_Marks]


def render(page: NotebookPage) -> str:
    """The page as HTML, one file that needs nothing else."""
    result = page.result
    marks = _marks(result.checks[:MOST_CHECKS], page.mistakes)
    cells = [
        _Cell(
            cell,
            Markup(cell.html),  # noqa: S704 formatted.py leaves nothing in it that acts
            [of for of in marks if page.places.get(of.function) == place],
        )
        for place, cell in enumerate(page.cells)
    ]
    return pages.template("notebook.html.jinja").render(
        result=result,
        assignment=page.assignment,
        graded=result.status == "graded" and result.score is not None,
        share=share_of(result),
        summary=summary(result),
        back=quote(f"{result.assignment}.html", errors="replace"),
        cells=cells,
        first=next((cell.cell.number for cell in cells if any(of.hints for of in cell.marks)), 0),
        nowhere=[of for of in marks if of.function not in page.places],
        left_out=page.left_out,
        outputs=page.outputs,
        plain=page.plain,
    )


def _marks(checks: Sequence[Check], mistakes: Mapping[str, MistakeInfo]) -> list[_Marks]:
    of_function: dict[str, list[tuple[int, Check]]] = {}
    for number, check in enumerate(checks, 1):
        of_function.setdefault(check.function, []).append((number, check))
    return [
        _Marks(
            function,
            sum(check.points for _, check in found),
            sum(check.max_points for _, check in found),
            _hints(found, mistakes),
            sum(check.status == "passed" for _, check in found),
            sum(check.status == "skipped" for _, check in found),
        )
        for function, found in of_function.items()
    ]


def _hints(checks: Sequence[tuple[int, Check]], mistakes: Mapping[str, MistakeInfo]) -> list[_Hint]:
    hints, explained = [], set()
    for number, check in checks:
        if check.status in LOST or check.remarks:
            mistake = mistakes.get(check.diagnosis) if check.diagnosis else None
            hints.append(_Hint(number, check, mistake, check.diagnosis in explained))
            explained.add(check.diagnosis)
    return hints
