"""Tables in text: what is not changed comes back byte for byte."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import sheet

CELLS = st.text(st.sampled_from("ab ,;\t\"\r\n'=é陈"), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5)


def written(rows, delimiter, ending, quoting):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(rows)
    return buffer.getvalue()


@given(
    ROWS,
    st.sampled_from([",", ";", "\t"]),
    # Python's writer quotes a lone \r only where its own lines end so.
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_tables_come_back_as_they_were(rows, delimiter, style, encoding):
    """Read as Python's csv reads them, whatever the cells hold, and written back byte for byte."""
    rows = [["head", "er"], *rows]
    data = written(rows, delimiter, *style).encode(encoding)
    table = sheet.parse(data)
    assert table.rows == rows
    assert (table.delimiter, table.to_bytes()) == (delimiter, data)


@given(ROWS, CELLS, st.data())
def test_one_cell_changes_and_nothing_else(rows, text, data):
    """The changed cell is read back as it was put; all others are the same."""
    rows = [["head", "er"], *rows]
    table = sheet.parse(written(rows, ",", "\r\n", csv.QUOTE_MINIMAL).encode())
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    table.put(row, column, text)
    rows[row][column] = text
    assert sheet.parse(table.to_bytes()).rows == rows


def test_mixed_line_ends_quotes_and_ragged_rows():
    """Each line keeps its end, each cell its quotes; a row is made longer where a cell beyond it is put."""
    data = b'a,"b",c\r\n"1",2\n\n3,4,5'
    table = sheet.parse(data)
    assert table.to_bytes() == data
    table.put(1, 0, "x")
    table.put(1, 2, "=y")
    assert table.to_bytes() == b'a,"b",c\r\n"x",2,=y\n\n3,4,5'
    assert table.cell(2, 7) == table.cell(2, None) == ""


def test_what_the_encoding_cannot_hold_becomes_a_reference():
    """A worksheet in Windows' encoding can take any comment."""
    table = sheet.parse("é,x\n".encode("cp1252"))
    table.put(0, 1, "陈")
    assert table.to_bytes() == "é,&#38472;\n".encode("cp1252")


@pytest.mark.parametrize("data", [b"", b'a,"b\nc', b"PK\x03\x04\x00", b"\xef\xbb\xbf"])
def test_no_table(data):
    """Nothing, an open quote, a workbook."""
    with pytest.raises(ValueError, match=r"empty|closed|NUL"):
        sheet.parse(data)
