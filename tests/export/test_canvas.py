"""A Canvas gradebook: filled where it should be, and byte for byte as it came everywhere else."""

from __future__ import annotations

import csv
import io

import marks_samples as samples
import platform_samples
import pytest

from grader import sheet
from grader.errors import UsageError
from grader.export import canvas
from grader.export.marks import Marks, Student
from grader.result import Origin

BOOK = platform_samples.CANVAS_GRADEBOOK


def fill(text=BOOK, marks=None, column=None, **more):
    data = text if isinstance(text, bytes) else text.encode()
    written = canvas.fill(sheet.parse(data), marks or samples.marks(), column, **more)
    return written.files[""], written


def column(data, index=5):
    table = sheet.parse(data)
    return [table.cell(row, index) for row in range(len(table.rows))]


def test_one_column_is_filled_and_nothing_else_changes():
    """The marks are in the column of the assignment's title; every other byte is as it came."""
    data, written = fill()
    expected = BOOK
    for before, after in (
        ("Class A,,12.50", "Class A,10,12.50"),
        ("Class A,3.00", "Class A,5.5"),
        ('B""",,', 'B""",0,'),
    ):
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    assert data == expected.encode()
    assert written.remarks == [
        "excused or not assigned there, left alone: s104",
        "not graded, left empty: 007",
    ]
    assert not written.complete


def test_it_passes_as_a_gradebook_again():
    """As Canvas's importer wants it: Student first, ID second, Section last of the student's columns."""
    rows = list(csv.reader(io.StringIO(fill()[0].decode("utf-8-sig"), newline="")))
    assert "Student" in rows[0][0]
    assert rows[0][1] == "ID"
    assert rows[0][4] == "Section"
    assert rows[0] == next(csv.reader([BOOK.removeprefix("\ufeff").split("\r\n")[0]]))
    assert {row[1] for row in rows[3:]} == {"100", "101", "102", "103", "104", "999"}


@pytest.mark.parametrize("named", ["4711", "(4711)", "Softmax", "Softmax (4711)"])
def test_a_column_is_named_by_its_id_or_title(named):
    """Exactly; a part of a title names nothing."""
    assert fill(column=named)[0] == fill()[0]
    for wrong in ("softmax", "Soft", "Section", "Current Score", "ID", "47"):
        with pytest.raises(UsageError, match=r"has no column .* and none is made; there is Softmax \(4711\), Layers"):
            fill(column=wrong)


def test_other_points_are_refused_unless_they_are_converted():
    """10 points here, 20 there."""
    with pytest.raises(UsageError, match=r"Layers \(4712\) is worth 20 points there and 10 here"):
        fill(column="4712")
    assert column(fill(column="4712", scale=True)[0], 6)[3:] == ["20", "11", "0", "", "0", ""]


def test_no_column_of_the_title():
    """None is made; the line says which there are."""
    with pytest.raises(UsageError, match=r"name one with --column; there is Softmax 2 \(4711\)"):
        fill(BOOK.replace("Softmax (", "Softmax 2 ("))


def test_two_columns_of_one_title():
    """Only an id tells them apart."""
    book = BOOK.replace("Layers (4712)", "Softmax (4712)")
    with pytest.raises(UsageError, match="2 columns are called 'Softmax': name one by its id"):
        fill(book)
    assert column(fill(book, column="4711")[0])[3] == "10"


@pytest.mark.parametrize(
    ("encoding", "delimiter", "ending"), [("utf-8", ",", "\n"), ("utf-8-sig", ";", "\r\n"), ("utf-16", "\t", "\r\n")]
)
def test_encoding_delimiter_and_line_ends_stay(encoding, delimiter, ending):
    """What a spreadsheet made of it is kept; where numbers have a comma, so have ours."""
    rows = list(csv.reader(io.StringIO(BOOK.removeprefix("\ufeff"), newline="")))
    if delimiter == ";":
        rows = [[cell.replace("10.00", "10,00") for cell in row] for row in rows]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=ending).writerows(rows)
    data, _ = fill(buffer.getvalue().encode(encoding))
    back = list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))
    assert [row[5] for row in back[3:]] == ["10", "5,5" if delimiter == ";" else "5.5", "0", "", "EX", ""]
    for before, after in zip(rows, back, strict=True):
        assert before[:5] + before[6:] == after[:5] + after[6:]


def only(*students):
    whole = samples.marks()
    return Marks(whole.columns, students, 1)


def student(name, **ids):
    made = samples.odd(name)
    return Student(name, made.results, Origin(layout="plain", ids=ids) if ids else None)


@pytest.mark.parametrize(
    ("who", "row"),
    [
        (student("x", canvas="102"), 5),
        (student("s102"), 5),
        (student("chen@x.edu"), 5),
        (student("x", email="CHEN@x.edu"), 5),
        (student("007"), 6),
        (student("静 陈"), None),
        (student("陈 静"), 5),
        (student("Lovelace, Ada"), 3),
        (student("ada  LOVELACE"), 3),
        (student('Bob "Bo" Smith, Jr.'), None),
        (student('Smith, Jr., Bob "Bo"'), 6),
        (student("=cmd|'x'!A1, Eve"), 7),
        (student("7"), None),
        (student("102"), None),
        (student("x", canvas="102", sid="s100"), 5),
    ],
)
def test_who_is_found_by_what(who, row):
    """Canvas's id before a student id, a login, an address, a name; never by a part or another's number."""
    data, written = fill(BOOK.replace("EX", ""), only(who))
    filled = [i for i, cell in enumerate(column(data)) if cell == "5.5"]
    assert filled == ([] if row is None else [row])
    assert written.remarks == ([] if row else [f"not in the gradebook, not written: {who.name}"])
    assert written.complete is (row is not None)


def test_two_students_for_one_row_and_two_rows_for_one_name():
    """Neither is written, and both are told."""
    data, written = fill(marks=only(student("s100"), student("x", canvas="100")))
    assert column(data) == column(BOOK.encode())
    assert written.remarks == [
        "not in the gradebook, not written: s100 (whose row fits 2 students), x (whose row fits 2 students)"
    ]
    twins = BOOK.replace("静, 陈", "Lovelace, Ada")
    assert fill(twins, only(student("Lovelace, Ada")))[1].remarks == [
        "not in the gradebook, not written: Lovelace, Ada"
    ]


@pytest.mark.parametrize(
    ("book", "message"),
    [
        ("a,b\n1,2\n", "no gradebook of Canvas"),
        (BOOK.replace("10.00", "n/a"), "has no points possible"),
        (platform_samples.MOODLE_WORKSHEET, "no gradebook of Canvas"),
    ],
)
def test_templates_that_are_refused(book, message):
    """What is no gradebook, and a column whose points are not known."""
    with pytest.raises(UsageError, match=message):
        fill(book)


def test_first_and_last_names_in_columns_of_their_own():
    """Some sites export LastName and FirstName."""
    book = BOOK.replace("Student,ID", "LastName,FirstName,ID").replace('"Lovelace, Ada"', "Lovelace,Ada")
    lines = book.split("\r\n")
    book = "\r\n".join([lines[0], lines[2].replace("Possible,", "Possible,,", 1), lines[3], ""])
    assert column(fill(book, only(student("Ada Lovelace")))[0], 6)[2] == "5.5"
