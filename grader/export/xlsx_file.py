"""The marks as an Excel workbook. Text is text whatever it begins with, and numbers are numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any, Final

from grader.errors import MachineError
from grader.export import tables
from grader.export.marks import Marks
from grader.export.written import Written, left_empty

CELL_LIMIT: Final = 32_767
"""Characters that a cell of Excel's may hold."""
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(marks: Marks) -> Written:
    """A workbook of two sheets: a row a student, and a row for each check."""
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError:
        raise MachineError(
            "writing a workbook needs openpyxl, which isn't installed: pip install 'backprop-grader[grade]'"
        ) from None

    book = Workbook(write_only=True)
    _sheet(book, "Marks", [list(tables.header(marks)), *tables.students(marks)])
    _sheet(book, "Checks", [list(tables.CHECKS), *tables.checks(marks.students)])
    buffer = io.BytesIO()
    book.save(buffer)
    return Written({"": buffer.getvalue()}, left_empty(marks), complete=not marks.ungraded)


def _sheet(book: Any, title: str, rows: Iterable[Iterable[tables.Cell]]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: tables.Cell) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, _ILLEGAL.sub("", value)[:CELL_LIMIT])
    # Said to be text, now and when somebody edits it: "=1" must become no formula.
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
