"""The marks as rows, for CSV and Excel: who, each assignment's points, the total, and what the platform says.

Where a course file makes the marks, the points as they were graded follow in columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.export.marks import Marks, Student, rows
from grader.report.info import check_title

Cell = str | float | None
"""Text, a number, or nothing."""

CHECKS = ("student", "assignment", "function", "check", "status", "points", "max", "message")


def header(marks: Marks) -> list[str]:
    """The names of the columns."""
    names = [column.name for column in marks.columns]
    points = [f"{name} points" for name in names] if marks.out_of is not None else []
    return ["student", "name", "email", *names, "total", "max", "status", "late", "submitted", "attempt", *points]


def students(marks: Marks) -> Iterator[list[Cell]]:
    """A row a student; what is not graded is empty, and so is its total."""
    for student in marks.students:
        origin = student.origin
        late = "" if origin is None or origin.late is None else "late" if origin.late else "in time"
        yield [
            student.name,
            student.called("name"),
            student.called("email"),
            *(result.score for result in student.results),
            student.total,
            marks.max_score,
            "graded" if student.graded else "not_graded",
            late,
            (origin.submitted or "") if origin else "",
            float(origin.attempt) if origin else None,
            *student.points,
        ]


def checks(students: Sequence[Student]) -> Iterator[list[Cell]]:
    """A row for each student's every check."""
    for student in students:
        for result in student.results:
            for row in rows(result):
                yield [
                    student.name,
                    result.assignment,
                    row.function,
                    check_title(row.check),
                    row.status,
                    row.points,
                    row.max_points,
                    row.message,
                ]
