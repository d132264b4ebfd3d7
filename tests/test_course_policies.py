"""Course files, manual marks, regrading and comparing, as an instructor uses them: commands on folders."""

from __future__ import annotations

import csv
import json
import shutil

import class_samples as samples
import platform_samples as platforms
import pytest

from grader import manual
from grader.store import NAME

NAMED = samples.ASSIGNMENT
BACKWARD = f"{NAMED}_backward:backward"
POLICY = f"""
[due]
{NAMED} = 2026-03-01T23:59:00Z
[late]
penalty = 10
[extensions]
bob = "2d"
[rounding]
places = 1
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three in plain files, and the folder of its run without a course file."""
    base = tmp_path_factory.mktemp("plain")
    folder = samples.a_class(base / "class", ada=samples.RIGHT, bob=samples.WRONG, cleo=samples.WRONG + "# mine\n")
    assert samples.grade(folder, base / "out").code == 0
    return folder, base / "out"


@pytest.fixture
def run(graded, tmp_path):
    """A copy of the run, to be changed."""
    folder, out = graded
    shutil.copytree(out, tmp_path / "out")
    return folder, tmp_path / "out"


@pytest.fixture
def course_file(tmp_path):
    """Writes a course file."""

    def write(text, name="course.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def table(path):
    """A CSV's rows by student."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def marks(out):
    return table(out / "marks.csv")


def ok(*arguments, code=0):
    done = samples.grader(*arguments)
    assert done.code == code, done.err or done.out
    return done.out


def anew(*arguments, code=0):
    """The same in a process of its own: one that is on keeps the assignments that it has imported."""
    done = samples.grader_process(*arguments)
    assert done.code == code, done.err or done.out
    return done.out


def journal_rows(out):
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(out / NAME)) as database:
        return sorted(database.execute("select student, digest, seal from submissions"))


def page(out, student):
    return (out / "feedback" / student / f"{NAMED}.html").read_text(encoding="utf-8")


# --- course files -----------------------------------------------------------------------------------------------------


def test_without_a_course_file_nothing_is_new(graded):
    """No marks.csv, no file of manual marks; the marks shown are the points."""
    _, out = graded
    assert {path.name for path in out.iterdir()} == {
        ".lock",
        NAME,
        "grades.csv",
        "index.html",
        "results",
        "feedback",
    }
    assert (out / "grades.csv").read_text(encoding="utf-8") == (
        f"student,{NAMED},total,max,status\nada,10,10,10,graded\nbob,3,3,10,graded\ncleo,3,3,10,graded\n"
    )
    shown = ok("grades", out)
    assert "no course file: marks are the points" in shown
    assert "3 students, 3 with a mark of 10, mean 5.33" in shown


def test_another_course_file_regrades_nothing(run, course_file):
    """`grade --policy` renders anew; grades.csv stays byte for byte, the journal's rows too."""
    folder, out = run
    before, rows = (out / "grades.csv").read_bytes(), journal_rows(out)
    done = samples.grade(folder, out, "--policy", course_file("out_of = 100\n[feedback]\nreveal = 'verdicts'\n"))
    assert done.code == 0
    assert "graded 0 in" in done.out
    assert "3 unchanged" in done.out
    assert (out / "grades.csv").read_bytes() == before
    assert journal_rows(out) == rows
    assert {student: row["mark"] for student, row in marks(out).items()} == {"ada": "100", "bob": "30", "cleo": "30"}
    assert marks(out)["bob"][f"{NAMED} points"] == "3"
    assert "One case that fails" not in page(out, "bob")
    # It is remembered: the next run needs no --policy; another file shows all again, and only one is in force.
    done = samples.grade(folder, out)
    assert "as this run remembers it" in done.out
    assert marks(out)["ada"]["mark"] == "100"
    done = samples.grade(folder, out, "--policy", course_file("", "empty.toml"))
    assert marks(out)["ada"]["mark"] == "10"
    assert "One case that fails" in page(out, "bob")


def test_a_course_file_is_tried_before_it_is_put_in_force(run, course_file):
    """`grades --policy` shows and changes nothing; with --write it is remembered and the reports follow."""
    _, out = run
    path = course_file("out_of = 5\n[feedback]\nreveal = 'none'\n")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and not p.name.startswith(NAME)}
    shown = ok("grades", out, "--policy", path)
    assert "mean 2.67" in shown
    assert "nothing is changed: --write puts" in shown
    assert {p: p.read_bytes() for p in before} == before
    assert not (out / "marks.csv").exists()
    shown = ok("grades", out, "--policy", path, "--write")
    assert "in force:" in shown
    assert marks(out)["ada"]["mark"] == "5"
    assert "the score alone is shown" in page(out, "bob")
    assert "marks by" in ok("grades", out)
    result = samples.result(out, "bob")
    assert any(check["evidence"] for check in result["checks"]), "the instructor's own file stays whole"


