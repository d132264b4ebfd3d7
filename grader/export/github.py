"""GitHub Actions: a summary in Markdown, and annotations at the lines of the functions that are to be mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader import intake
from grader.errors import Unreadable
from grader.export.marks import Marks, Row, Student, rows
from grader.export.words import title
from grader.export.written import left_empty
from grader.report.escape import line, plain
from grader.report.info import LOST, STATUS_WORDS, number
from grader.result import Result
from grader.source import SOURCE_LIMIT

SUMMARY_LIMIT: Final = 1_000_000
"""Bytes of a summary: GitHub takes a little more."""
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+!|~>:@-])")


def summary(marks: Marks) -> str:
    """The class as a table, and what a single student has to mend."""
    header = ["student", *(column.name for column in marks.columns), "total"]
    lines = ["## Marks", "", _row(header), "|---" * len(header) + "|"]
    tail = ["", *map(escaped, left_empty(marks))]
    size = 0
    for i, student in enumerate(marks.students):
        text = _row([student.name, *map(_points, student.results), _total(student, marks)])
        size += len(text.encode()) + 1
        if size > SUMMARY_LIMIT - 10_000:
            tail.insert(0, f"\nand {len(marks.students) - i} more.")
            break
        lines.append(text)
    if len(marks.students) == 1:
        lines += list(_to_mend(marks.students[0]))
    return "\n".join(lines + tail).rstrip() + "\n"


def commands(marks: Marks, source: Path) -> list[str]:
    """A workflow command for each check that is to be mended; files are looked for below `source`."""
    found = []
    for student in marks.students:
        for result in student.results:
            if result.status != "graded":
                text = f"{student.name}: not graded: {result.reason or ''}"
                found.append(f"::warning title={_property(result.assignment)}::{_data(text)}")
            found += [_annotation(student.name, result, row, source) for row in rows(result) if row.status in LOST]
    return found


def escaped(text: str) -> str:
    """`text` in Markdown, on one line, every character standing for itself."""
    shown = line(text, 500).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", shown)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def _points(result: Result) -> str:
    return "" if result.score is None else number(result.score)


def _total(student: Student, marks: Marks) -> str:
    return "" if student.total is None else f"{number(student.total)} of {number(marks.max_score)}"


def _to_mend(student: Student) -> Iterator[str]:
    for result in student.results:
        for row in rows(result):
            if row.status in LOST:
                yield ""
                yield f"**{escaped(title(row))}**: {STATUS_WORDS[row.status]}. {escaped(' '.join(row.message.split()))}"


# --- annotations ------------------------------------------------------------------------------------------------------


def _annotation(student: str, result: Result, row: Row, source: Path) -> str:
    where = {"title": f"{title(row)}: {number(row.points)} of {number(row.max_points)}"}
    if result.files:
        path, at = _place(source, result.files[0].name, row.function)
        where = {"file": path, **({"line": str(at)} if at else {}), **where}
    told = ",".join(f"{key}={_property(value)}" for key, value in where.items())
    return f"::error {told}::{_data(plain(row.message or f'{student}: {STATUS_WORDS[row.status]}', 2000))}"


def _place(source: Path, name: str, function: str) -> tuple[str, int]:
    """The file as the repository has it, and the line of the function's definition; 0 where that can't be told."""
    path = source / name
    shown = path.as_posix()
    try:
        data = intake.read_limited(str(path), SOURCE_LIMIT)
    except (OSError, Unreadable, ValueError):
        return shown, 0
    lines = data.decode("utf-8", "replace").splitlines()
    defines = re.compile(rf"\s*(?:async\s+def|def|class)\s+{re.escape(function)}\b")
    # A notebook's lines are those of its JSON, where its functions begin with a quote.
    notebook = name.lower().endswith(".ipynb")
    return shown, next(
        (i for i, text in enumerate(lines, 1) if defines.match(text.lstrip(' "') if notebook else text)), 0
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
