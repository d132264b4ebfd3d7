"""grades.csv: a row a student, for spreadsheets and gradebooks.

Columns: `student`, one for each assignment of the run, `total`, `max`, `status`. What is not graded leaves its cell
empty, never 0; then `total` is empty too, since the sum of the rest would pass for a grade, and `status` is
`not_graded`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from grader.report.escape import csv_cell
from grader.report.info import AssignmentInfo, number
from grader.result import Result

# The writer quotes what holds a character of its line ending: a lone \r, and what spreadsheets of other countries take
# for the end of a cell, after which a formula could begin.
_QUOTED: Final = "\r\n;\t"


class _Rows(list[str]):
    """What csv.writer writes to: each row becomes an item."""

    write = list.append


class Grades:
    """The file in the making, a student at a time.

    A student without a result for one of `assignments` counts as not graded there; results for other assignments are
    left out. Students' ids are as they are, but for formula characters (`escape.csv_cell`).
    """

    def __init__(self, assignments: Sequence[AssignmentInfo]) -> None:
        self._names = [info.name for info in assignments]
        self._most = number(math.fsum(info.max_score for info in assignments))
        self._rows = _Rows()
        self._writer = csv.writer(self._rows, lineterminator=_QUOTED)
        self._writer.writerow(["student", *(csv_cell(name) for name in self._names), "total", "max", "status"])

    def add(self, student: str, results: Iterable[Result]) -> None:
        """A student's row, after those of the students before."""
        scores = {r.assignment: r.score for r in results if r.status == "graded" and r.score is not None}
        self._writer.writerow([csv_cell(student), *_cells(scores, self._names, self._most)])

    def text(self) -> str:
        """The file's text, lines ended by a newline."""
        return "".join(row.removesuffix(_QUOTED) + "\n" for row in self._rows)


def _cells(scores: Mapping[str, float], names: Sequence[str], most: str) -> list[str]:
    cells = [number(scores[name]) if name in scores else "" for name in names]
    graded = all(cells)
    total = number(math.fsum(scores[name] for name in names)) if graded else ""
    return [*cells, total, most, "graded" if graded else "not_graded"]
