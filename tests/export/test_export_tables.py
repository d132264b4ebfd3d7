"""CSV, JSON and Excel: read back by csv, json, pandas and openpyxl, whatever the names hold."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import marks_samples as samples
import openpyxl
import pandas as pd
import pytest

from grader.export import csv_file, json_file, xlsx_file

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1")
ODD = (*FORMULAS, samples.NEWLINE, "O'Brien, Niamh", "静 陈", "0123", "1e5", "TRUE", "x" * 40)


@pytest.fixture(scope="module")
def marks():
    return samples.marks(more=[samples.odd(name) for name in ODD])


def test_csv_is_read_back(marks):
    """Every student has a row; points are numbers; what is not graded is empty and told."""
    written = csv_file.write(marks)
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(written.files[""].decode(), newline=""))}
    assert len(rows) == len(marks.students)
    assert {name: rows[name]["total"] for name in samples.NAMES} == {
        "s100": "10", "s101": "5.5", "s102": "0", "007": "", "s104": "0",
    }  # fmt: skip
    assert (rows["007"]["softmax"], rows["007"]["status"]) == ("", "not_graded")
    assert (rows["s101"]["late"], rows["s101"]["attempt"], rows["s100"]["late"]) == ("late", "2", "in time")
    assert rows["s104"]["name"] == "'=cmd|'x'!A1, Eve"
    assert (written.remarks, written.complete) == (["not graded, left empty: 007"], False)


def test_csv_holds_no_formula(marks):
    """No cell begins as a formula does, and no two names become one."""
    cells = [row[0] for row in csv.reader(io.StringIO(csv_file.write(marks).files[""].decode(), newline=""))][1:]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]
    assert len(set(cells)) == len(marks.students)
    assert {cell.removeprefix("'") for cell in cells} >= {*FORMULAS, *ODD}


def test_csv_in_pandas(marks):
    """Pandas reads the names as they are, and nothing for what is not graded."""
    frame = pd.read_csv(io.BytesIO(csv_file.write(marks).files[""]), dtype={"student": str}).set_index("student")
    assert pd.isna(frame.loc["007", "total"])
    assert frame.loc["s101", "softmax"] == 5.5
    assert samples.NEWLINE in frame.index


def test_json_is_read_back(marks):
    """Names are byte for byte, points add up, and neither seed nor output is in it."""
    written = json_file.write(marks)
    document = json.loads(written.files[""])
    found = {student["student"]: student for student in document["students"]}
    assert found.keys() == {s.name for s in marks.students} >= set(ODD)
    assert {name: found[name]["total"] for name in samples.NAMES} == samples.TOTALS
    (ada,) = found["s101"]["results"]
    assert sum(check["points"] for check in ada["checks"]) == ada["score"] == 5.5
    assert [check["points"] for check in ada["checks"]] == [3.0, 1.5, 1.0]
    assert found["007"]["results"][0]["reason"] == samples.REASON
    assert b"12345" not in written.files[""]
    assert not written.complete


def test_a_workbook_is_read_back_by_openpyxl(marks):
    """Text is text, also where it begins as a formula does; numbers are numbers; nothing is nothing."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file.write(marks).files[""]))
    sheet = book["Marks"]
    header = [cell.value for cell in sheet[1]]
    rows = {row[0].value: dict(zip(header, row, strict=True)) for row in sheet.iter_rows(min_row=2)}
    kept = {name for name in ODD if name != "\rx"}
    assert rows.keys() >= {*samples.NAMES, *kept}
    assert all(row["student"].data_type == "s" and row["student"].quotePrefix for row in rows.values())
    assert rows["007"]["total"].value is None
    assert (rows["s101"]["total"].value, rows["s101"]["total"].data_type) == (5.5, "n")
    assert rows["s104"]["name"].value == "=cmd|'x'!A1, Eve"
    messages = [row[-1].value for row in book["Checks"].iter_rows(min_row=2)]
    assert any(message and "陈" in message and "\x1b" not in message for message in messages)


def test_a_workbook_in_pandas(marks):
    """Pandas finds the same."""
    frame = pd.read_excel(io.BytesIO(xlsx_file.write(marks).files[""]), dtype={"student": str}).set_index("student")
    assert pd.isna(frame.loc["007", "total"])
    assert frame.loc["=1+1", "softmax"] == 5.5


def test_a_workbook_has_no_formula_inside(marks):
    """No sheet's XML holds a formula."""
    with zipfile.ZipFile(io.BytesIO(xlsx_file.write(marks).files[""])) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    assert len(sheets) == 2
    assert not any(b"<f>" in text or b"<f " in text for text in sheets)
