"""^C, once and twice, and grading processes that die while a class waits: what is graded stays, and the rest is next."""

from __future__ import annotations

import os
import signal

import class_samples as samples
import pytest
import running


def interrupted(run):
    """The run, once it has heard the first ^C, which reaches every process of a terminal."""
    os.killpg(run.process.pid, signal.SIGINT)
    while "stopping" not in run.process.stdout.readline():
        assert run.process.poll() is None


def test_an_interrupt_keeps_what_is_graded(tmp_path, begin):
    """^C lets what is in hand be finished; the exit code is 1, the last lines say how to go on, and the next run
    finishes.
    """
    many = {f"s{i}": samples.RIGHT for i in range(8)}
    folder = samples.a_class(tmp_path / "class", ada=running.waiting("ada"), **many)
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    run.await_waiting("ada")
    interrupted(run)
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (1, "")
    assert "run the same command again to go on" in done.out
    finished = running.students(out)
    assert "ada" in finished
    assert len(finished) < 9
    shown = {student: (row["total"], row["status"]) for student, row in samples.rows(out).items()}
    assert shown == {s: ("10", "graded") if s in finished else ("", "not_graded") for s in ("ada", *many)}
    waits = next(student for student in many if student not in finished)
    assert samples.result(out, waits)["status"] == "not_graded"
    assert "stopped before" in samples.result(out, waits)["reason"]
    done = samples.grade(folder, out, *running.LONG)
    assert done.code == 0
    assert f"{len(finished)} unchanged" in done.out
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}
    assert len(samples.rows(out)) == 9


def test_a_second_interrupt_drops_what_is_in_hand(tmp_path, begin):
    """A second ^C ends the run at once, with what runs in its boxes; what was graded before stays."""
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=running.waiting("bob"))
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG)
    run.await_waiting("bob")
    interrupted(run)
    os.killpg(run.process.pid, signal.SIGINT)
    done = run.finish()
    assert (done.code, done.one_line()) == (130, "grader: interrupted")
    assert "run the same command again to go on" in done.out
    assert not run.processes()
    assert running.students(out) == {"ada"}


def test_an_interrupt_in_the_middle_of_a_write(tmp_path, monkeypatch):
    """Both ^C while the journal is written: what is being written is written, and the run ends as interrupted."""
    from grader.store import Journal

    add = Journal.add

    def interrupt(journal, rows):
        if rows:
            with journal._writing():
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
                journal.facts()
        add(journal, rows)

    monkeypatch.setattr(Journal, "add", interrupt)
    folder = samples.a_class(tmp_path / "class", **{f"s{i}": samples.RIGHT for i in range(3)})
    done = samples.grade(folder, tmp_path / "out")
    assert (done.code, done.one_line()) == (130, "grader: interrupted")
    assert running.students(tmp_path / "out")


@pytest.mark.parametrize("when", range(3))
def test_a_killed_grading_process_costs_nobody(tmp_path, begin, when):
    """A grading process that is killed from outside, while one or two wait, alone or with the other, costs no student
    a point.
    """
    waiting = {name: running.waiting(name) for name in ("ada", "bob")}
    folder = samples.a_class(tmp_path / "class", **waiting, **{f"s{i}": samples.RIGHT for i in range(6)})
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG, jobs=2)
    for name in list(waiting)[: 1 + when % 2]:
        run.await_waiting(name)
    victims = run.graders()
    assert victims
    for pid in victims if when == 2 else victims[:1]:
        running.kill(pid)
    run.let_go(*waiting)
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert {row["total"] for row in samples.rows(out).values()} == {"10"}
    assert len(samples.rows(out)) == 8


def test_a_submission_that_kills_its_grader_costs_no_other(tmp_path):
    """Without a wall a submission can kill the process that grades it: it is not graded, everybody else is."""
    killer = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n" + samples.RIGHT
    others = {f"s{i}": samples.RIGHT for i in range(6)}
    folder = samples.a_class(tmp_path / "class", killer=killer, **others)
    done = samples.grade(folder, tmp_path / "out", *running.LONG)
    assert done.code == 1
    assert "1 not graded: the process that graded it died" in done.out
    found = samples.rows(tmp_path / "out")
    assert found.pop("killer")["status"] == "not_graded"
    assert {row["total"] for row in found.values()} == {"10"}
