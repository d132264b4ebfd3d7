"""Gradescope's results.json, one a student."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from grader.export.marks import Marks, Row, Student, rows
from grader.export.words import notes, summary, title
from grader.export.written import Written, left_empty
from grader.names import safe_names
from grader.report.escape import plain
from grader.report.info import STATUS_WORDS


def write(marks: Marks) -> Written:
    """A file for each student who was graded: one without a mark would be a zero there."""
    folders = safe_names(student.name for student in marks.students)
    files = {f"{folders[student.name]}.json": results(student) for student in marks.students if student.graded}
    return Written(files, left_empty(marks), complete=not marks.ungraded)


def results(student: Student, wall: str = "") -> bytes:
    """A student's results.json. The score is the sum of the tests', and said besides."""
    several = len(student.results) > 1
    tests = [
        _test(row, f"{result.assignment}: " if several else "") for result in student.results for row in rows(result)
    ]
    origin = student.origin
    late = "handed in late" if origin and origin.late else ""
    document = {
        "score": student.total,
        "execution_time": round(math.fsum(result.seconds for result in student.results), 3),
        "output": "\n".join(filter(None, [*map(summary, student.results), late, *notes(student)])),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "late": origin.late if origin else None,
            "attempt": origin.attempt if origin else None,
            "wall": wall or student.results[0].sandbox,
        },
    }
    return _json(document)


def failure(reason: str) -> bytes:
    """What to write where grading failed, for no fault of the student's: valid, and without a score.

    Gradescope takes a file that has neither a score nor tests for a failure of the autograder, and not for a zero.
    """
    text = f"Your work could not be graded, and it is not your fault: {plain(reason, 2000)}"
    return _json({"output": text, "output_format": "text", "stdout_visibility": "hidden"})


def _test(row: Row, prefix: str) -> dict[str, Any]:
    passed = row.status == "passed"
    return {
        "name": f"{prefix}{title(row)}",
        "status": "passed" if passed else "failed",
        "score": row.points,
        "max_score": row.max_points,
        "output": plain(row.message, 4000) if row.message else "" if passed else STATUS_WORDS[row.status],
        "visibility": "visible",
    }


def _json(document: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
