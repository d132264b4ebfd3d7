"""A grading worksheet exported from Moodle, with grades and comments filled in and all else as it came.

Its titles are in the site's language, so columns are known by where they stand and what they hold: each row begins with
a word and the participant's number; one column holds the maximum grade in every row, the grade stands left of it, and
whether the grade can be changed right of it. --columns says otherwise where that is not so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from grader.errors import UsageError
from grader.export.marks import Marks, Student
from grader.export.template import Key, match
from grader.export.words import feedback
from grader.export.written import Written, left_empty, told
from grader.report.info import number
from grader.sheet import Sheet

COLUMNS: Final = ("identifier", "name", "email", "grade", "max", "change", "feedback")
_FEEDBACK: Final = frozenset(
    {"feedback comments", "feedback als kommentar", "commentaires de feedback", "comentarios de retroalimentación"}
)
NO: Final = frozenset(
    "no|nein|non|não|nee|nej|nei|ei|nie|ne|нет|ні|いいえ|否|아니요|hayır|όχι|לא|لا|nu|nem|tidak".split("|")
)
YES: Final = frozenset(
    "yes|ja|oui|sí|si|sim|kyllä|tak|ano|áno|да|так|はい|是|예|evet|ναι|כן|نعم|da|igen|ya|sì".split("|")
)
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")
_IDENTIFIER: Final = re.compile(r"\D+(\d+)")


@dataclass(frozen=True)
class _Layout:
    """Where what stands."""

    identifier: int
    grade: int
    maximum: int
    change: int | None
    feedback: int | None
    names: Mapping[str, int]
    no: frozenset[str]


def fill(sheet: Sheet, marks: Marks, columns: Mapping[str, str] | None = None, *, scale: bool = False) -> Written:
    """The worksheet with the marks of all assignments together, and their feedback as comments.

    Raises UsageError where it is no worksheet, or its maximum is another and `scale` is not given.
    """
    layout = _layout(sheet, columns or {})
    factor = _factor(sheet, layout, marks, scale=scale)
    rows = [row for row in range(1, len(sheet.rows)) if any(sheet.rows[row])]
    found = match(marks.students, {row: list(_row_keys(sheet, layout, row)) for row in rows}, _student_keys)
    locked = []
    for student in marks.students:
        row = found.rows.get(student.name)
        if row is None or student.total is None:
            continue
        if layout.change is not None and sheet.cell(row, layout.change).strip().casefold() in layout.no:
            locked.append(student.name)
            continue
        sheet.put(row, layout.grade, _number(student.total * factor, sheet, layout))
        if layout.feedback is not None:
            sheet.put(row, layout.feedback, comment(student))
    remarks = told("not in the worksheet, not written", found.unmatched)
    remarks += told("their grade can't be changed there, left alone", locked)
    if layout.feedback is None:
        remarks.append("no column for feedback comments is known: name it with --columns feedback=TITLE")
    complete = not (found.unmatched or locked or marks.ungraded)
    return Written({"": sheet.to_bytes()}, remarks + left_empty(marks), complete=complete)


def comment(student: Student) -> str:
    """The feedback as Moodle shows it, which is HTML: every character stands for itself."""
    return html.escape(feedback(student)).replace("\n", "<br />")


# --- columns ----------------------------------------------------------------------------------------------------------


def chosen(text: str) -> dict[str, str]:
    """What `--columns` says: "grade=Bewertung,no=Nein", a column by its title or its number from 1.

    Raises UsageError.
    """
    found = {}
    for pair in filter(None, text.split(",")):
        name, equals, value = pair.partition("=")
        if not equals or name.strip() not in {*COLUMNS, "no"}:
            raise UsageError(
                f"--columns {pair!r} is not NAME=TITLE, where NAME is one of {', '.join((*COLUMNS, 'no'))}"
            )
        found[name.strip()] = value.strip()
    return found


def _layout(sheet: Sheet, columns: Mapping[str, str]) -> _Layout:
    """Where what stands: as told, else by what the columns hold. Raises UsageError."""
    body = [row for row in sheet.rows[1:] if any(row)]
    at = {name: _at(sheet, value) for name, value in columns.items() if name != "no"}
    identifier = at.get("identifier", 0)
    if not body or not all(len(row) > identifier and _IDENTIFIER.fullmatch(row[identifier].strip()) for row in body):
        raise UsageError(
            "the template is no grading worksheet of Moodle: its rows begin with a word and the participant's number"
        )
    maximum = at.get("max")
    if maximum is None:
        maximum = _maximum(sheet, body)
    grade = at.get("grade", maximum - 1)
    change = at["change"] if "change" in at else _change(body, maximum)
    no = frozenset({columns["no"].casefold()}) if "no" in columns else NO
    _understood(body, change, no)
    comments = at["feedback"] if "feedback" in at else _comments(sheet)
    names: dict[str, int] = {kind: at[kind] for kind in ("name", "email") if kind in at}
    email = next((c for c in range(1, grade) if any("@" in row[c] for row in body if len(row) > c)), None)
    if email is not None:
        names = {"name": 1, "email": email} | names
    return _Layout(identifier, grade, maximum, change, comments, names, no)


def _at(sheet: Sheet, named: str) -> int:
    """The column of that title, or number from 1. Raises UsageError."""
    titles = [cell.strip().casefold() for cell in sheet.header]
    if named.casefold() in titles:
        return titles.index(named.casefold())
    if named.isdecimal() and 1 <= int(named) <= len(titles):
        return int(named) - 1
    raise UsageError(f"the template has no column {named!r}; it has {', '.join(sheet.header)}")


def _maximum(sheet: Sheet, body: list[list[str]]) -> int:
    """The column that holds one number in every row, with numbers or nothing left of it, and none right of it."""
    found = []
    for c in range(2, len(sheet.header) - 1):
        cells, left, right = ([row[i].strip() if len(row) > i else "" for row in body] for i in (c, c - 1, c + 1))
        grades = all(not cell or cell == "-" or _NUMBER.fullmatch(cell) for cell in left)
        if len(set(cells)) == 1 and _NUMBER.fullmatch(cells[0]) and grades and not any(map(_NUMBER.fullmatch, right)):
            found.append(c)
    if len(found) != 1:
        raise UsageError(
            "the template's columns for the grade and its maximum are not plain: say --columns grade=TITLE,max=TITLE; "
            f"it has {', '.join(sheet.header)}"
        )
    return found[0]


def _change(body: list[list[str]], maximum: int) -> int | None:
    """The column right of the maximum that says yes or no; the state of a marking workflow may stand between."""
    for c in (maximum + 1, maximum + 2):
        words = {row[c].strip().casefold() for row in body if len(row) > c} - {""}
        if words and words <= NO | YES:
            return c
    return maximum + 1


def _understood(body: list[list[str]], change: int | None, no: frozenset[str]) -> None:
    """Refuse words of which it is not known which means no."""
    words = {row[change].strip().casefold() for row in body if change is not None and len(row) > change} - {""}
    if words and not words & no and not words <= YES and no is NO:
        raise UsageError(
            f"whether a grade can be changed is said in words that are not known ({', '.join(sorted(words)[:3])}): "
            "say which of them means no with --columns no=WORD"
        )


def _comments(sheet: Sheet) -> int | None:
    titles = [cell.strip().casefold() for cell in sheet.header]
    return next((i for i, title in enumerate(titles) if title in _FEEDBACK), None)


def _factor(sheet: Sheet, layout: _Layout, marks: Marks, *, scale: bool) -> float:
    cells = {sheet.cell(row, layout.maximum).strip() for row in range(1, len(sheet.rows)) if any(sheet.rows[row])}
    text = next(iter(cells)) if len(cells) == 1 else ""
    if not _NUMBER.fullmatch(text):
        raise UsageError("the template has no maximum grade in numbers: a scale of words can't be filled in")
    points = float(text.replace(",", "."))
    if points == marks.max_score:
        return 1.0
    if not scale:
        raise UsageError(
            f"the assignment is worth {number(points)} points there and {number(marks.max_score)} here: "
            "change one of them, or say --scale to convert"
        )
    return points / marks.max_score


def _number(value: float, sheet: Sheet, layout: _Layout) -> str:
    """The grade, with a comma where the worksheet has its numbers so."""
    text = number(value)
    return text.replace(".", ",") if "," in sheet.cell(1, layout.maximum) else text


# --- who is who -------------------------------------------------------------------------------------------------------


def _row_keys(sheet: Sheet, layout: _Layout, row: int) -> Iterator[Key]:
    number_ = _IDENTIFIER.fullmatch(sheet.cell(row, layout.identifier).strip())
    if number_:
        yield "moodle", number_[1]
    for kind, column in layout.names.items():
        yield kind, sheet.cell(row, column)
    # An id number, or whatever else the site shows, stands between the name and the status.
    for column in range(2, layout.grade - 1) if layout.names else ():
        yield "sid", sheet.cell(row, column)


def _student_keys(student: Student) -> Iterator[Key]:
    """Moodle's own number first, as the download's folders have it."""
    yield "moodle", student.called("moodle")
    yield "sid", student.name
    yield "sid", student.called("sid")
    yield "email", student.name
    yield "email", student.called("email")
    yield "name", student.name
    yield "name", student.called("name")
