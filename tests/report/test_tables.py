"""grades.csv and results JSON."""

from __future__ import annotations

import csv
import io
import json
import re

import msgspec
import report_samples as samples
from hypothesis import given
from hypothesis import strategies as st
from report_reading import HOSTILE

from grader import result as results
from grader.report import grades_csv, results_json


def rendered(results, infos):
    """The file, students in sorted order."""
    grades = grades_csv.Grades(infos)
    for student in sorted({result.student for result in results}):
        grades.add(student, [result for result in results if result.student == student])
    return grades.text()


def table(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def graded(student, assignment, score):
    return samples.result(assignment, [], student, score=score)


def test_a_row_a_student():
    """Students in sorted order, a column an assignment, totals, plain numbers."""
    given_results = [
        graded("bob", samples.SOFTMAX, 1 / 3),
        graded("ada", samples.STAGED, 12.0),
        graded("ada", samples.SOFTMAX, 7.5),
        graded("bob", samples.STAGED, 0.0),
    ]
    text = rendered(given_results, [samples.SOFTMAX, samples.STAGED])
    assert text == (
        "student,softmax,staged_fxy,total,max,status\nada,7.5,12,19.5,22,graded\nbob,0.3333,0,0.3333,22,graded\n"
    )


def test_not_graded_is_empty_and_never_zero():
    """What is not graded, or not there yet, leaves its cell and the total empty."""
    given_results = [
        samples.not_graded("ada"),
        graded("ada", samples.STAGED, 12.0),
        graded("bob", samples.SOFTMAX, 3.0),
    ]
    rows = table(rendered(given_results, [samples.SOFTMAX, samples.STAGED]))
    assert rows[1] == ["ada", "", "12", "", "22", "not_graded"]
    assert rows[2] == ["bob", "3", "", "", "22", "not_graded"]


def test_other_assignments_are_left_out():
    """A result of an assignment that the run does not have changes no column."""
    rows = table(rendered([graded("ada", samples.SOFTMAX, 1.0), graded("ada", samples.MATMUL, 8.0)], [samples.SOFTMAX]))
    assert rows == [["student", "softmax", "total", "max", "status"], ["ada", "1", "1", "10", "graded"]]


def test_sums_have_no_rounding_dust():
    """Tenths add up as people add them."""
    rows = table(
        rendered(
            [graded("a", samples.SOFTMAX, 0.1), graded("a", samples.STAGED, 0.2)], [samples.SOFTMAX, samples.STAGED]
        )
    )
    assert rows[1][3] == "0.3"


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), unique=True, max_size=6))
def test_ids_read_back(students):
    """Any ids come back from a CSV reader, but for the apostrophe that disarms formulas."""
    text = rendered([graded(s, samples.SOFTMAX, 1.0) for s in students], [samples.SOFTMAX])
    read = [row[0] for row in table(text)[1:]]
    assert [cell[1:] if re.match("'+[=+\\-@\t\r\n＝＋－＠]", cell) else cell for cell in read] == sorted(students)


def test_hostile_ids_stay_one_row_each():
    """No hostile id breaks out of its cell, starts a formula or keeps the file from being written."""
    text = rendered([graded(s, samples.SOFTMAX, 1.0) for s in HOSTILE], [samples.SOFTMAX])
    text.encode("utf-8")
    rows = table(text)
    assert len(rows) == len(HOSTILE) + 1
    assert all(row[1:] == ["1", "1", "10", "graded"] for row in rows[1:])
    assert not [row for row in rows if row[0].startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_no_cell_ends_where_another_spreadsheet_ends_one():
    """Where cells end at a semicolon or a tab, an id with one in it is still one cell, and no formula begins there."""
    text = rendered([graded(s, samples.SOFTMAX, 1.0) for s in ("a;=1+1", "b\t=1+1")], [samples.SOFTMAX])
    for delimiter in ";\t":
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
        assert not [cell for cell in cells if cell.startswith("=")]


def test_json_is_the_result():
    """The JSON decodes to the same result and is indented."""
    result = samples.softmax_result(student="李明\x1b=1")
    data = results_json.render(result)
    assert results.from_json(data) == result
    assert data.startswith(b'{\n  "schema": 1,')
    assert data.endswith(b"}\n")


def test_json_spells_lone_surrogates_out():
    """Lone surrogates, in any field, keep the JSON valid UTF-8 and distinct."""
    data = results_json.render(samples.softmax_result(student="a\udc80", reason="b\ud800", versions={"\udfff": "1"}))
    found = json.loads(data.decode("utf-8"))
    assert (found["student"], found["reason"], list(found["versions"])) == ("a\\udc80", "b\\ud800", ["\\udfff"])
    assert msgspec.json.decode(data, type=results.Result).assignment == "softmax"
