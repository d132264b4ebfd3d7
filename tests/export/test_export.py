"""`grader export`: from a run's journal to files, with one clear line for what does not fit."""

from __future__ import annotations

import csv
import io
import json
import os

import class_samples
import openpyxl
import platform_samples
import pytest

from grader import columns, export
from grader.errors import UsageError
from grader.export.collect import collect
from grader.grading import Graded, Handed
from grader.result import Origin
from grader.row import pack
from grader.store import Journal

NAME = class_samples.ASSIGNMENT
RIGHT, WRONG = class_samples.RIGHT, class_samples.WRONG


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A class as Canvas gives it, graded with its gradebook as the roster: right, wrong, empty, unreadable, damaged."""
    base = tmp_path_factory.mktemp("run")
    sources = (RIGHT, WRONG, "", "def (", RIGHT)
    people = platform_samples.PEOPLE
    files = {
        platform_samples.canvas_file(*who, 100 + i, 9000 + i, f"{NAME}.py", late=i == 1): source
        for i, (who, source) in enumerate(zip(people, sources, strict=True))
    }
    book = base / "canvas.csv"
    book.write_text(platform_samples.CANVAS_GRADEBOOK.replace("Softmax (", f"{NAME} ("), encoding="utf-8")
    path = platform_samples.laid(base / "sub", files, "submissions.zip")
    done = class_samples.grade(path, base / "out", "--roster", book, "-a", class_samples.OTHER)
    assert done.code == 0, done.err
    assert "layout: canvas (recognised by its names): 5 students" in done.out
    return base / "out", book


def exported(run, name, *more):
    out, _ = run
    done = class_samples.grader("export", out, "--format", name, *more)
    return done, out / "export"


def test_the_journal_gives_what_the_run_published(run):
    """Every student and assignment, those that nothing answers too, as results/ has them."""
    out, _ = run
    marks = collect(out)
    assert [c.name for c in marks.columns] == [NAME, class_samples.OTHER]
    assert [s.name for s in marks.students] == ["007", "s100", "s101", "s102", "s104"]
    for student in marks.students:
        for result in student.results:
            published = class_samples.result(out, student.name, result.assignment)
            assert json.loads(class_samples_json(result)) == published
    assert [s.total for s in marks.students] == [0, 10, 3, 0, 10]
    ours = collect(out, [NAME])
    assert ours.max_score == 10
    assert marks.students[2].origin.late is True


def class_samples_json(result):
    from grader.result import to_json

    return to_json(result)


def test_late_and_origin_are_in_the_published_results(run):
    """So that policies can heed them later."""
    found = class_samples.result(run[0], "s101")
    assert found["origin"]["late"] is True
    assert found["origin"]["ids"]["canvas"] == "101"
    assert found["origin"]["ids"]["login"] == "niamh@x.edu"
    assert "was handed in late, says Canvas" in [p["message"] for p in found["problems"]]


def test_every_format_that_needs_nothing(run, monkeypatch):
    """Files are where the command says, and hold everybody."""
    monkeypatch.delenv(export.SUMMARY, raising=False)
    for name, place in (("csv", "marks.csv"), ("json", "marks.json"), ("junit", "junit.xml"), ("xlsx", "marks.xlsx")):
        done, folder = exported(run, name)
        assert (done.code, done.err.splitlines()[-1]) == (0, f"written: {folder / place}")
    rows = {
        row["student"]: row for row in csv.DictReader(io.StringIO((folder / "marks.csv").read_text(encoding="utf-8")))
    }
    assert rows["007"]["total"] == "0"
    assert rows["s100"][NAME] == "10"
    assert openpyxl.load_workbook(folder / "marks.xlsx")["Marks"]["A2"].value == "007"
    assert exported(run, "gradescope")[0].code == 0
    assert len(list((folder / "gradescope").iterdir())) == 5


def test_canvas_through_the_command(run, tmp_path):
    """The column of the assignment is filled; the other assignment has none and is told."""
    _, book = run
    done, _ = exported(run, "canvas", "--template", book)
    assert done.code == 1
    assert "no column is called" in done.err
    done, _ = exported(run, "canvas", "--template", book, "-a", NAME, "--to", tmp_path / "filled.csv")
    assert done.code == 0, done.err
    text = (tmp_path / "filled.csv").read_bytes().decode()
    assert '"Lovelace, Ada",100,s100,ada@x.edu,Class A,10,12.50,,\r\n' in text
    assert '"O\'Brien, Niamh",101,s101,niamh@x.edu,Class A,3,,,\r\n' in text


def test_moodle_through_the_command(run, tmp_path):
    """A run of another platform fills a worksheet by the ids of its roster."""
    (tmp_path / "m.csv").write_text(platform_samples.MOODLE_WORKSHEET.replace(",No,", ",Yes,"), encoding="utf-8")
    done, folder = exported(run, "moodle", "--template", tmp_path / "m.csv", "-a", NAME)
    assert done.code == 0, done.err
    with (folder / "moodle.csv").open(encoding="utf-8", newline="") as file:
        assert [row[5] for row in csv.reader(file)] == ["Grade", "10", "3", "0", "0", "10"]


def test_github_writes_to_the_jobs_summary(run, monkeypatch, tmp_path):
    """It adds to what other steps wrote; annotations go to stdout."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv(export.SUMMARY, str(summary))
    done, _ = exported(run, "github")
    assert done.code == 0
    assert summary.read_text(encoding="utf-8").startswith("before\n## Marks\n")
    assert all(line.startswith("::error ") for line in done.out.splitlines())
    assert "obrienniamh_LATE_101_9001" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "excel"], "there is no format 'excel'"),
        (["--format", "xslx"], "did you mean xlsx?"),
        (["--format", "canvas"], "--format canvas needs --template: the gradebook as Canvas exports it"),
        (["--format", "nbgrader"], "--format nbgrader needs --to: the course's folder"),
        (["--format", "csv", "--scale"], "--scale says nothing to --format csv"),
        (["--format", "csv", "-a", "sigmoid_neurn"], "was not graded in this run: did you mean 'sigmoid_neuron'?"),
        (["--format", "canvas", "--template", "/nonexistent.csv"], "can't be read: No such file"),
    ],
)
def test_wrong_use(run, arguments, message):
    """One line, exit code 2."""
    done = class_samples.grader("export", run[0], *arguments)
    assert done.code == 2
    assert message in done.one_line()


