"""marks.csv: a row a student, the points as they were graded beside the marks that a course file makes of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from grader.manual import automatic
from grader.policy.marks import Mark
from grader.policy.rules import Policy
from grader.policy.told import brief
from grader.report.escape import csv_cell
from grader.report.info import number


def header(names: Sequence[str]) -> str:
    """The first line: `NAME points` as graded, `NAME mark` after everything that a person or the file changes."""
    columns = (f"{name} {kind}" for name in names for kind in ("points", "mark"))
    return _line(["student", *map(csv_cell, columns), "mark", "out_of", "status", "remarks"])


def row(mark: Mark, policy: Policy) -> str:
    """A student's line; what was not graded is empty, never 0."""
    cells = []
    for found in mark.assignments:
        raw = automatic(found.counted.result)
        cells += ["" if raw is None else number(raw), "" if found.mark is None else number(found.mark, 6)]
    whole = "" if mark.mark is None else number(mark.mark, 6)
    status = "not_graded" if mark.mark is None else "graded"
    remarks = csv_cell("; ".join(brief(mark, policy)))
    return _line([csv_cell(mark.student), *cells, whole, number(mark.out_of), status, remarks])


def render(names: Sequence[str], marks: Iterable[Mark], policy: Policy) -> str:
    """The whole file."""
    return header(names) + "".join(row(mark, policy) for mark in marks)


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO(newline="")
    # Quoted throughout: what spreadsheets of other countries take for the end of a cell is then none.
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue()
