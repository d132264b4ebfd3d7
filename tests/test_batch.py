"""The running of a class: resumed, and with walls that break. Killed and interrupted: failure/."""

from __future__ import annotations

import contextlib
import sys

import class_samples as samples
import msgspec
import pytest

from grader import batch, course, grading, marker, pool
from grader.errors import WallError
from grader.grading import Graded, Handed, Run
from grader.marker import Marker
from grader.plan import Plan
from grader.publish import SUMMARY, WRITTEN, Publisher
from grader.result import Result, decoded
from grader.row import Row, pack, unpack
from grader.sandbox import Limits
from grader.sandbox.choice import check_sandlock
from grader.store import Journal
from grader.submission import find

LONG = ("--question-time", 150, "--submission-time", 170)


@pytest.fixture
def folder(tmp_path):
    """A class of two."""
    return samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG)


@pytest.fixture
def plan():
    """A plan for one assignment without a wall."""
    limits = Limits(question_s=150, submission_s=170)
    prints = {name: ready.fingerprint for name, ready in course.prepare_all((samples.ASSIGNMENT,), 1).items()}
    return Plan((samples.ASSIGNMENT,), 1, "none", None, limits, 1, fingerprints=prints)


class Watched:
    """A watcher that keeps what it was told."""

    def __init__(self):
        self.told = []
        self.stops = 0

    def advance(self, student, *, graded, failed):
        self.told.append((student, graded, failed))

    def stopping(self):
        self.stops += 1


# --- resume -----------------------------------------------------------------------------------------------------------


def test_a_second_run_grades_only_what_changed(tmp_path, folder):
    """Unchanged submissions are not graded again; a changed one and a new one are, and their reports with them."""
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    page, data = out / "feedback" / "ada" / "sigmoid_neuron.html", out / "results" / "ada" / "sigmoid_neuron.json"
    before = (page.stat().st_mtime_ns, data.stat().st_mtime_ns)
    assert "graded 0" in (again := samples.grade(folder, out, seed=None)).out
    assert "2 unchanged" in again.out
    samples.a_class(folder, bob=samples.RIGHT, cleo=samples.WRONG)
    done = samples.grade(folder, out)
    assert done.code == 0
    assert "graded 2" in done.out
    assert "1 unchanged" in done.out
    assert (page.stat().st_mtime_ns, data.stat().st_mtime_ns) == before
    assert {s: row["total"] == "10" for s, row in samples.rows(out).items()} == {
        "ada": True,
        "bob": True,
        "cleo": False,
    }
    assert samples.result(out, "bob")["score"] == 10


@contextlib.contextmanager
def closing_journal(out):
    """The journal of an output folder that a grader has had."""
    out.mkdir()
    (out / ".lock").touch()
    with Journal(out) as journal:
        yield journal


def test_another_seed_is_refused_and_fresh_starts_anew(tmp_path, folder):
    """A run with another seed would mix inputs: it is refused in one line that says what to do, and --fresh does it."""
    out = tmp_path / "out"
    assert samples.grade(folder, out, seed=1).code == 0
    before = samples.results(out)
    done = samples.grade(folder, out, seed=2)
    assert done.code == 2
    assert "was graded with --seed 1" in done.one_line()
    assert "--fresh" in done.one_line()
    assert samples.results(out) == before
    (folder / "bob.py").unlink()
    assert samples.grade(folder, out, "--fresh", seed=2).code == 0
    assert {r["seed"] for r in samples.results(out).values()} == {2}
    assert list(samples.rows(out)) == ["ada"]
    assert not (out / "feedback" / "bob").exists()


@pytest.mark.parametrize("seed", ["x", "", "-1", "٣", str(2**31), "9" * 5000])
def test_a_damaged_journal_whose_seed_is_none(tmp_path, folder, seed):
    """A seed that no grader wrote ends the run in one line, with a way out."""
    out = tmp_path / "out"
    with closing_journal(out) as journal:
        journal.remember({"seed": seed})
    done = samples.grade(folder, out, seed=None)
    assert done.code == 3
    assert "is damaged (its seed is" in done.one_line()
    assert "--fresh" in done.one_line()


