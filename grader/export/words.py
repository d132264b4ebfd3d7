"""A result in plain words, for formats that hold text."""

from __future__ import annotations

from grader.export.marks import Row, Student, rows
from grader.manual import remark
from grader.report.escape import plain
from grader.report.info import LOST, STATUS_WORDS, check_title, number
from grader.result import Result


def title(row: Row) -> str:
    """What a check is called."""
    return plain(f"{row.function}, {check_title(row.check)}", 200)


def summary(result: Result) -> str:
    """Which assignment, and how many points."""
    if result.score is None:
        return f"{result.assignment}: not graded"
    return f"{result.assignment}: {number(result.score)} of {number(result.max_score)}"


def feedback(student: Student) -> str:
    """Everything that a student is told, in lines: points by assignment, and what is to be mended."""
    lines = []
    for result in student.results:
        lines.append(summary(result))
        lines += [_mended(row) for row in rows(result) if row.status in LOST]
    return "\n".join(lines + notes(student))


def _mended(row: Row) -> str:
    points = f"{number(row.points)} of {number(row.max_points)}"
    return f"- {title(row)}: {STATUS_WORDS[row.status]}, {points}. {' '.join(plain(row.message, 600).split())}".rstrip()


def notes(student: Student) -> list[str]:
    """What is odd about the files, and what was marked by hand where no check shows it."""
    by_hand = [plain(remark(m), 600) for result in student.results if not result.checks for m in result.manual]
    return by_hand + _odd(student)


def _odd(student: Student) -> list[str]:
    found = dict.fromkeys((p.where, p.message) for result in student.results for p in result.problems)
    return [": ".join(plain(text, 300) for text in pair if text) for pair in list(found)[:10]]
