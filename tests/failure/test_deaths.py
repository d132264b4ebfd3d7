"""What is killed or held up from outside while a question is on costs its student nothing; who does so himself pays."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future

import class_samples as samples
import pytest
import running

from grader import batch
from grader.plan import TRIES, Doubted, Plan
from grader.pool import Pool
from grader.row import failed
from grader.sandbox import Limits
from grader.submission import find

WALLS = [pytest.param("sandlock"), pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.slow])]


@pytest.fixture
def wall(request):
    """A wall by its name, where it can be had."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def folder(tmp_path):
    """A class in which one waits in the middle of a question."""
    others = {"bob": samples.WRONG, "cleo": samples.RIGHT}
    return samples.a_class(tmp_path / "class", ada=running.waiting("ada"), **others)


def victims(run, scratch):
    """The fork that holds the submission, and its worker."""
    (fork,) = [pid for pid in run.box_of(scratch) if pid != 1]
    return {"fork": fork, "worker": running.parent(fork)}


@pytest.mark.parametrize("victim", ["fork", "worker"])
@pytest.mark.parametrize("wall", WALLS, indirect=True)
def test_killed_from_outside(tmp_path, begin, folder, wall, victim):
    """The submission's own process, and the worker or container around it: the marks are those of an undisturbed run."""
    calm = begin(folder, tmp_path / "calm", tmp_path / "tmp", *running.LONG, wall=wall)
    calm.let_go("ada")
    assert calm.finish().code == 0
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG, wall=wall)
    running.kill(victims(run, run.await_waiting("ada"))[victim])
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert samples.rows(out)["ada"]["total"] == "10"
    running.same(out, tmp_path / "calm")


@pytest.mark.parametrize("wall", WALLS, indirect=True)
def test_a_worker_that_is_stopped(tmp_path, begin, folder, wall):
    """A worker that answers nothing any more is the machine's: whoever was in it is graded in another."""
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", "--question-time", 10, wall=wall)
    os.kill(victims(run, run.await_waiting("ada"))["worker"], signal.SIGSTOP)
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert samples.rows(out)["ada"]["total"] == "10"


def test_a_grader_that_is_stopped(tmp_path, begin, folder, sandlock):
    """^Z and later `fg`: the time for an answer went by, and nobody was there to take it."""
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", "--question-time", 5, wall=sandlock)
    scratch = run.await_waiting("ada")
    (grader,) = run.graders()
    os.kill(grader, signal.SIGSTOP)
    (scratch / "ada-goes").touch()
    time.sleep(8)  # longer than a question may take
    os.kill(grader, signal.SIGCONT)
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert samples.rows(out)["ada"]["total"] == "10"


@pytest.mark.parametrize("wall", WALLS, indirect=True)
def test_who_kills_himself_pays(tmp_path, begin, wall):
    """A submission that ends its process as the machine might is graded, pays for it, and is not tried for ever."""
    killer = samples.RIGHT.replace("    dz =", "    import os; os.kill(os.getpid(), 9)\n    dz =")
    folder = samples.a_class(tmp_path / "class", killer=killer, ada=samples.RIGHT)
    out = tmp_path / "out"
    done = samples.grade(folder, out, wall=wall)
    assert (done.code, done.err) == (0, "")
    assert samples.rows(out)["ada"]["total"] == "10"
    found = samples.result(out, "killer")
    assert found["status"] == "graded"
    assert 0 < found["score"] < 5
    assert "killed by SIGKILL" in " ".join(check["message"] for check in found["checks"])
    assert "2 unchanged" in samples.grade(folder, out, wall=wall).out


@pytest.mark.parametrize("doubts", range(TRIES + 2))
def test_how_often_a_doubt_is_tried_again(tmp_path, begin, monkeypatch, doubts):
    """At most TRIES times; then the last that was seen counts. A try without a doubt settles it."""
    students = find(samples.a_class(tmp_path, ada=""), []).students
    asked = []

    def submit(_pool, located):
        number = len(asked)
        asked.append(located)
        future = Future()
        row = failed("ada", f"try {number}")
        future.set_result(Doubted(row) if number < doubts else row)
        return future

    monkeypatch.setattr(Pool, "_submit", submit)
    monkeypatch.setattr(Pool, "_start", lambda *_: None)
    monkeypatch.setattr(Pool, "renew", lambda *_, **__: None)
    pool = Pool(Plan((), 1, "none", None, Limits(), 1))
    rows = [row for row in batch.grade(pool, students, batch.Interrupts()) if row is not None]
    tries = min(doubts, TRIES)
    assert [row.failure for row in rows] == [f"try {tries}"]
    assert len(asked) == 1 + tries
