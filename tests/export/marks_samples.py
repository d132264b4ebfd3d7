"""A small class with marks of every kind, and names that break what is careless."""

from __future__ import annotations

import platform_samples

from grader.columns import Column
from grader.export.marks import Marks, Student
from grader.result import Check, File, Origin, Problem, Result

NASTY = 'entry "a,b" is <b>&\x00\x1b[31m\ud83d wrong\n=1+1 | `x` %0A :: 陈'.replace("\ud83d", "😀")
NAMES = ("s100", "s101", "s102", "007", "s104")
NEWLINE = 'two\nlines, "quoted"'


def check(function, kind, status, points, of, message=""):
    return Check(function=function, check=kind, status=status, points=points, max_points=of, message=message)


def result(student, assignment="softmax", checks=(), max_score=10.0, *, origin=None, reason=None, seconds=0.25):
    return Result(
        student=student,
        assignment=assignment,
        status="not_graded" if reason else "graded",
        score=None if reason else round(sum(c.points for c in checks), 4),
        max_score=max_score,
        seed=12345,
        sandbox="docker",
        files=[File(f"{student}/{assignment}.py", "ab")],
        versions={},
        seconds=seconds,
        checks=[] if reason else list(checks),
        problems=[Problem("", "was handed in late, says Canvas")] if origin and origin.late else [],
        origin=origin,
        reason=reason,
    )


def softmax(forward="passed", backward="passed", purity="passed", *, gradcheck=0.0, message=""):
    points = {"passed": 1.0}
    return (
        check("softmax_forward", "forward", forward, 3 * points.get(forward, 0), 3, message),
        check("softmax_backward", "backward", backward, 6 * points.get(backward, 0), 6, message),
        check("softmax_backward", "gradcheck", "passed" if gradcheck else "skipped", gradcheck, 0),
        check("softmax_backward", "purity", purity, points.get(purity, 0), 1, message),
    )


CHECKS = {
    "s100": softmax(),
    "s101": softmax(backward="failed", gradcheck=1.5, message=NASTY),
    "s102": softmax(forward="error", backward="timeout", purity="skipped", message="it\nhung"),
    "s104": softmax("missing", "missing", "missing", message="softmax_forward is not defined."),
}
TOTALS = {"s100": 10.0, "s101": 5.5, "s102": 0.0, "007": None, "s104": 0.0}
REASON = "docker: the engine is gone\x07"


def origin(i, name, layout="canvas"):
    last, first = platform_samples.PEOPLE[i]
    ids = {"name": f"{last}, {first}", "sid": name, "email": f"{name}@x.edu"}
    ids |= {"canvas": str(100 + i)} if layout == "canvas" else {}
    ids |= {"moodle": str(500 + i)} if layout == "moodle" else {}
    return Origin(layout=layout, ids=ids, late=i == 1, submitted=f"2026-01-0{i + 1}", attempt=1 + i % 2)


def marks(layout="canvas", *, names=NAMES, more=()):
    """The class, for one assignment; "007" was not graded."""
    students = []
    for i, name in enumerate(names):
        who = origin(i, name, layout)
        checks = CHECKS.get(NAMES[i])
        found = result(name, checks=checks or (), origin=who, reason=None if checks else REASON)
        students.append(Student(name, (found,), who))
    blank = result("", checks=softmax("missing", "missing", "missing"))
    columns = (Column("softmax", "Softmax", 10.0, blank),)
    return Marks(columns, tuple(sorted([*students, *more], key=lambda s: s.name)), 12345)


def odd(name, i=0):
    """One more student of any name."""
    return Student(name, (result(name, checks=CHECKS["s101"]),), None)