def test_a_journal_of_assignments_that_are_gone(tmp_path):
    """Where nothing that it holds is of this course any more, everybody still has a result for what is."""
    gone = Result(
        student="ada",
        assignment="gone",
        status="graded",
        score=1.0,
        max_score=2.0,
        seed=1,
        sandbox="none",
        files=[],
        versions={},
        seconds=0.0,
        checks=[],
    )
    with Journal(tmp_path) as journal:
        journal.add([pack("d", Graded(Handed("ada", [], []), [gone]))])
        prepared = course.prepare_all([samples.ASSIGNMENT], 1)
        found = list(Publisher(tmp_path, journal, prepared, (), ["ada", "bob"], Run(1, "none")).results())
    assert [(r.student, r.assignment) for r in found] == [("ada", samples.ASSIGNMENT), ("bob", samples.ASSIGNMENT)]


def test_a_seed_drawn_is_kept(tmp_path, folder):
    """Without --seed a run draws one, and the next run on the same folder goes on with it."""
    out = tmp_path / "out"
    assert samples.grade(folder, out, seed=None).code == 0
    drawn = samples.result(out, "ada")["seed"]
    samples.a_class(folder, cleo=samples.RIGHT)
    assert samples.grade(folder, out, seed=None).code == 0
    assert samples.result(out, "cleo")["seed"] == drawn


def test_same_seed_same_grades(tmp_path, folder):
    """Two runs with one seed give a byte-identical grades.csv, and results equal but for the seconds, in any number of
    processes.
    """
    samples.a_class(folder, cleo="raise SystemExit", dan=samples.MATMUL, eve="")
    first, second = tmp_path / "first", tmp_path / "second"
    assert samples.grade(folder, first, jobs=1).code == 0
    assert samples.grade(folder, second, jobs=2).code == 0
    assert (first / "grades.csv").read_bytes() == (second / "grades.csv").read_bytes()
    assert samples.results(first) == samples.results(second)
    assert len(samples.results(first)) == 5


def test_same_seed_same_grades_behind_a_wall(tmp_path, folder, require):
    """The wall makes no difference to a grade."""
    try:
        check_sandlock()
    except WallError as error:
        require("sandlock", str(error))
    samples.a_class(folder, cleo="raise SystemExit", dan="def sigmoid_neuron_forward(w, x):\n    exit(3)\n")
    without, behind = tmp_path / "without", tmp_path / "behind"
    assert samples.grade(folder, without).code == 0
    assert samples.grade(folder, behind, wall="sandlock").code == 0
    assert (without / "grades.csv").read_bytes() == (behind / "grades.csv").read_bytes()
    for path, found in samples.results(behind).items():
        assert found["sandbox"] == "sandlock"
        assert found["checks"] == samples.results(without)[path]["checks"]


def test_other_assignments_are_refused_and_leave_nothing_stale(tmp_path, folder):
    """Another choice of assignments does not throw an earlier run's marks away; --fresh does, with its pages."""
    out = tmp_path / "out"
    assert samples.grade(folder, out, "-a", samples.OTHER).code == 0
    assert (out / "results" / "ada" / f"{samples.OTHER}.json").exists()
    before = samples.results(out)
    refused = samples.grade(folder, out)
    assert refused.code == 2
    assert samples.OTHER in refused.err
    assert samples.results(out) == before
    assert samples.grade(folder, out, "--fresh").code == 0
    assert [p.name for p in (out / "results" / "ada").iterdir()] == ["sigmoid_neuron.json"]
    assert [p.name for p in (out / "feedback" / "ada").iterdir()] == ["sigmoid_neuron.html"]