def test_explain(run, course_file):
    """Step by step, for one student; a near name is proposed."""
    _, out = run
    shown = ok("grades", out, "--policy", course_file("out_of = 100\n[rounding]\nplaces = 0\n"), "--explain", "bob")
    assert shown.splitlines()[0] == "bob: 30 of 100"
    assert "  points: 3 of 10" in shown.splitlines()
    done = samples.grader("grades", out, "--explain", "boob")
    assert (done.code, "did you mean 'bob'?" in done.one_line()) == (2, True)


@pytest.mark.parametrize("text", ["weigths = 1", "[weights]\nsoftmux = 1", "[late]\npenalty = 'x'"])
def test_a_wrong_course_file_stops_before_anything_is_graded(graded, tmp_path, course_file, text):
    """One line, wrong use, no folder made."""
    done = samples.grade(graded[0], tmp_path / "new", "--policy", course_file(text))
    assert done.code == 2
    assert "course.toml" in done.one_line()
    assert not (tmp_path / "new").exists()


def test_the_file_in_the_courses_folder(tmp_path):
    """`course.toml` beside assignments/ is in force without being named."""
    course = tmp_path / "mine"
    assert samples.grader("new", "lab", "--course", course).code == 0
    (course / "course.toml").write_text("out_of = 50\n[weights]\nlab = 1\n", encoding="utf-8")
    folder = tmp_path / "class"
    folder.mkdir()
    shutil.copy(course / "zoo/lab/right_arrays.py", folder / "ada.py")
    out = tmp_path / "out"
    shown = ok("grade", folder, "--out", out, "--course", course, "--sandbox", "none", "--jobs", 1)
    assert f"course file: {course / 'course.toml'}" in shown.replace("\n", "")
    assert marks(out)["ada"]["mark"] == "50"
    # The run's folder is enough from here on.
    shutil.rmtree(course)
    assert "1 with a mark of 50" in ok("grades", out)
    ok("export", out, "--format", "csv")
    (row,) = table(out / "export/marks.csv").values()
    assert (row["lab"], row["total"], row["max"], row["lab points"]) == ("10", "50", "50", "10")


def test_strangers_in_a_course_file_are_told(run, course_file):
    """An extension for nobody is a slip."""
    shown = ok("grades", run[1], "--policy", course_file('[late]\npenalty = 1\n[extensions]\nboob = "1d"\n'))
    assert "names boob, who is not in this run: did you mean bob?" in shown


def test_fresh_says_what_it_forgets(run, course_file):
    """The course file goes with the run, in a line that says so."""
    folder, out = run
    ok("grades", out, "--policy", course_file("out_of = 100"), "--write")
    done = samples.grade(folder, out, "--fresh")
    assert "is forgotten with the run: say --policy to keep it" in done.out.replace("\n", " ")
    assert not (out / "marks.csv").exists()


