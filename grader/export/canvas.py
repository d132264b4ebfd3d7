"""A gradebook exported from Canvas, with marks in the columns of their assignments and all else as it came.

A column is named by its id or its exact title. None is ever made: Canvas would take it for a new assignment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.errors import UsageError
from grader.export.marks import Marks, Student
from grader.export.template import Key, match
from grader.export.written import Written, left_empty, told
from grader.report.info import number
from grader.sheet import Sheet

_TITLE: Final = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
KEPT: Final = frozenset({"EX", "N/A"})
"""Excused, and not assigned: such a cell is left alone."""
_ABOVE: Final = 3
"""Rows between the header and the students, at most."""


@dataclass(frozen=True)
class _Target:
    """A column of the gradebook, and the marks that go there."""

    column: int
    marks: Marks
    scale: float


def fill(sheet: Sheet, marks: Marks, column: str | None = None, *, scale: bool = False) -> Written:
    """The gradebook with the marks: all together in `column`, or each assignment's in the column of its title.

    Raises UsageError where there is no such column, or it is worth other points and `scale` is not given.
    """
    students, possible = _layout(sheet)
    remarks: list[str] = []
    if column is not None:
        targets = [_target(sheet, _column(sheet, column), marks, possible, scale=scale)]
    else:
        targets = []
        for each in marks.columns:
            of_one = _of_one(marks, each.name)
            at = _titled(sheet, (each.title, each.name))
            if at is None:
                remarks.append(f"no column is called {each.title} or {each.name}: its marks are not written")
            else:
                targets.append(_target(sheet, at, of_one, possible, scale=scale))
        if not targets:
            raise UsageError(f"no column is called as an assignment is: name one with --column; there is {_all(sheet)}")
    keys = {row: list(_row_keys(sheet, row)) for row in students}
    found = match(marks.students, keys, _student_keys)
    kept = []
    for target in targets:
        for student in target.marks.students:
            row = found.rows.get(student.name)
            if row is None or student.total is None:
                continue
            if sheet.cell(row, target.column).strip().upper() in KEPT:
                kept.append(student.name)
            else:
                sheet.put(row, target.column, _number(student.total * target.scale, sheet))
    remarks += told("not in the gradebook, not written", found.unmatched)
    remarks += told("excused or not assigned there, left alone", kept)
    complete = not (found.unmatched or marks.ungraded or len(targets) < (1 if column else len(marks.columns)))
    return Written({"": sheet.to_bytes()}, remarks + left_empty(marks), complete=complete)


# --- the gradebook ----------------------------------------------------------------------------------------------------


def _layout(sheet: Sheet) -> tuple[list[int], int | None]:
    """The students' rows, and the row of the points possible. Raises UsageError for what is no gradebook."""
    header = [cell.strip() for cell in sheet.header]
    if "ID" not in header or "Section" not in header or not re.search("Student|LastName", header[0]):
        raise UsageError(
            "the template is no gradebook of Canvas, which begins with Student, ID, ... Section: export one"
        )
    identity = header.index("ID")
    students = [row for row in range(1, len(sheet.rows)) if sheet.cell(row, identity).strip()]
    above = range(1, min([*students, _ABOVE + 1, len(sheet.rows)]))
    # In the language of who exported it, but always behind four spaces.
    possible = next((row for row in above if sheet.cell(row, 0).startswith("    ")), None)
    return students, possible


def _assignments(sheet: Sheet) -> dict[int, str]:
    """The columns that hold an assignment's marks, with their headers."""
    first = [cell.strip() for cell in sheet.header].index("Section") + 1
    return {i: cell for i, cell in enumerate(sheet.header) if i >= first and _TITLE.fullmatch(cell.strip())}


def _column(sheet: Sheet, named: str) -> int:
    """The column with that id, header or title. Raises UsageError."""
    for i, cell in _assignments(sheet).items():
        match_ = _TITLE.fullmatch(cell.strip())
        if match_ and named.strip().strip("()") == match_["id"]:
            return i
    at = _titled(sheet, (named,))
    if at is None:
        raise UsageError(f"the template has no column {named!r}, and none is made; there is {_all(sheet)}")
    return at


def _titled(sheet: Sheet, names: Sequence[str]) -> int | None:
    """The column of one of these titles, with or without its id. Raises UsageError where there are two."""
    for name in names:
        found = [
            i
            for i, cell in _assignments(sheet).items()
            if name in (cell.strip(), _TITLE.sub(r"\g<title>", cell.strip()))
        ]
        if len(found) > 1:
            raise UsageError(f"{len(found)} columns are called {name!r}: name one by its id with --column")
        if found:
            return found[0]
    return None


def _all(sheet: Sheet) -> str:
    return ", ".join(cell.strip() for cell in _assignments(sheet).values()) or "none that holds marks"


def _target(sheet: Sheet, column: int, marks: Marks, possible: int | None, *, scale: bool) -> _Target:
    """The column as a place for these marks. Raises UsageError where it is worth other points."""
    text = sheet.cell(possible, column).strip() if possible is not None else ""
    points = _parsed(text)
    title = sheet.header[column].strip()
    if points is None:
        if scale or text:
            raise UsageError(f"{title} has no points possible ({text!r}): export the gradebook again")
        return _Target(column, marks, 1.0)
    if points == marks.max_score:
        return _Target(column, marks, 1.0)
    if not scale:
        raise UsageError(
            f"{title} is worth {number(points)} points there and {number(marks.max_score)} here: "
            "change one of them, or say --scale to convert"
        )
    return _Target(column, marks, points / marks.max_score)


def _of_one(marks: Marks, name: str) -> Marks:
    """The marks of one assignment."""
    at = next(i for i, column in enumerate(marks.columns) if column.name == name)
    students = (Student(s.name, (s.results[at],), s.origin) for s in marks.students)
    return Marks((marks.columns[at],), tuple(students), marks.seed, marks.course)


def _parsed(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"\d+(?:[.,]\d+)?", text) else None


def _number(value: float, sheet: Sheet) -> str:
    """The mark, with a comma where the gradebook has its numbers so."""
    comma = sheet.delimiter != "," and any(re.fullmatch(r"\d+,\d+", cell.strip()) for row in sheet.rows for cell in row)
    text = number(value)
    return text.replace(".", ",") if comma else text


# --- who is who -------------------------------------------------------------------------------------------------------


def _row_keys(sheet: Sheet, row: int) -> Iterator[Key]:
    header = [cell.strip() for cell in sheet.header]
    for kind, name in (("canvas", "ID"), ("sid", "SIS User ID"), ("login", "SIS Login ID"), ("sid", "Integration ID")):
        if name in header:
            yield kind, sheet.cell(row, header.index(name))
            yield "email" if "@" in sheet.cell(row, header.index(name)) else "", sheet.cell(row, header.index(name))
    name = sheet.cell(row, 0) if header[0] == "Student" else f"{sheet.cell(row, 0)}, {sheet.cell(row, 1)}"
    yield "name", name
    last, comma, first = name.partition(",")
    if comma:
        yield "name", f"{first} {last}"


def _student_keys(student: Student) -> Iterator[Key]:
    """Canvas's own id first, as the download's file names have it."""
    yield "canvas", student.called("canvas")
    for kind in ("sid", "login"):
        yield kind, student.name
        yield kind, student.called(kind)
    yield "login", student.called("email")
    yield "email", student.called("email")
    yield "name", student.name
    yield "name", student.called("name")