def test_another_class_is_refused(tmp_path, folder):
    """A folder that holds the marks of others alone is another class's."""
    out, others = tmp_path / "out", tmp_path / "others"
    others.mkdir()
    (others / "zoe.py").write_bytes((folder / "ada.py").read_bytes())
    assert samples.grade(folder, out).code == 0
    refused = samples.grade(others, out)
    assert refused.code == 2
    assert "--fresh" in refused.err
    assert samples.grade(others, out, "--fresh").code == 0


def test_a_page_of_an_unfinished_run_is_made_good(tmp_path, folder):
    """Reports that are behind the journal, as after a kill between the two, are rendered by the next run."""
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    good = samples.results(out)
    page = out / "feedback" / "bob" / "sigmoid_neuron.html"
    right = page.read_bytes()
    page.write_bytes((out / "feedback" / "ada" / "sigmoid_neuron.html").read_bytes())
    (out / "results" / "bob" / "sigmoid_neuron.json").write_bytes(b"{}")
    (out / "grades.csv").unlink()
    assert "2 unchanged" in samples.grade(folder, out).out
    assert samples.results(out) == good
    assert page.read_bytes() == right
    assert list(samples.rows(out)) == ["ada", "bob"]


def test_what_a_killed_run_was_writing_is_removed(tmp_path, folder):
    """Files that were not finished, wherever reports are written; the reports stay as they are."""
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    before = samples.results(out)
    for place in (out, out / "results" / "ada", out / "feedback" / "bob"):
        (place / ".tmp-0123456789abcdef").write_bytes(b"half")
    with Journal(out) as journal:
        journal.remember({WRITTEN: ""})
    assert samples.grade(folder, out).code == 0
    assert not list(out.rglob(".tmp-*"))
    assert samples.results(out) == before


def test_what_is_written_already_is_passed_over(tmp_path, folder):
    """The same class again writes no file; a lost one, or a student of whom something changed, is written and no other."""
    (folder / "cleo.py").write_text(samples.RIGHT, encoding="utf-8")
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    first = written(out)
    assert samples.grade(folder, out).code == 0
    assert written(out) == first
    (out / "feedback" / "ada" / "sigmoid_neuron.html").unlink()
    (folder / "bob.py").write_text(samples.RIGHT, encoding="utf-8")
    assert samples.grade(folder, out).code == 0
    now = written(out)
    assert now.keys() == first.keys()
    left = {path for path, when in now.items() if when == first[path]}
    assert left == {"results/cleo/sigmoid_neuron.json", "feedback/cleo/sigmoid_neuron.html"}


def written(out):
    """When each report was written."""
    found = [path for path in out.rglob("*") if path.is_file() and not path.name.startswith((".", "grades.db"))]
    return {path.relative_to(out).as_posix(): path.stat().st_mtime_ns for path in found}


def test_students_who_are_gone_are_kept_and_named(tmp_path, folder):
    """Who was graded and is not among the submissions any more keeps the grade, and the run says so."""
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    (folder / "bob.py").unlink()
    done = samples.grade(folder, out)
    assert "1 of an earlier run" in done.out
    assert list(samples.rows(out)) == ["ada", "bob"]


# --- walls ------------------------------------------------------------------------------------------------------------