def test_several_runs_go_together(run, tmp_path, course_file):
    """An assignment in each: one mark of both; who is not in one of them has nothing there."""
    _, out = run
    folder = samples.a_class(tmp_path / "other", ada=samples.MATMUL, zoe=samples.MATMUL)
    other = tmp_path / "second"
    ok("grade", folder, "--out", other, "-a", samples.OTHER, "--sandbox", "none", "--jobs", 1)
    path = course_file(f"[weights]\n{NAMED} = 1\n{samples.OTHER} = 3\n")
    ok("grades", out, other, "--policy", path, "--to", tmp_path / "all.csv")
    rows = {student: row["mark"] for student, row in table(tmp_path / "all.csv").items()}
    assert rows == {"ada": "100", "bob": "7.5", "cleo": "7.5", "zoe": "75"}
    done = samples.grader("grades", out, out)
    assert "give runs of different assignments" in done.one_line()


# --- attempts and being late ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def canvas(tmp_path_factory):
    """A Canvas download: ada in two attempts, the second late and worse; niamh late; with a course file for it."""
    base = tmp_path_factory.mktemp("canvas")
    ada, niamh = platforms.PEOPLE[:2]
    files = {
        platforms.canvas_file(*ada, 100, 9000, f"{NAMED}.py"): samples.RIGHT,
        platforms.canvas_file(*ada, 100, 9100, f"{NAMED}-1.py", late=True): samples.WRONG,
        platforms.canvas_file(*niamh, 101, 9001, f"{NAMED}.py", late=True): samples.RIGHT,
    }
    (base / "course.toml").write_text('[late]\npenalty = 20\n[attempts]\ncount = "best"\n', encoding="utf-8")
    return platforms.laid(base, files, "submissions.zip"), base / "course.toml"


def test_the_best_attempt_of_a_download_counts(canvas, tmp_path):
    """Each attempt is graded and judged by its own lateness; the reports show the latest and say which counts."""
    place, policy = canvas
    out = tmp_path / "out"
    done = samples.grade(place, out, "--policy", policy)
    assert done.code == 0
    assert "attempt 1 of 1 student" in done.out
    rows = marks(out)
    assert (rows["lovelaceada_100"]["mark"], rows["obrienniamh_101"]["mark"]) == ("10", "8")
    assert samples.rows(out)["lovelaceada_100"]["total"] == "3"
    assert "Attempt 1 of 2 counts (best): 10 of 10 points." in page(out, "lovelaceada_100")
    assert "What counts: 8 of 10 points." in page(out, "obrienniamh_101")
    # Another rule needs no grading at all.
    rows = journal_rows(out)
    latest = tmp_path / "latest.toml"
    latest.write_text("[late]\npenalty = 20\n", encoding="utf-8")
    ok("grades", out, "--policy", latest, "--write")
    assert marks(out)["lovelaceada_100"]["mark"] == "2.4"
    assert journal_rows(out) == rows
    # And going on grades no attempt twice.
    done = samples.grade(place, out, "--policy", policy)
    assert "graded 0 in" in done.out
    assert marks(out)["lovelaceada_100"]["mark"] == "10"


def test_attempts_of_several_downloads(run, tmp_path, course_file):
    """What is handed in later replaces nothing: the earlier files stay an attempt, the same files are none."""
    folder, out = run
    later = shutil.copytree(folder, tmp_path / "later")
    (later / "ada.py").write_text(samples.WRONG, encoding="utf-8")
    (later / "bob.py").write_text(samples.RIGHT, encoding="utf-8")
    policy = course_file('[attempts]\ncount = "best"\n')
    for _ in range(2):
        assert samples.grade(later, out, "--policy", policy).code == 0
        assert {s: row["mark"] for s, row in marks(out).items()} == {"ada": "10", "bob": "10", "cleo": "3"}
    shown = ok("grades", out, "--explain", "ada")
    assert "attempt 1: counts (best)" in shown
    assert "attempt 2: does not count" in shown
    assert "  attempt " not in ok("grades", out, "--explain", "cleo")
    first = course_file('[attempts]\ncount = "first"\n', "first.toml")
    assert "bob" in ok("grades", out, "--policy", first)
    ok("export", out, "--format", "json")
    document = json.loads((out / "export/marks.json").read_text(encoding="utf-8"))
    assert {s["student"]: s["total"] for s in document["students"]} == {"ada": 10, "bob": 10, "cleo": 3}


