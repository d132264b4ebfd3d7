"""The running of a class: resumed, interrupted, killed, and with walls that break."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import class_samples as samples
import pytest

from grader import batch, course
from grader.batch import Plan, Unchanged
from grader.errors import WallError
from grader.grading import Graded, Handed, Run
from grader.publish import Publisher
from grader.result import Result
from grader.row import Row, pack
from grader.sandbox import Limits
from grader.sandbox.choice import check_sandlock
from grader.store import Journal
from grader.submission import find

# Waits until a file is there, and says that it does: a run can be met in its middle without a clock.
WAITS = """
    import os, threading
    open({said!r}, "w").close()
    while not os.path.exists({go!r}):
        threading.Event().wait(0.02)
"""
LONG = ("--question-time", 150, "--submission-time", 170)


def waiting(folder, name):
    """A right submission that waits in its middle, and the files by which it says so and is let go on."""
    said, go = folder / f"{name}-waits", folder / f"{name}-goes"
    head = "def sigmoid_neuron_forward(w, x):\n"
    return samples.RIGHT.replace(head, head + WAITS.format(said=str(said), go=str(go))), said, go


def await_file(path, process=None):
    """Wait for a file, as long as the process that should make it lives; the test's own timeout ends it otherwise."""
    while not path.exists():
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.01)


def start(*arguments, **more):
    """The command as the leader of a process group of its own, as in a terminal."""
    return subprocess.Popen(
        samples.command(*arguments),
        cwd=samples.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )


