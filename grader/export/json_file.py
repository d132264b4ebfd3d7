"""The marks as one JSON document, for programs: what results hold, without seeds and what was printed."""

from __future__ import annotations

import msgspec

from grader.export.marks import Marks, Student, rows
from grader.export.written import Written, left_empty

SCHEMA = 1


def write(marks: Marks) -> Written:
    """The class in one document."""
    document = {
        "schema": SCHEMA,
        "max_score": marks.max_score,
        "assignments": [{"name": c.name, "title": c.title, "max_score": c.max_score} for c in marks.columns],
        "students": [_student(student) for student in marks.students],
    }
    data = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    return Written({"": data}, left_empty(marks), complete=not marks.ungraded)


def _student(student: Student) -> dict[str, object]:
    return {
        "student": student.name,
        "origin": student.origin,
        "total": student.total,
        "results": [
            {
                "assignment": result.assignment,
                "status": result.status,
                "score": result.score,
                "max_score": result.max_score,
                "reason": result.reason,
                "problems": result.problems,
                "checks": [vars(row) for row in rows(result)],
                **({"manual": result.manual} if result.manual else {}),
                **({"points": student.points[i]} if student.points else {}),
            }
            for i, result in enumerate(student.results)
        ],
    }