def test_exports_hold_marks_or_points(canvas, tmp_path, course_file):
    """By the course file; `export = "points"` keeps them raw."""
    place, policy = canvas
    out = tmp_path / "out"
    assert samples.grade(place, out, "--policy", policy).code == 0
    ok("export", out, "--format", "gradescope")
    found = json.loads((out / "export/gradescope/lovelaceada_100.json").read_text(encoding="utf-8"))
    assert found["score"] == 10
    assert "Attempt 1 of 2 counts (best)" in found["output"]
    raw = policy.read_text(encoding="utf-8")
    ok("grades", out, "--policy", course_file('export = "points"\n' + raw), "--write")
    ok("export", out, "--format", "csv")
    rows = {student: row["total"] for student, row in table(out / "export/marks.csv").items()}
    assert rows == {"lovelaceada_100": "3", "obrienniamh_101": "10"}


@pytest.mark.parametrize(("reveal", "told"), [("all", True), ("verdicts", False)])
def test_exports_for_students_hold_what_the_file_reveals(run, course_file, reveal, told):
    """Gradescope's are read by students; the instructor's JSON holds everything."""
    _, out = run
    message = next(c["message"] for c in samples.result(out, "bob")["checks"] if c["status"] == "failed")
    ok("grades", out, "--policy", course_file(f'[feedback]\nreveal = "{reveal}"'), "--write")
    for format_ in ("gradescope", "json"):
        ok("export", out, "--format", format_)
    tests = json.loads((out / "export/gradescope/bob.json").read_text(encoding="utf-8"))["tests"]
    assert (message in [test["output"] for test in tests]) is told
    assert json.dumps(message)[1:-1] in (out / "export/marks.json").read_text(encoding="utf-8")


# --- manual marks -----------------------------------------------------------------------------------------------------


def test_a_manual_mark_is_everywhere_and_survives(run, course_file):
    """In grades.csv, JSON, the page, the class page, marks and exports; after grading on, and after --fresh."""
    folder, out = run
    shown = ok("override", out, "bob", NAMED, "backward", 4.5, "--why", "Right but for one slip.")
    assert "the assignment: 3 -> 7.5 of 10" in shown
    for again in ((), ("--fresh",)):
        done = samples.grade(folder, out, *again, "--policy", course_file("out_of = 100"))
        assert done.code == 0
        assert ("1 manual mark kept" in done.out) == bool(again)
        assert samples.rows(out)["bob"]["total"] == "7.5"
        assert samples.result(out, "bob")["manual"] == [
            {
                "function": f"{NAMED}_backward",
                "check": "backward",
                "points": 4.5,
                "automatic": 0.0,
                "why": "Right but for one slip.",
            }
        ]
        assert "Marked by hand: 4.5 instead of 0. Right but for one slip." in page(out, "bob")
        assert "Right but for one slip." in (out / "index.html").read_text(encoding="utf-8")
        assert (marks(out)["bob"]["mark"], marks(out)["bob"][f"{NAMED} points"]) == ("75", "3")
    assert "by hand: +4.5" in ok("grades", out, "--explain", "bob")
    ok("export", out, "--format", "junit")
    assert "Right but for one slip." in (out / "export/junit.xml").read_text(encoding="utf-8")
    listed = ok("override", out)
    assert f"bob, {NAMED}, {BACKWARD}: 4.5" in listed
    assert "1 manual mark" in listed