def test_the_template_is_never_written_over(run):
    """--to must be another file."""
    done, _ = exported(run, "canvas", "--template", run[1], "--to", run[1], "-a", NAME)
    assert done.code == 2
    assert "is the template itself" in done.one_line()


def test_folders_that_hold_no_finished_run(tmp_path):
    """No journal is made by looking for one; a run that was never finished is told."""
    with pytest.raises(UsageError, match="holds no run of the grader"):
        collect(tmp_path)
    assert not os.listdir(tmp_path)
    with Journal(tmp_path):
        pass
    with pytest.raises(UsageError, match="holds no finished run"):
        collect(tmp_path)


def test_the_ungraded_are_empty_in_every_format(run, tmp_path):
    """A failure of ours, and one whom a stopped run did not reach: no zero anywhere, one line, exit code 1."""
    out, _ = run
    with Journal(out) as theirs, Journal(tmp_path) as journal:
        facts = theirs.facts()
        told = columns.unpack(facts[columns.FACT])
        journal.remember({"seed": "1", columns.FACT: columns.pack(columns.Columns(told.columns, ["zoe"]))})
        failed = Handed(
            "bob", [], [], failure="the engine is gone", origin=Origin(layout="canvas", ids={"canvas": "100"})
        )
        journal.add([pack("", Graded(failed, []))])
    book = tmp_path / "book.csv"
    book.write_text(run[1].read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("csv", "json", "xlsx", "junit", "gradescope", "github"):
        done = class_samples.grader("export", tmp_path, "--format", name, "--to", tmp_path / name)
        assert done.code == 1, name
        assert "not graded, left empty: bob, zoe" in done.err
    assert not (tmp_path / "gradescope").exists()
    assert [row.split(",")[3:8] for row in (tmp_path / "csv").read_text().splitlines()[1:]] == [
        ["", "", "", "20", "not_graded"]
    ] * 2
    assert "| bob |  |  |  |" in (tmp_path / "github").read_text()
    done = class_samples.grader("export", tmp_path, "--format", "canvas", "--template", book, "-a", NAME)
    assert done.code == 1
    assert (tmp_path / "export/canvas.csv").read_bytes() == book.read_bytes()