def test_a_wall_that_breaks_in_mid_run(tmp_path):
    """What could not be graded for want of a wall has no score and an empty cell, the exit code is 1, and the next run
    grades it.
    """
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    breaks = f"import shutil\nshutil.rmtree({str(scratch)!r})\n" + samples.RIGHT
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=breaks, cleo=samples.RIGHT, dan=samples.WRONG)
    out = tmp_path / "out"
    arguments = samples.grade_arguments(folder, out, *LONG)
    done = samples.grader_process(*arguments, env={"TMPDIR": str(scratch)})
    assert (done.code, done.err) == (1, "")
    assert "2 not graded" in done.out
    assert "run the same command again" in done.out
    for student in ("cleo", "dan"):
        row = samples.rows(out)[student]
        assert (row[samples.ASSIGNMENT], row["total"], row["status"]) == ("", "", "not_graded")
        found = samples.result(out, student)
        assert (found["status"], found["score"]) == ("not_graded", None)
        assert found["reason"].startswith("none: no box can be had")
    assert samples.rows(out)["ada"]["total"] == "10"
    scratch.mkdir()
    (folder / "bob.py").write_text(samples.RIGHT, encoding="utf-8")
    done = samples.grader_process(*arguments, env={"TMPDIR": str(scratch)})
    assert done.code == 0
    assert "1 unchanged" in done.out
    assert {s: row["status"] for s, row in samples.rows(out).items()} == dict.fromkeys(
        ["ada", "bob", "cleo", "dan"], "graded"
    )


def test_a_broken_wall_is_not_tried_for_ever(folder, plan, monkeypatch):
    """After a few breaks in a row a grading process takes its wall for lost, and each submission is still told why."""
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    worker = Marker(plan)
    located = find(folder, [samples.ASSIGNMENT]).students[0]
    rows = [worker.grade(located) for _ in range(marker.WALL_TRIES + 2)]
    assert all(isinstance(row, Row) and row.failure and not row.results for row in rows)
    monkeypatch.setattr("tempfile.tempdir", None)
    assert worker.grade(located).failure == rows[-1].failure
    fresh = Marker(plan)
    assert fresh.grade(located).results


def test_no_wall_at_all_is_refused(tmp_path, folder):
    """Where neither docker nor sandlock can be had, `grade` grades nothing, and says how to get a wall and what going
    without one risks.
    """
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sandlock.py").write_text("raise ImportError('not here')", encoding="utf-8")
    done = samples.grader_process(
        "grade", folder, "--out", tmp_path / "out", "-a", samples.ASSIGNMENT,
        env={"PYTHONPATH": str(tmp_path / "path"), "DOCKER_HOST": f"unix://{tmp_path}/no-engine.sock"},
    )  # fmt: skip
    assert done.code == 3
    line = done.one_line()
    assert "no wall can be had" in line
    assert "pip install" in line
    assert "grader doctor" in line
    assert "--sandbox none" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("wall", ["docker", "sandlock"])
def test_a_wall_asked_for_is_used_or_the_run_fails(tmp_path, folder, wall):
    """A wall asked for by name that can't be had ends the run; nothing else is taken in its place."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sandlock.py").write_text("raise ImportError('not here')", encoding="utf-8")
    done = samples.grader_process(
        *samples.grade_arguments(folder, tmp_path / "out", wall=wall),
        env={"PYTHONPATH": str(tmp_path / "path"), "DOCKER_HOST": f"unix://{tmp_path}/no-engine.sock"},
    )
    assert done.code == 3
    assert wall in done.one_line()
    assert not (tmp_path / "out").exists()


def test_the_first_line_names_the_wall(tmp_path, folder):
    """A run opens with its wall and why it was chosen; without one, with what that risks."""
    done = samples.grade(folder, tmp_path / "out")
    assert done.out.splitlines()[0].startswith(
        "wall: none (asked for; it keeps nothing in: a submission can do whatever"
    )


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_run_tells_its_watcher_and_its_tally(tmp_path, folder, plan):
    """Each submission is told once, with whether it was graded; the second time nothing is graded."""
    students = find(folder, [samples.ASSIGNMENT]).students
    with Journal(tmp_path) as journal:
        watched = Watched()
        tally = batch.run(plan, students, journal, watched)
        assert (tally.graded, tally.unchanged, tally.failed, tally.stopped) == (2, 0, 0, False)
        assert sorted(watched.told) == [("ada", True, False), ("bob", True, False)]
        watched = Watched()
        tally = batch.run(plan, students, journal, watched)
        assert (tally.graded, tally.unchanged, tally.failed) == (0, 2, 0)
        assert sorted(watched.told) == [("ada", False, False), ("bob", False, False)]


def test_whatever_a_result_depends_on_changes_its_digest(folder, plan):
    """A submission that is graded is unchanged for the same plan, and not for another seed or other limits."""
    located = find(folder, [samples.ASSIGNMENT]).students[0]
    row = Marker(plan).grade(located)
    assert Marker(plan).grade(located).digest == row.digest
    for other in (
        Plan((samples.ASSIGNMENT,), 2, "none", None, plan.limits, 1),
        Plan((samples.ASSIGNMENT,), 1, "none", None, Limits(question_s=151), 1),
        Plan((samples.ASSIGNMENT, samples.OTHER), 1, "none", None, plan.limits, 1),
    ):
        assert Marker(other).grade(located).digest != row.digest


def test_our_own_bug_is_not_the_students(folder, plan, monkeypatch):
    """An unexpected error of the grader's leaves a submission not graded, with a reason that asks for a report."""
    monkeypatch.setattr(pool, "_marker", Marker(plan))

    def bug(*_):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("grader.grading.grade", bug)
    row = pool._grade(find(folder, [samples.ASSIGNMENT]).students[0])
    assert row.failure == "the grader failed: ZeroDivisionError: planted; please report it"
    assert row.results == ()