def test_a_manual_mark_is_taken_back(run):
    """Listed, replaced, removed: everything is as it was."""
    _, out = run
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and not p.name.startswith(NAME)}
    ok("override", out, "bob", NAMED, BACKWARD, 4, "--why", "x", "--later")
    assert samples.rows(out)["bob"]["total"] == "3", "with --later the reports wait"
    ok("override", out, "bob", NAMED, BACKWARD, 5, "--why", "y")
    assert [given.points for given in manual.read(out)] == [5]
    assert "removed:" in ok("override", out, "bob", NAMED, "backward", "--remove")
    assert manual.read(out) == []
    assert {p: p.read_bytes() for p in before} == before
    done = samples.grader("override", out, "bob", NAMED, "--remove")
    assert "no such manual mark" in done.one_line()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["bbo", NAMED, "backward", 1, "--why", "x"], "did you mean 'bob'?"),
        (["bob", "sigmoid", "backward", 1, "--why", "x"], f"did you mean '{NAMED}'?"),
        (["bob", NAMED, "backwards", 1, "--why", "x"], f"is no check of {NAMED}: say {NAMED}_forward:forward"),
        (["bob", NAMED, "backward", 7, "--why", "x"], "is worth 6: give 0 to 6, there is no bonus"),
        (["bob", NAMED, "backward", "nan", "--why", "x"], "give 0 to 6"),
        (["bob", NAMED, "backward", 1], "say --why"),
        (["bob", NAMED, "backward", 1, "--why", "  "], "say --why"),
        (["bob", NAMED, "backward", "--why", "x"], "how many points"),
        (["bob", NAMED, f"{NAMED}_backward", 1, "--why", "x"], "can be several checks"),
    ],
)
def test_a_wrong_mark_is_refused_in_one_line(graded, arguments, told):
    """A name that is not in the run, points that the check is not worth, no reason: nothing is recorded."""
    _, out = graded
    done = samples.grader("override", out, *arguments)
    assert done.code == 2
    assert told in done.one_line()
    assert not (out / manual.NAME).exists()


def test_a_mark_for_other_files_is_set_aside_and_told(run, tmp_path):
    """New work is not marked by what was said of the old."""
    folder, out = run
    ok("override", out, "bob", NAMED, "backward", 6, "--why", "On paper.")
    later = shutil.copytree(folder, tmp_path / "later")
    (later / "bob.py").write_text(samples.WRONG + "# again\n", encoding="utf-8")
    policy = tmp_path / "latest.toml"
    policy.write_text("", encoding="utf-8")
    done = samples.grade(later, out, "--policy", policy)
    assert samples.rows(out)["bob"]["total"] == "3"
    assert [given.points for given in manual.read(out)] == [6]
    assert done.code == 0


# --- regrading and comparing ------------------------------------------------------------------------------------------


@pytest.fixture
def lab(tmp_path):
    """A course of one's own with a graded class, whose assignment is then changed."""
    course = tmp_path / "mine"
    assert samples.grader("new", "lab", "--course", course).code == 0
    folder = tmp_path / "class"
    folder.mkdir()
    for student, name in (("ada", "right_arrays"), ("bob", "wrong_factor-missing"), ("cleo", "unfinished_backward")):
        shutil.copy(course / f"zoo/lab/{name}.py", folder / f"{student}.py")
    out = tmp_path / "out"
    ok("grade", folder, "--out", out, "--course", course, "--sandbox", "none", "--jobs", 1, "--seed", 1)

    def change(before, after):
        path = course / "assignments/lab/spec.py"
        text = path.read_text(encoding="utf-8")
        assert before in text
        # Of another size than before: Python takes its bytecode of a file of the same size and second for that file's.
        path.write_text(text.replace(before, after) + "\n# changed\n", encoding="utf-8")

    return folder, out, change


def files(out):
    return {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and "regrade" not in p.parts and p.name != NAME}


