"""A Moodle worksheet: grades and comments filled in, in any language, and all else as it came."""

from __future__ import annotations

import csv
import html
import io
import re

import marks_samples as samples
import platform_samples
import pytest

from grader import sheet
from grader.errors import UsageError
from grader.export import moodle

SHEET = platform_samples.MOODLE_WORKSHEET
GERMAN = (
    SHEET.replace("Participant ", "Teilnehmer/in ")
    .replace("Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed", "ID,Vollständiger Name,ID-Nummer,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden")
    .replace("Feedback comments", "Feedback als Kommentar")
    .replace(",Yes,", ",Ja,").replace(",No,", ",Nein,")
    .replace(",10.00,", ',"10,00",').replace(",3.00,", ',"3,00",')
)  # fmt: skip


def fill(text=SHEET, marks=None, columns="", **more):
    written = moodle.fill(sheet.parse(text.encode()), marks or samples.marks("moodle"), moodle.chosen(columns), **more)
    return written.files[""].decode(), written


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", [SHEET, GERMAN], ids=["en", "de"])
def test_grades_and_comments_are_filled_and_nothing_else_changes(text):
    """The locked row and the ungraded stay; a decimal comma is kept where there is one."""
    data, written = fill(text)
    point = "," if text is GERMAN else "."
    before, after = rows(text), rows(data)
    assert [row[5] for row in after[1:]] == ["10", f"3{point}00", "0", "", "0"]
    assert [row[:5] + row[6:10] for row in after] == [row[:5] + row[6:10] for row in before]
    assert (after[2], after[4]) == (before[2], before[4])
    assert after[1][10] == "softmax: 10 of 10"
    assert written.remarks == ["their grade can't be changed there, left alone: s101", "not graded, left empty: 007"]
    assert not written.complete
    assert data.count("\r\n") == text.count("\r\n") + sum(cell.count("\r\n") for row in after for cell in row)


def test_comments_are_safe_html_and_keep_their_text():
    """Nothing in a message is markup; read as HTML it says what it said."""
    data, _ = fill(SHEET.replace(",No,", ",Yes,"))
    comment = rows(data)[2][10]
    assert set(re.findall(r"<[^>]*>", comment)) == {"<br />"}
    told = html.unescape(comment.replace("<br />", "\n"))
    assert 'entry "a,b" is <b>&' in told
    assert "陈" in told
    assert "was handed in late" in told
    assert not re.search("[\x00-\x09\x0b-\x1f]", told)


def test_everybody_found_by_id_number_and_name():
    """Without Moodle's own numbers, the id number or the name tells."""
    for names in (samples.NAMES, tuple(f"{first} {last}" for last, first in platform_samples.PEOPLE)):
        data, _ = fill(marks=samples.marks("plain", names=names))
        assert rows(data)[1][5] == "10", names


def test_other_maximum_grades():
    """Refused unless they are converted."""
    text = SHEET.replace(",10.00,", ",100.00,")
    with pytest.raises(UsageError, match="worth 100 points there and 10 here"):
        fill(text)
    assert [row[5] for row in rows(fill(text, scale=True)[0])[1:]] == ["100", "3.00", "0", "", "0"]


def test_workflow_state_and_blind_marking():
    """A column between the maximum and whether a grade can change, and no names at all."""
    text = "Identifier,Status,Grade,Maximum Grade,Marking workflow state,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments\n"
    text += "".join(
        f"Participant {500 + i},Submitted,-,10.00,Not marked,{'No' if i == 1 else 'Yes'},-,-,\n" for i in range(5)
    )
    assert [row[2] for row in rows(fill(text)[0])[1:]] == ["10", "-", "0", "-", "0"]


def test_words_that_are_not_known():
    """Which of two words means no must be said."""
    text = SHEET.replace(",Yes,", ",Bai,").replace(",No,", ",Ez,")
    with pytest.raises(UsageError, match=r"words that are not known \(bai, ez\): say which of them means no"):
        fill(text)
    assert [row[5] for row in rows(fill(text, columns="no=Ez")[0])[1:]] == ["10", "3.00", "0", "", "0"]


def test_columns_can_be_said():
    """By title or number, where the table is arranged otherwise."""
    swapped = (
        "\r\n".join(
            ",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in (*row[6:], *row[:6])) for row in rows(SHEET)
        )
        + "\r\n"
    )
    with pytest.raises(UsageError, match="no grading worksheet"):
        fill(swapped)
    said = "identifier=Identifier,grade=11,max=1,change=Grade can be changed,feedback=Feedback comments"
    assert [row[10] for row in rows(fill(swapped, columns=said)[0])[1:]] == ["10", "3.00", "0", "", "0"]


def test_feedback_columns_of_unknown_titles():
    """The grades are written, and the line says how to have the comments written, too."""
    data, written = fill(SHEET.replace("Feedback comments", "Iruzkinak"))
    assert (rows(data)[1][5], rows(data)[1][10]) == ("10", "")
    assert "name it with --columns feedback=TITLE" in written.remarks[1]
    assert rows(fill(SHEET.replace("Feedback comments", "Iruzkinak"), columns="feedback=Iruzkinak")[0])[1][10]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("a,b\n1,2\n", "", "no grading worksheet of Moodle"),
        (platform_samples.CANVAS_GRADEBOOK, "", "no grading worksheet of Moodle"),
        (SHEET.replace(",10.00,", ",Good,"), "", "columns for the grade and its maximum are not plain"),
        (SHEET.replace(",10.00,", ",Good,"), "grade=Grade,max=Maximum Grade", "a scale of words can't be filled in"),
        (SHEET, "grade", "'grade' is not NAME=TITLE"),
        (SHEET, "mark=Grade", "'mark=Grade' is not NAME=TITLE"),
        (SHEET, "grade=Note", "has no column 'Note'; it has Identifier, Full name"),
    ],
)
def test_what_is_refused(text, columns, message):
    """In one line, with what to say instead."""
    with pytest.raises(UsageError, match=message) as caught:
        fill(text, columns=columns)
    assert "\n" not in str(caught.value)
