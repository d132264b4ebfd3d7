"""A class whose students have names that a report may trip over: everybody keeps a row, a result and a page of their own."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from urllib.parse import unquote

import class_samples as samples
import made
import pytest

from tests.report.report_reading import read, tame

SOURCES = (samples.RIGHT, samples.WRONG, made.WRONG)
SCORES = (10.0, 3.0, 0.0)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The class, graded: what the command said, and the folder of its reports."""
    base = tmp_path_factory.mktemp("odd")
    (base / "class").mkdir()
    for i, student in enumerate(made.ODD_STUDENTS):
        made.write(base / "class", f"{student}.py", SOURCES[i % 3])
    done = samples.grader_process(*samples.grade_arguments(base / "class", base / "out", "--seed", 1, jobs=2))
    assert done.code == 0, done.err
    return done, base / "out"


def score_of(student: str) -> float:
    return SCORES[made.ODD_STUDENTS.index(student) % 3]


def test_everybody_has_a_row_a_result_and_a_page(odd):
    """Whatever file systems, spreadsheets and browsers take names for, nobody has somebody else's."""
    _, out = odd
    found = {data["student"]: data["score"] for data in samples.results(out).values()}
    assert found == {student: score_of(student) for student in made.ODD_STUDENTS}
    assert sorted(row["total"] for row in samples.rows(out).values()) == sorted(f"{s:g}" for s in found.values())
    for kind in ("results", "feedback"):
        folders = [path.name for path in (out / kind).iterdir()]
        compared = {unicodedata.normalize("NFKC", name).casefold() for name in folders}
        assert len(compared) == len(folders) == len(made.ODD_STUDENTS)


def test_no_cell_is_a_formula(odd):
    """Not where cells end at a comma, at a semicolon or at a tab; and everybody's id reads back."""
    _, out = odd
    text = (out / "grades.csv").read_bytes().decode()
    for delimiter in ",;\t":
        cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))]
    ids = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    back = {cell[1:] if re.match("'+[=+\\-@\t\r\n＝]", cell) else cell for cell in ids}
    assert back == set(made.ODD_STUDENTS)


def test_pages_are_safe_and_links_lead_to_them(odd):
    """Each row of the class page shows a score and leads to a page of that score; names are seen for what they are."""
    _, out = odd
    html = (out / "index.html").read_text(encoding="utf-8")
    tame(html)
    table, end, _ = html[html.index('<table class="grades">') :].partition("</table>")
    page = read(table + end)
    links = page.all("a")
    assert len(links) == len(made.ODD_STUDENTS)
    for link in links:
        target = out / unquote(link.attributes["href"])
        assert target.resolve().is_relative_to(out.resolve())
        feedback = tame(target.read_text(encoding="utf-8"))
        assert next(e for e in feedback.elements if e.attributes.get("class") == "score").text.split()[1] == link.text
    seen = ["".join(c for c in bdi.text if unicodedata.category(c) != "Cf") for bdi in page.all("bdi")]
    assert len(set(seen)) == len(made.ODD_STUDENTS)
    assert all(map(str.strip, seen))


def test_a_terminal_is_told_nothing_that_acts(odd):
    """Neither controls nor what changes the direction of reading."""
    done, _ = odd
    assert not {unicodedata.category(c) for c in done.out + done.err if c != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
