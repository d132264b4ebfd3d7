"""A table in text (CSV) as a platform wrote it: read, changed in single cells, written back with all else as it came.

Encoding, byte order mark, delimiter, line ends and the quotes of every cell that is not changed stay byte for byte.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader import intake
from grader.errors import UsageError
from grader.places import reason

LIMIT: Final = 64 << 20
"""Bytes of a table."""

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DELIMITERS: Final = ",;\t"


@dataclass
class Sheet:
    """Rows of cells. `rows` holds each cell's text; a row may be shorter than the first one."""

    rows: list[list[str]]
    delimiter: str
    encoding: str
    mark: bytes
    _raw: list[list[str]]
    _ends: list[str]

    @property
    def header(self) -> list[str]:
        """The first row."""
        return self.rows[0]

    def cell(self, row: int, column: int | None) -> str:
        """A cell's text; empty where the row ends before it, or for no column."""
        cells = self.rows[row]
        return cells[column] if column is not None and column < len(cells) else ""

    def put(self, row: int, column: int, text: str) -> None:
        """Change a cell, which keeps its quotes if it had them."""
        cells, raw = self.rows[row], self._raw[row]
        while len(cells) <= column:
            cells.append("")
            raw.append("")
        quoted = raw[column].startswith('"') or any(c in text for c in f'"\r\n{self.delimiter}') or text != text.strip()
        cells[column] = text
        raw[column] = '"' + text.replace('"', '""') + '"' if quoted else text

    def to_bytes(self) -> bytes:
        """The table as a file. What the encoding can't hold becomes a character reference, as in HTML."""
        lines = (self.delimiter.join(raw) + end for raw, end in zip(self._raw, self._ends, strict=True))
        return self.mark + "".join(lines).encode(self.encoding, "xmlcharrefreplace")


def read(path: Path) -> Sheet:
    """The table in a file. Raises UsageError for one that can't be read."""
    told = intake.shown(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{told} can't be read: {reason(error)}") from None
    if len(data) > LIMIT:
        raise UsageError(f"{told} is larger than {LIMIT >> 20} MiB; is it the table that you mean?")
    try:
        return parse(data)
    except ValueError as error:
        raise UsageError(f"{told} is no table in text (CSV): {error}") from None


def parse(data: bytes) -> Sheet:
    """The table in `data`. Raises ValueError, which says why it is none."""
    mark, encoding = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", ""))
    body = data.removeprefix(mark)
    encoding = encoding or _encoding(body)
    text = body.decode(encoding)
    if "\0" in text:
        raise ValueError("it holds NUL characters; export it as CSV, not as a workbook")
    delimiter = _delimiter(text)
    rows: list[list[str]] = []
    raws: list[list[str]] = []
    ends: list[str] = []
    cells: list[str] = []
    raw: list[str] = []
    for match in _cells(delimiter).finditer(text):
        if match[0] == "" and not cells:
            break  # after the last line's end
        if match["open"]:
            raise ValueError(f"a quote in line {text.count(chr(10), 0, match.start()) + 1} is never closed")
        raw.append(match["raw"])
        cells.append(_unquoted(match["raw"]))
        if match["end"] != delimiter:
            rows.append(cells)
            raws.append(raw)
            ends.append(match["end"])
            cells, raw = [], []
            if not match["end"]:
                break
    if not rows:
        raise ValueError("it is empty")
    return Sheet(rows, delimiter, encoding, mark, raws, ends)


def _encoding(body: bytes) -> str:
    """UTF-8, or else what Windows programs write: latin-1 stands for all bytes that cp1252 leaves out."""
    for encoding in ("utf-8", "cp1252"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _delimiter(text: str) -> str:
    """The delimiter that stands most often in the first line, outside quotes."""
    first = re.sub(r'"[^"]*"', "", text).partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _cells(delimiter: str) -> re.Pattern[str]:
    d = re.escape(delimiter)
    quoted = rf'"[^"]*(?:""[^"]*)*"[^{d}\r\n]*'
    return re.compile(rf'(?:(?P<raw>{quoted}|(?!")[^{d}\r\n]*)|(?P<open>"))(?P<end>{d}|\r\n|\r|\n|\Z|(?<="))')


def _unquoted(raw: str) -> str:
    if not raw.startswith('"'):
        return raw
    inner, _, after = raw[1:].rpartition('"')
    return inner.replace('""', '"') + after
