"""GitHub Actions: a summary that no name breaks, and annotations that come back as they went in."""

from __future__ import annotations

import re

import marks_samples as samples
import pytest

from grader.export import github
from grader.export.marks import Marks

COMMAND = re.compile(r"::(?P<kind>error|warning) (?P<properties>[^:]*)::(?P<data>[^\n]*)")


def unescaped(text):
    """As the runner reads it."""
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def parsed(command):
    match = COMMAND.fullmatch(command)
    properties = dict(pair.split("=", 1) for pair in match["properties"].split(","))
    return match["kind"], {key: unescaped(value) for key, value in properties.items()}, unescaped(match["data"])


def test_annotations_are_read_back(tmp_path):
    """One line each: the file, the line of the function, the message, whatever they hold."""
    folder = tmp_path / "s101"
    folder.mkdir()
    (folder / "softmax.py").write_text(
        "import numpy\n\n\ndef softmax_backward_two(): ...\n  def softmax_backward(dz):\n", encoding="utf-8"
    )
    commands = github.commands(samples.marks(), tmp_path)
    assert all("\n" not in command for command in commands)
    found = [parsed(command) for command in commands]
    (kind, properties, data) = next(each for each in found if "s101" in each[1].get("file", ""))
    assert kind == "error"
    assert properties["file"] == f"{tmp_path.as_posix()}/s101/softmax.py"
    assert properties["line"] == "5"
    assert properties["title"] == "softmax_backward, Gradient: 1.5 of 6"
    assert '"a,b" is <b>&' in data
    assert "%0A ::" in data
    assert [(k, d) for k, _, d in found if k == "warning"] == [("warning", f"007: not graded: {samples.REASON}")]


def test_no_file_no_line(tmp_path):
    """What is not there, or is no file, is named without a line."""
    (tmp_path / "s102").mkdir()
    (tmp_path / "s102/softmax.py").mkdir()
    assert not any("line=" in command for command in github.commands(samples.marks(), tmp_path))


@pytest.mark.parametrize("text", ["a%0Ab", "100%", "a:b,c\r\nd::error::x", "%25", "陈"])
def test_escaping_is_undone_exactly(text):
    """Escaped text holds nothing that ends a command, a property or a line."""
    assert unescaped(github._property(text)) == text == unescaped(github._data(text))
    assert not set(github._property(text)) & set(":,\r\n")


def test_the_summary_is_a_table_that_no_name_breaks():
    """A row a student, cells kept apart, nothing of a name read as markup."""
    names = ["a|b", "<img src=x>", "*x*", "[a](http://x)", samples.NEWLINE, "`x`", "静 陈", "a\\|b"]
    lines = github.summary(samples.marks(more=[samples.odd(n) for n in names])).splitlines()
    rows = [line for line in lines if line.startswith("| ") and "student" not in line]
    assert len(rows) == 5 + len(names)
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} == {4}
    assert not any("<" in row for row in rows)
    assert "| 007 |  |  |" in rows
    assert lines[-1] == "not graded, left empty\\: 007"


def test_one_student_is_told_what_to_mend():
    """In a run for one, the messages are there, too."""
    whole = samples.marks()
    one = Marks(whole.columns, tuple(s for s in whole.students if s.name == "s104"), 1)
    assert "**softmax\\_backward, Gradient**: missing" in github.summary(one)


def test_a_summary_fits():
    """A class of any size stays below what GitHub takes."""
    summary = github.summary(samples.marks(more=[samples.odd("x" * 150 + str(i)) for i in range(8000)]))
    assert len(summary.encode()) < github.SUMMARY_LIMIT
    assert re.search(r"and \d+ more\.", summary)
