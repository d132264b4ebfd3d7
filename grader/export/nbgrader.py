"""An nbgrader course: our pages in its feedback tree, our marks in its gradebook, through nbgrader's own API.

A submission that was downloaded from nbgrader keeps its assignment and notebook; any other becomes an assignment of the
same name with one notebook. Each check is a grade cell, called "softmax_backward: backward".
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from grader.errors import MachineError, StoreError
from grader.export.marks import Marks, Row, Student, rows
from grader.export.written import Written, left_empty
from grader.names import safe_names
from grader.report.escape import line
from grader.report.info import NOTEBOOK_SUFFIX
from grader.result import Result

GRADEBOOK: Final = "gradebook.db"


@dataclass(frozen=True)
class _Target:
    """Where a result belongs in a course."""

    student: str
    assignment: str
    notebook: str
    result: Result


def feedback(marks: Marks, folder: Path) -> Written:
    """The pages of the run in `folder` as nbgrader lays out its feedback, for those who were graded."""
    pages = safe_names(student.name for student in marks.students)
    files = {}
    missing = []
    for student in marks.students:
        for target in _targets(student):
            page = folder / "feedback" / pages[student.name] / f"{target.result.assignment}.html"
            try:
                data = page.read_bytes()
            except OSError:
                missing.append(str(page))
                continue
            at = f"feedback/{pages[target.student]}/{target.assignment}"
            files[f"{at}/{target.notebook}.html"] = data
            beside = page.with_name(f"{page.stem}{NOTEBOOK_SUFFIX}")
            if beside.is_file():
                # The two lead to each other, the one being called as the student's notebook is.
                theirs = quote(f"{target.notebook}.html").encode()
                files[f"{at}/{beside.name}"] = beside.read_bytes().replace(
                    b'href="%b' % page.name.encode(), b'href="%b' % theirs
                )
    remarks = [f"{len(missing)} feedback pages are not there: run `grader grade` again"] if missing else []
    return Written(files, remarks + left_empty(marks), complete=not (marks.ungraded or missing))


def gradebook(marks: Marks, course: Path) -> None:
    """Write the marks of those who were graded into the course's gradebook.

    The others are left as they are: a submission without a mark would count as a zero. Raises MachineError where
    nbgrader isn't installed.
    """
    try:
        from nbgrader.api import Gradebook, InvalidEntry
    except ModuleNotFoundError as error:
        raise MachineError(f"writing nbgrader's gradebook needs {error.name}: pip install nbgrader") from None

    path = (course / GRADEBOOK).resolve()
    try:
        with _own_scripts(), Gradebook(f"sqlite:///{path}") as book:
            _fill(book, [student for student in marks.students if student.graded])
    except (SQLAlchemyError, InvalidEntry, OSError, subprocess.SubprocessError) as error:
        why = line(str(error).partition("\n")[0])
        raise StoreError(f"{path} can't be written: {why}; is it nbgrader's own, and of this version?") from error


@contextmanager
def _own_scripts() -> Iterator[None]:
    """The scripts beside this Python can be found: nbgrader calls one to make a gradebook."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join(filter(None, (str(Path(sys.executable).parent), before)))
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _fill(book: Any, graded: Sequence[Student]) -> None:
    targets = [target for student in graded for target in _targets(student)]
    for student in graded:
        book.update_or_create_student(student.name, **_person(student))
    # A submission that is made takes up the cells that are there: all of them come first.
    cells = {(t.assignment, t.notebook, _cell(r), r.max_points) for t in targets for r in rows(t.result)}
    for assignment, notebook, cell, points in sorted(cells):
        book.update_or_create_assignment(assignment)
        book.update_or_create_notebook(notebook, assignment)
        book.update_or_create_grade_cell(cell, notebook, assignment, max_score=points, cell_type="code")
    for target in targets:
        book.update_or_create_submission(target.assignment, target.student)
        for row in rows(target.result):
            grade = _grade(book, target, _cell(row))
            grade.auto_score = row.points
            grade.needs_manual_grade = False
        book.db.commit()


def _targets(student: Student) -> Iterator[_Target]:
    for result in student.results if student.graded else ():
        assignment, notebook = _place(student, result)
        yield _Target(student.name, assignment, notebook, result)


def _place(student: Student, result: Result) -> tuple[str, str]:
    """The assignment and the notebook: those of the file that counts, where nbgrader laid it out."""
    parts = result.files[0].name.split("/") if result.files else []
    if student.called("nbgrader") and len(parts) > 2 and len(result.files) == 1:
        return parts[1], parts[-1].rpartition(".")[0]
    return result.assignment, result.assignment


def _person(student: Student) -> dict[str, str]:
    last, comma, first = student.called("name").partition(",")
    if not comma:
        first, _, last = student.called("name").rpartition(" ")
    found = {"first_name": first.strip(), "last_name": last.strip(), "email": student.called("email")}
    return {key: value for key, value in found.items() if value}


def _grade(book: Any, target: _Target, cell: str) -> Any:
    """The grade of a cell, which a submission that is older than the cell does not have yet."""
    from nbgrader.api import Grade, MissingEntry, SubmittedNotebook

    where = (target.notebook, target.assignment)
    try:
        return book.find_grade(cell, *where, target.student)
    except MissingEntry:
        pass
    try:
        notebook = book.find_submission_notebook(*where, target.student)
    except MissingEntry:
        submission = book.find_submission(target.assignment, target.student)
        notebook = SubmittedNotebook(notebook=book.find_notebook(*where), assignment=submission)
    grade = Grade(cell_id=book.find_grade_cell(cell, *where).id, notebook=notebook)
    book.db.add(grade)
    return grade


def _cell(row: Row) -> str:
    return f"{row.function}: {row.check}"
