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


def render(results: Iterable[Result], assignments: Sequence[AssignmentInfo]) -> str:
    """The file's text, students in sorted order, lines ended by a newline.

    A student without a result for one of `assignments` counts as not graded there; results for other assignments are
    left out. Students' ids are as they are, but for formula characters (`escape.csv_cell`).
    """
    names = [info.name for info in assignments]
    scores: dict[str, dict[str, float]] = {}
    for result in results:
        of_student = scores.setdefault(result.student, {})
        if result.status == "graded" and result.score is not None:
            of_student[result.assignment] = result.score
    most = number(math.fsum(info.max_score for info in assignments))
    rows = _Rows()
    writer = csv.writer(rows, lineterminator=_QUOTED)
    writer.writerow(["student", *(csv_cell(name) for name in names), "total", "max", "status"])
    for student in sorted(scores):
        writer.writerow([csv_cell(student), *_cells(scores[student], names, most)])
    return "".join(row.removesuffix(_QUOTED) + "\n" for row in rows)


def _cells(scores: Mapping[str, float], names: Sequence[str], most: str) -> list[str]:
    cells = [number(scores[name]) if name in scores else "" for name in names]
    graded = all(cells)
    total = number(math.fsum(scores[name] for name in names)) if graded else ""
    return [*cells, total, most, "graded" if graded else "not_graded"]
