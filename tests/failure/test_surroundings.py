"""What surrounds a run and is not as usual: signals, streams, descriptors, memory, the locale, files that change."""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import subprocess

import class_samples as samples
import pytest
import running


def totals(out):
    """Everybody's marks; empty for who was not graded."""
    return {student: row["total"] for student, row in samples.rows(out).items()}


# --- signals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end(tmp_path, begin, name):
    """A machine that shuts down or a terminal that closes ends the run at once; what is graded stays, nothing lives on."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=running.waiting("bob"), cleo=samples.RIGHT)
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    run.await_waiting("bob")
    run.process.send_signal(getattr(signal, name))
    done = run.finish()
    assert done.code == 130
    assert done.one_line() == "grader: interrupted"
    assert "run the same command again to go on" in done.out
    run.await_end()
    assert running.students(out) == {"ada"}


def test_a_signal_that_is_ignored(tmp_path, begin):
    """Under nohup a closed terminal ends nothing."""
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"))
    run = begin(folder, tmp_path / "out", tmp_path / "tmp", *running.LONG, before=("nohup",))
    run.await_waiting("ada")
    run.process.send_signal(signal.SIGHUP)
    run.let_go("ada")
    assert run.finish().code == 0
    assert totals(tmp_path / "out") == {"ada": "10"}


# --- streams and locale -----------------------------------------------------------------------------------------------


def test_a_reader_that_leaves(tmp_path):
    """`grader grade ... | head -1`: the run goes on to its end, silently."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG)
    run = running.start(*samples.grade_arguments(folder, tmp_path / "out"))
    assert run.stdout.readline().startswith("wall: none")
    run.stdout.close()
    with run.stderr as stream:
        assert stream.read() == ""
    assert run.wait() == 0
    assert totals(tmp_path / "out")["ada"] == "10"


def test_an_output_that_takes_nothing(tmp_path):
    """Standard output on a full disk is the machine's fault, told in one line."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            samples.command(*samples.grade_arguments(folder, tmp_path / "out")),
            cwd=samples.ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert samples.Done(3, "", done.stderr).one_line().startswith("grader: ")


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "LANG": ""},
        {"PYTHONIOENCODING": "ascii"},
        {"HOME": "/nowhere"},
    ],
    ids=["locale", "ascii", "home"],
)
def test_a_bare_environment(tmp_path, environment):
    """A locale without UTF-8 and no home: names and reports are the same."""
    folder = samples.a_class(tmp_path / "class", zoë=samples.RIGHT, 李=samples.WRONG)
    done = samples.grader_process(*samples.grade_arguments(folder, tmp_path / "out"), env=environment)
    assert (done.code, done.err) == (0, "")
    assert totals(tmp_path / "out")["zoë"] == "10"
    assert len(list((tmp_path / "out" / "feedback").rglob("*.html"))) == 2


def test_file_names_that_python_may_not_read_as_utf8(tmp_path):
    """Where all is forced to be ASCII, ids are escaped, and marks are given all the same."""
    folder = samples.a_class(tmp_path / "class", zoë=samples.RIGHT, 李=samples.WRONG)
    forced = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = samples.grader_process(*samples.grade_arguments(folder, tmp_path / "out"), env=forced)
    assert (done.code, done.err) == (0, "")
    assert "10" in totals(tmp_path / "out").values()


# --- what a process may have ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("descriptors", [12, 20, 28, 40])
def test_few_descriptors(tmp_path, sandlock, descriptors):
    """Where they run out the run says so, or leaves somebody not graded; a run that may have more gives all grades."""
    limited(tmp_path, sandlock, lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, 4096)))


@pytest.mark.parametrize("mib", [150, 300, 500, 800])
def test_little_memory(tmp_path, sandlock, mib):
    """Address space for the grader and everything that it starts: whatever does not fit costs nobody a point."""
    limited(tmp_path, sandlock, lambda: resource.setrlimit(resource.RLIMIT_AS, (mib << 20, mib << 20)))


def limited(tmp_path, wall, limit):
    """A run under a limit, and one without."""
    folder = samples.a_class(tmp_path / "class", **{f"s{i}": samples.RIGHT for i in range(4)})
    out = tmp_path / "out"
    done = samples.grader_process(*samples.grade_arguments(folder, out, "--seed", 1, wall=wall), preexec_fn=limit)
    assert "Traceback" not in done.err, done.err
    if done.code == 3:
        assert done.one_line()
    else:
        assert done.code in {0, 1}, done
        assert set(totals(out).values()) <= {"10", ""}
        assert (done.code == 0) == (set(totals(out).values()) == {"10"})
        assert done.code == 0 or "not graded" in done.out
    assert samples.grade(folder, out, wall=wall).code == 0
    assert set(totals(out).values()) == {"10"}


# --- files that change ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["gone", "another", "folder"])
def test_a_submission_that_changes_under_the_run(tmp_path, begin, change):
    """What is read counts; who is gone when his turn comes is not graded, and nobody else notices."""
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), zoe=samples.WRONG)
    for i in range(6):  # what is in hand is read by then
        samples.a_class(folder, **{f"b{i}": samples.RIGHT})
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    run.await_waiting("ada")
    if change == "folder":
        shutil.rmtree(folder)
    elif change == "gone":
        (folder / "zoe.py").unlink()
    else:
        (folder / "zoe.py").write_text(samples.RIGHT, encoding="utf-8")
    run.let_go("ada")
    done = run.finish()
    assert done.err == ""
    assert done.code == (0 if change == "another" else 1)
    found = totals(out)
    assert found["ada"] == "10"
    assert found["zoe"] == ("10" if change == "another" else "")
    if change == "folder":
        samples.a_class(folder, ada=running.waiting("ada"), **{f"b{i}": samples.RIGHT for i in range(6)})
    samples.a_class(folder, zoe=samples.RIGHT)
    again = begin(folder, out, tmp_path / "tmp", *running.LONG)
    again.let_go("ada")
    assert again.finish().code == 0
    assert set(totals(out).values()) == {"10"}


@pytest.mark.parametrize("edit", ["broken", "another"])
def test_a_course_that_is_edited_under_the_run(tmp_path, begin, edit):
    """Whoever would be graded by files other than those the run began with is not graded; the next run grades all anew."""
    course = tmp_path / "course"
    for part in ("assignments", "reference/solutions"):
        source = samples.ROOT / part
        target = course / part.rpartition("/")[2]
        target.mkdir(parents=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copytree(source / samples.ASSIGNMENT, target / samples.ASSIGNMENT)
        for path in source.glob(f"{samples.ASSIGNMENT}.py"):
            shutil.copy(path, target)
    solution = course / "solutions" / f"{samples.ASSIGNMENT}.py"
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), bob=samples.RIGHT)
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG, "--course", course)
    run.await_waiting("ada")
    right = solution.read_text(encoding="utf-8")
    solution.write_text("this is no Python\n" if edit == "broken" else right + "\n# edited\n", encoding="utf-8")
    for grader in run.graders():  # another one has to begin, and reads what is there now
        running.kill(grader)
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (1, "")
    assert ("edited while the run was on" if edit == "another" else samples.ASSIGNMENT) in done.out
    assert set(totals(out).values()) == {""}
    solution.write_text(right, encoding="utf-8")
    again = begin(folder, out, tmp_path / "tmp", *running.LONG, "--course", course)
    again.let_go("ada")
    assert again.finish().code == 0
    assert set(totals(out).values()) == {"10"}