def processes_of(marker):
    """The processes whose environment holds `marker`, those of pools and boxes included."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/environ", "rb") as environ:
                if marker.encode() in environ.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found


def graded_students(out):
    """Students whom the journal holds as graded."""
    with Journal(out) as journal:
        return set(journal.done())


@pytest.fixture
def folder(tmp_path):
    """A class of two."""
    return samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG)


@pytest.fixture
def plan():
    """A plan for one assignment without a wall."""
    limits = Limits(question_s=150, submission_s=170)
    return Plan((samples.ASSIGNMENT,), seed=1, wall="none", runtime=None, limits=limits, jobs=1)


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


def test_students_who_are_gone_are_kept_and_named(tmp_path, folder):
    """Who was graded and is not among the submissions any more keeps the grade, and the run says so."""
    out = tmp_path / "out"
    assert samples.grade(folder, out).code == 0
    (folder / "bob.py").unlink()
    done = samples.grade(folder, out)
    assert "1 of an earlier run" in done.out
    assert list(samples.rows(out)) == ["ada", "bob"]


# --- killed and interrupted -------------------------------------------------------------------------------------------


def test_two_graders_on_one_folder(tmp_path):
    """While a run is on, a second one on its folder is refused in one line; the first is not disturbed."""
    source, said, go = waiting(tmp_path, "ada")
    folder = samples.a_class(tmp_path / "class", ada=source)
    out = tmp_path / "out"
    first = start(*samples.grade_arguments(folder, out, *LONG))
    await_file(said, first)
    second = samples.grade(folder, out, "--fresh")
    go.touch()
    assert first.communicate()[1] == ""
    assert first.returncode == 0
    assert second.code == 3
    assert "another grader is writing" in second.one_line()
    assert samples.rows(out)["ada"]["total"] == "10"


def test_kill_in_the_middle_then_again(tmp_path):
    """After kill -9 nothing of the run lives on, what was graded stays graded, and the next run gives the grades of an
    undisturbed one.
    """
    source, said, go = waiting(tmp_path, "cleo")
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG, cleo=source, dan=samples.RIGHT)
    out, calm, marker = tmp_path / "out", tmp_path / "calm", f"GRADER_TEST={tmp_path}"
    env = {**os.environ, "GRADER_TEST": str(tmp_path)}
    process = start(*samples.grade_arguments(folder, out, "--seed", 1, *LONG), env=env)
    await_file(said, process)
    while graded_students(out) != {"ada", "bob"}:  # the journal is written while the run waits
        time.sleep(0.05)
    process.kill()
    process.communicate()
    while processes_of(marker):
        time.sleep(0.05)
    assert not (out / "grades.csv").exists()
    go.touch()
    done = samples.grade(folder, out, *LONG)
    assert "2 unchanged" in done.out
    assert samples.grade(folder, calm, *LONG).code == done.code == 0
    assert (out / "grades.csv").read_bytes() == (calm / "grades.csv").read_bytes()
    assert samples.results(out) == samples.results(calm)


def test_an_interrupt_keeps_what_is_graded(tmp_path):
    """^C, which reaches every process of the terminal, lets what is in hand be finished; the exit code is 1, the last
    lines say how to go on, and the next run finishes.
    """
    source, said, go = waiting(tmp_path, "ada")
    many = {f"s{i}": samples.RIGHT for i in range(8)}
    folder = samples.a_class(tmp_path / "class", ada=source, **many)
    out = tmp_path / "out"
    process = start(*samples.grade_arguments(folder, out, "--seed", 1, *LONG))
    await_file(said, process)
    os.killpg(process.pid, signal.SIGINT)
    while "stopping" not in process.stdout.readline():
        assert process.poll() is None
    go.touch()
    told, complaints = process.communicate()
    assert (process.returncode, complaints) == (1, "")
    assert "run the same command again to go on" in told
    finished = graded_students(out)
    assert "ada" in finished
    assert len(finished) < 9
    shown = {student: (row["total"], row["status"]) for student, row in samples.rows(out).items()}
    assert shown == {s: ("10", "graded") if s in finished else ("", "not_graded") for s in ("ada", *many)}
    waits = next(student for student in many if student not in finished)
    assert samples.result(out, waits)["status"] == "not_graded"
    assert "stopped before" in samples.result(out, waits)["reason"]
    done = samples.grade(folder, out, *LONG)
    assert done.code == 0
    assert f"{len(finished)} unchanged" in done.out
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}
    assert len(samples.rows(out)) == 9


def test_a_second_interrupt_drops_what_is_in_hand(tmp_path):
    """A second ^C ends the run at once, with what runs in its boxes; what was graded before stays."""
    source, said, _ = waiting(tmp_path, "bob")
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=source)
    out, marker = tmp_path / "out", f"GRADER_TEST={tmp_path}"
    env = {**os.environ, "GRADER_TEST": str(tmp_path)}
    process = start(*samples.grade_arguments(folder, out, *LONG), env=env)
    await_file(said, process)
    os.killpg(process.pid, signal.SIGINT)
    while "stopping" not in process.stdout.readline():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    told, complaints = process.communicate()
    assert process.returncode == 130, complaints
    assert "run the same command again to go on" in told
    assert complaints.startswith("grader: interrupted")
    assert "Traceback" not in complaints
    assert not processes_of(marker)
    assert graded_students(out) == {"ada"}


@pytest.mark.parametrize("when", range(3))
def test_a_killed_grading_process_costs_nobody(tmp_path, when):
    """A grading process that is killed from outside, once or again, costs no student a point."""
    sources, saids, gos = {}, [], []
    for name in ("ada", "bob"):
        sources[name], said, go = waiting(tmp_path, name)
        saids.append(said)
        gos.append(go)
    folder = samples.a_class(tmp_path / "class", **sources, **{f"s{i}": samples.RIGHT for i in range(6)})
    out, marker = tmp_path / "out", f"GRADER_TEST={tmp_path}"
    env = {**os.environ, "GRADER_TEST": str(tmp_path)}
    process = start(*samples.grade_arguments(folder, out, *LONG, jobs=2), env=env)
    for said in saids[: 1 + when % 2]:
        await_file(said, process)
    victims = [pid for pid in processes_of(marker) if b"spawn_main" in _command_line(pid)]
    assert victims
    for pid in victims if when == 2 else victims[:1]:
        with contextlib.suppress(ProcessLookupError):  # the pool may have ended it as the first one's sibling
            os.kill(pid, signal.SIGKILL)
    for go in gos:
        go.touch()
    told, complaints = process.communicate()
    assert process.returncode == 0, (told, complaints)
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}
    assert len(samples.rows(out)) == 8


def _command_line(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()


def test_a_submission_that_kills_its_grader_costs_no_other(tmp_path):
    """Without a wall a submission can kill the process that grades it: it is not graded, everybody else is."""
    killer = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n" + samples.RIGHT
    others = {f"s{i}": samples.RIGHT for i in range(6)}
    folder = samples.a_class(tmp_path / "class", killer=killer, **others)
    done = samples.grade(folder, tmp_path / "out", *LONG)
    assert done.code == 1
    assert "1 not graded: the process that graded it died" in done.out
    found = samples.rows(tmp_path / "out")
    assert found.pop("killer")["status"] == "not_graded"
    assert {row["total"] for row in found.values()} == {"10"}


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
    worker = batch._Worker(plan)
    located = find(folder, [samples.ASSIGNMENT]).students[0]
    rows = [worker.grade(located, None) for _ in range(batch.WALL_TRIES + 2)]
    assert all(isinstance(row, Row) and row.failure and not row.results for row in rows)
    monkeypatch.setattr("tempfile.tempdir", None)
    assert worker.grade(located, None).failure == rows[-1].failure
    fresh = batch._Worker(plan)
    assert fresh.grade(located, None).results


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
    row = batch._Worker(plan).grade(located, None)
    assert batch._Worker(plan).grade(located, row.digest) == Unchanged("ada")
    for other in (
        Plan((samples.ASSIGNMENT,), 2, "none", None, plan.limits, 1),
        Plan((samples.ASSIGNMENT,), 1, "none", None, Limits(question_s=151), 1),
        Plan((samples.ASSIGNMENT, samples.OTHER), 1, "none", None, plan.limits, 1),
    ):
        assert batch._Worker(other).grade(located, row.digest).digest != row.digest


def test_our_own_bug_is_not_the_students(folder, plan, monkeypatch):
    """An unexpected error of the grader's leaves a submission not graded, with a reason that asks for a report."""
    monkeypatch.setattr(batch, "_worker", batch._Worker(plan))

    def bug(*_):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("grader.grading.grade", bug)
    row = batch._grade(find(folder, [samples.ASSIGNMENT]).students[0], None)
    assert row.failure == "the grader failed: ZeroDivisionError: planted; please report it"
    assert row.results == ()


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
