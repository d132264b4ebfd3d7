"""nbgrader: what is written is read back by nbgrader itself, in an environment of its own.

nbgrader brings a hundred packages, too many for development. `make nbgrader` puts it into .cache; GRADER_NBGRADER names
the Python of one that is there already.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import class_samples
import marks_samples as samples
import msgspec
import pytest

from grader.errors import MachineError
from grader.export import nbgrader
from grader.export.marks import Marks, Student
from grader.result import File, Origin

CACHE = class_samples.ROOT / ".cache" / "nbgrader"
READ = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///" + sys.argv[1]) as book:
    found = {}
    for assignment in book.assignments:
        for s in book.assignment_submissions(assignment.name):
            cells = {g.name: [g.score, g.max_score] for nb in s.notebooks for g in nb.grades}
            found[assignment.name + "/" + s.student.id] = [s.score, s.max_score, s.needs_manual_grade, cells]
    students = {s.id: [s.first_name, s.last_name, s.email] for s in book.students}
    print(json.dumps([found, students]))
"""


@pytest.fixture(scope="module")
def python(require):
    """A Python with nbgrader, which finds this project's libraries behind its own."""
    given = os.environ.get("GRADER_NBGRADER")
    path = Path(given) if given else CACHE / "bin" / "python"
    require("nbgrader", None if path.exists() else f"there is no {path}: run `make nbgrader`")
    return str(path)


def run(python, code, *arguments, cwd=class_samples.ROOT):
    """A piece of Python with nbgrader's libraries first."""
    behind = f"import sys; sys.path += [{str(class_samples.ROOT)!r}, {str(Path(__file__).parent)!r}, {str(class_samples.ROOT / 'tests')!r}, {str(Path(msgspec.__file__).parents[1])!r}]\n"
    done = subprocess.run(
        [python, "-W", "ignore", "-c", behind + code, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


WRITE = """
from pathlib import Path
import marks_samples as samples
from grader.export import nbgrader
nbgrader.gradebook(samples.marks(more=[samples.odd(n) for n in ("=1+1", "静 陈", samples.NEWLINE, "O'Brien, N")]), Path(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nbgrader_reads_the_gradebook(python, tmp_path):
    """Scores and names are as they were, the ungraded has no submission, writing again changes nothing."""
    for _ in range(2):
        run(python, WRITE, tmp_path)
        found, students = json.loads(run(python, READ, tmp_path / "gradebook.db"))
        assert {key: value[0] for key, value in found.items()} == {
            "softmax/s100": 10, "softmax/s101": 5.5, "softmax/s102": 0, "softmax/s104": 0,
            **{f"softmax/{name}": 5.5 for name in ("=1+1", "静 陈", samples.NEWLINE, "O'Brien, N")},
        }  # fmt: skip
        assert found["softmax/s101"][1:] == [
            10,
            False,
            {
                "softmax_forward: forward": [3, 3],
                "softmax_backward: backward": [1.5, 6],
                "softmax_backward: purity": [1, 1],
            },
        ]
        assert students["s102"] == ["陈", "静", "s102@x.edu"]
        assert "007" not in students


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nbgraders_own_export(python, tmp_path):
    """`nbgrader export` writes the same marks."""
    run(python, WRITE, tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}\n", encoding="utf-8"
    )
    run(python, "from nbgrader.apps import NbGraderApp; NbGraderApp.launch_instance(['export'])", cwd=tmp_path)
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        text = file.read()
    # It does not quote: names with commas and newlines break its own table.
    rows = {row["student_id"]: row for row in csv.DictReader(text.splitlines()) if row["student_id"] in samples.NAMES}
    assert {name: float(row["raw_score"]) for name, row in rows.items()} == {
        "s100": 10,
        "s101": 5.5,
        "s102": 0,
        "s104": 0,
    }


LATER = """
from pathlib import Path
from nbgrader.api import Gradebook
import marks_samples as samples
from grader.export import nbgrader
with nbgrader._own_scripts(), Gradebook("sqlite:///" + sys.argv[1] + "/gradebook.db") as book:
    book.add_student("s100", first_name="Kept", last_name="Kept")
    book.add_assignment("softmax")
    book.add_notebook("own", "softmax")
    book.add_grade_cell("by hand", "own", "softmax", max_score=2, cell_type="code")
    book.add_submission("softmax", "s100")
    grade = book.find_grade("by hand", "own", "softmax", "s100")
    grade.manual_score = 2
    book.db.commit()
nbgrader.gradebook(samples.marks(), Path(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_what_the_gradebook_holds_already_stays(python, tmp_path):
    """Cells and marks of the course's own are untouched; a submission older than our cells gets them."""
    run(python, LATER, tmp_path)
    found, _ = json.loads(run(python, READ, tmp_path / "gradebook.db"))
    score, most, _, cells = found["softmax/s100"]
    assert (score, most, cells["by hand"]) == (12, 12, [2, 2])


def test_feedback_is_laid_out_as_nbgrader_has_it(tmp_path):
    """A page for each who was graded, under the assignment and the notebook that nbgrader knows."""
    ours = samples.marks()
    pages = tmp_path / "feedback"
    for name in ("s100", "s101", "s102", "ada"):
        (pages / name).mkdir(parents=True)
        (pages / name / "softmax.html").write_text(f"<p>{name}</p>", encoding="utf-8")
    result = samples.result("ada", checks=samples.CHECKS["s100"])
    result = msgspec.structs.replace(result, files=[File("ada/ps1/problem 1.ipynb", "")])
    theirs = Student("ada", (result,), Origin(layout="nbgrader", ids={"nbgrader": "ada"}))
    written = nbgrader.feedback(Marks(ours.columns, (*ours.students, theirs), 1), tmp_path)
    assert written.files == {
        "feedback/s100/softmax/softmax.html": b"<p>s100</p>",
        "feedback/s101/softmax/softmax.html": b"<p>s101</p>",
        "feedback/s102/softmax/softmax.html": b"<p>s102</p>",
        "feedback/ada/ps1/problem 1.html": b"<p>ada</p>",
    }
    assert written.remarks == [
        "1 feedback pages are not there: run `grader grade` again",
        "not graded, left empty: 007",
    ]


def test_a_notebooks_page_goes_with_its_feedback(tmp_path):
    """The page that shows the notebook lies beside the other, and leads to it by the name that it has there."""
    result = samples.result("ada", checks=samples.CHECKS["s100"])
    result = msgspec.structs.replace(result, files=[File("ada/ps1/problem 1.ipynb", "")])
    ada = Student("ada", (result,), Origin(layout="nbgrader", ids={"nbgrader": "ada"}))
    (tmp_path / "feedback" / "ada").mkdir(parents=True)
    page = tmp_path / "feedback" / "ada" / "softmax.html"
    page.write_text('<a href="softmax.notebook.html">', encoding="utf-8")
    page.with_name("softmax.notebook.html").write_text('<a href="softmax.html#check-2">', encoding="utf-8")
    assert nbgrader.feedback(Marks(samples.marks().columns, (ada,), 1), tmp_path).files == {
        "feedback/ada/ps1/problem 1.html": b'<a href="softmax.notebook.html">',
        "feedback/ada/ps1/softmax.notebook.html": b'<a href="problem%201.html#check-2">',
    }


def test_without_nbgrader_it_is_told(tmp_path, monkeypatch):
    """In one line, with what to install."""
    monkeypatch.setitem(sys.modules, "nbgrader.api", None)
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(MachineError, match=r"needs nbgrader.*: pip install nbgrader"):
        nbgrader.gradebook(samples.marks(), tmp_path)
