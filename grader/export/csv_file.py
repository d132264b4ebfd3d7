"""The marks as a CSV for spreadsheets: what a spreadsheet would take for a formula stands behind an apostrophe."""

from __future__ import annotations

import csv
import io

from grader.export import tables
from grader.export.marks import Marks
from grader.export.written import Written, left_empty
from grader.report.escape import csv_cell
from grader.report.info import number


def write(marks: Marks) -> Written:
    """A row a student."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(csv_cell, tables.header(marks)))
    writer.writerows([_text(cell) for cell in row] for row in tables.students(marks))
    return Written({"": text.getvalue().encode()}, left_empty(marks), complete=not marks.ungraded)


def _text(cell: tables.Cell) -> str:
    return "" if cell is None else csv_cell(cell) if isinstance(cell, str) else number(cell)