def test_the_same_files_are_judged_once(tmp_path, plan, monkeypatch):
    """Whoever hands in the same files under the same names gets the same results, under their own name; others don't."""
    sources = {"ada": samples.WRONG, "bob": samples.RIGHT, "cleo": samples.WRONG, "dora": samples.WRONG + "\n"}
    for student, source in sources.items():
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "sigmoid_neuron.py").write_text(source, encoding="utf-8")
    judged = []
    grade = grading.grade
    monkeypatch.setattr(grading, "grade", lambda s, *rest: judged.append(s.student) or grade(s, *rest))
    worker = Marker(plan)
    rows = [worker.grade(located) for located in find(tmp_path / "class", [samples.ASSIGNMENT]).students]
    worker.close()
    assert judged == ["ada", "bob", "dora"]
    results = [[decoded(msgspec.json.Decoder(Result), data) for _, data in row.results] for row in rows]
    assert [unpack(row.handed).student for row in rows] == [row.student for row in rows] == list(sources)
    assert [result.student for (result,) in results] == list(sources)
    scores = [result.score for (result,) in results]
    assert scores[0] == scores[2] < scores[1] == 10
    assert results[0][0].checks == results[2][0].checks


def test_a_changed_solution_changes_the_fingerprint(monkeypatch, tmp_path):
    """The fingerprint of an assignment follows both of its halves, so that a mended one is graded anew."""
    from grader.catalogue import BUILT_IN

    assignment = BUILT_IN.load(samples.ASSIGNMENT)
    before = course.fingerprint(assignment)
    monkeypatch.setattr(course, "__version__", "0.0.0")
    assert course.fingerprint(assignment) != before


def test_the_process_that_runs_is_python():
    """The helper that starts the command uses this interpreter, so that what is tested is this checkout."""
    assert samples.command("list")[0] == sys.executable


def test_what_is_kept_of_the_class_in_numbers_has_no_line_a_student(tmp_path):
    """It is read in every run of an unchanged class, which must not take the memory of a large class for that."""
    out = tmp_path / "out"
    first = samples.grade(samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.RIGHT), out)
    with Journal(out) as journal:
        kept = journal.facts()[SUMMARY]
    assert (found := msgspec.json.decode(kept))["headcount"] == 2
    assert (found["students"], found["questions"]) == ([], [])
    again = samples.grade(tmp_path / "class", out, seed=None)
    told = "2 students, 2 of 2 results graded."
    assert told in first.out
    assert told in again.out