def test_regrading_shows_before_it_writes(lab):
    """Who moves, by how much and why, with the run untouched; --write grades nothing again and writes the same."""
    _, out, change = lab
    ok("override", out, "bob", "lab", "lab_backward:backward", 3, "--why", "half", "--later")
    ok("override", out, "cleo", "lab", "lab_backward:purity", 1, "--why", "told me")
    before, rows = files(out), journal_rows(out)
    change("backward=6, purity=1", "backward=9")
    shown = " ".join(anew("regrade", out, "--jobs", 1).split())
    assert "lab: the assignment changed: version" in shown
    assert "10 -> 12 points" in shown
    assert "ada, lab: 10 of 10 -> 12 of 12 (+2)" in shown
    assert "lab_backward backward: passed, worth 6 -> 9, +3" in shown
    assert "lab_backward purity: passed -> not asked, -1" in shown
    assert "a manual mark fits no more (the assignment has no such check any more): cleo" in shown
    assert "nothing is written yet: grader regrade" in shown
    assert files(out) == before
    assert journal_rows(out) == rows
    graded = (out / "regrade" / NAME).stat().st_ino
    assert graded
    shown = anew("regrade", out, "--write", "--jobs", 1)
    assert "written: 3 submissions regraded" in shown.replace("\n", " ")
    assert not (out / "regrade").exists()
    totals = {student: (row["total"], row["max"]) for student, row in samples.rows(out).items()}
    assert totals == {"ada": ("12", "12"), "bob": ("6", "12"), "cleo": ("3", "12")}
    assert "(set aside: the assignment has no such check any more)" in ok("override", out)
    assert "nothing has changed since it was graded" in anew("regrade", out, "--jobs", 1).replace("\n", " ")


def test_an_assignment_that_is_put_back_moves_nobody(lab):
    """What was graded in between is not written by mistake."""
    _, out, change = lab
    before = files(out)
    change("backward=6", "backward=9")
    assert "nothing is written yet" in anew("regrade", out, "--jobs", 1).replace("\n", " ")
    change("backward=9", "backward=6")
    shown = anew("regrade", out, "--write", "--jobs", 1)
    assert "nobody moves" in shown
    assert files(out).keys() == before.keys()
    assert (out / "grades.csv").read_bytes() == before[out / "grades.csv"]


def test_regrading_finds_the_submissions_or_asks(lab, tmp_path):
    """The run remembers where they lay; where they are no longer there, one line says what to give."""
    folder, out, change = lab
    change("backward=6", "backward=9")
    moved = folder.rename(tmp_path / "moved")
    done = samples.grader("regrade", out)
    assert (done.code, "say where its submissions are" in done.one_line()) == (2, True)
    assert "+3" in anew("regrade", out, moved, "--jobs", 1)
    assert samples.grader("regrade", tmp_path).code == 2


def test_diff(lab, tmp_path, course_file):
    """0 and one line for the same; 1, who, by how much and why for others; JSON says the same."""
    folder, out, change = lab
    assert "nobody moves: 3 students the same in every check" in ok("diff", out, out)
    other = tmp_path / "other"
    change("backward=6", "backward=9")
    course = tmp_path / "mine"
    (folder / "dan.py").write_text("", encoding="utf-8")
    anew("grade", folder, "--out", other, "--course", course, "--sandbox", "none", "--jobs", 1, "--seed", 1)
    shown = ok("diff", out, other, code=1)
    assert "ada, lab: 10 of 10 -> 13 of 13 (+3)" in shown
    assert "dan: in the second run alone" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    document = json.loads(ok("diff", out, other, "--json", code=1))
    assert document["same"] is False
    assert [s["student"] for s in document["students"]] == ["ada", "bob", "cleo", "dan"]
    ok("grades", other, "--policy", course_file("out_of = 1"), "--write")
    assert "ada, mark: 10 of 10 -> 1 of 1" in ok("diff", out, other, code=1)


@pytest.mark.parametrize("command", ["grades", "diff", "override", "regrade"])
def test_a_folder_without_a_run(tmp_path, command):
    """Wrong use, in one line that says what is meant; nothing is made there."""
    arguments = {"diff": [tmp_path, tmp_path], "override": [tmp_path, "ada", "x", "y", 1, "--why", "z"]}
    done = samples.grader(command, *arguments.get(command, [tmp_path]))
    assert done.code == 2
    assert "holds no run of the grader" in done.one_line()
    assert list(tmp_path.iterdir()) == []
