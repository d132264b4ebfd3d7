"""Workers, schedulers and graders that die in the middle of a run on a cluster: nothing graded is lost, nobody pays."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time

import class_samples as samples
import clusters
import pytest
import running

from grader import cluster
from tests.failure.conftest import some


@pytest.fixture
def processes(tmp_path):
    """A cluster without workers. Theirs are told by `--temporary`, as those of a run."""
    (tmp_path / "tmp").mkdir()
    with contextlib.closing(clusters.Processes(tmp_path / "cluster")) as begun:
        yield begun


@pytest.fixture
def temporary(tmp_path):
    """Where the workers' boxes work."""
    return {"TMPDIR": str(tmp_path / "tmp")}


@pytest.fixture
def grade(tmp_path, begin, processes):
    """Begins a run on the cluster."""

    def grade(folder, out, *options, **more):
        return begin(folder, out, tmp_path / "tmp", "--cluster", processes.address, *options, jobs=None, **more)

    return grade


@pytest.fixture
def many(tmp_path):
    """A class that takes a while, of right, wrong and odd ones."""
    kinds = (samples.RIGHT, samples.WRONG, samples.MATMUL, "raise ValueError\n" + samples.RIGHT)
    sources = {f"s{i:02}": f"# {i}\n{kinds[i % len(kinds)]}" for i in range(some(24, 60))}
    return samples.a_class(tmp_path / "class", **sources)


@pytest.mark.parametrize("wall", ["none", "sandlock"])
def test_a_worker_is_killed(tmp_path, processes, temporary, folder, grade, wall, request):
    """What a worker had in hand is graded elsewhere; the grades are those of one machine."""
    if wall != "none":
        request.getfixturevalue(wall)
    calm = tmp_path / "calm"
    assert samples.grade(folder, calm, *running.LONG, wall=wall).code == 0
    samples.a_class(folder, ada=running.waiting("ada"))
    victim = processes.worker(env=temporary)
    out = tmp_path / "out"
    run = grade(folder, out, *running.LONG, wall=wall)
    run.await_waiting("ada")
    processes.worker(env=temporary)
    victim.kill()
    run.let_go("ada")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert (out / "grades.csv").read_bytes() == (calm / "grades.csv").read_bytes()


def test_who_kills_workers_is_not_graded(tmp_path, processes, temporary, grade):
    """Without a wall a submission can end the Dask worker itself, which proves nothing: it is tried TRIES times more,
    alone, and then not graded, with a reason; everybody else is graded.
    """
    killer = "import os\nos.kill(os.getppid(), 9)\n" + samples.RIGHT
    folder = samples.a_class(tmp_path / "class", killer=killer, ada=samples.RIGHT, bob=samples.WRONG, zoe=samples.RIGHT)
    for _ in range(2):
        processes.worker(env=temporary, nanny=True)
    out = tmp_path / "out"
    done = grade(folder, out).finish()
    assert (done.code, done.err) == (1, "")
    assert "1 not graded: the Dask worker that graded it died again and again" in " ".join(done.out.split())
    marks = {student: (row["total"], row["status"]) for student, row in samples.rows(out).items()}
    assert marks.pop("killer") == ("", "not_graded")
    assert marks == {"ada": ("10", "graded"), "bob": (marks["bob"][0], "graded"), "zoe": ("10", "graded")}
    log = processes.logs()
    assert log.count("Remove worker") <= 3 + 1, log


def test_the_scheduler_is_killed(tmp_path, processes, temporary, many, grade):
    """The run ends in one line, what is graded stays, and one machine goes on with it."""
    samples.a_class(many, zz=running.waiting("zz"))
    for _ in range(2):
        processes.worker(env=temporary)
    out = tmp_path / "out"
    run = grade(many, out, *running.LONG)
    run.await_waiting("zz")
    while not running.students(out):
        time.sleep(0.05)
    processes.scheduler.kill()
    done = run.finish()
    assert done.code == 3
    assert "the scheduler at" in done.one_line()
    assert "run the same command again" in done.one_line()
    before = running.journal(out)
    assert before
    samples.a_class(many, zz=samples.RIGHT)
    assert samples.grade(many, out, *running.LONG).code == 0
    assert before.items() <= running.journal(out).items()
    assert samples.grade(many, tmp_path / "calm", *running.LONG).code == 0
    running.same(out, tmp_path / "calm")


def test_all_workers_leave(tmp_path, processes, many, monkeypatch):
    """Where none is left and none comes the run ends in one line, and the next one goes on."""
    monkeypatch.setattr(cluster, "PATIENCE_S", 1.0)
    worker = processes.worker()
    out = tmp_path / "out"
    came = cluster.Cluster._came

    def once(self, *more):
        came(self, *more)
        worker.kill()

    monkeypatch.setattr(cluster.Cluster, "_came", once)
    done = clusters.grade(many, out, processes.address)
    assert done.code == 3
    assert "has no worker that grades" in done.one_line()
    before = running.journal(out)
    assert before
    monkeypatch.setattr(cluster.Cluster, "_came", came)
    processes.worker()
    assert clusters.grade(many, out, processes.address).code == 0
    assert before.items() <= running.journal(out).items()
    assert samples.grade(many, tmp_path / "calm").code == 0
    running.same(out, tmp_path / "calm")


def test_a_worker_comes_in_mid_run(tmp_path, processes, temporary, many, grade):
    """A worker that comes late grades too: here the first one is held up by one submission, and the others wait."""
    samples.a_class(many, a=running.waiting("a"))
    processes.worker(env=temporary)
    out = tmp_path / "out"
    run = grade(many, out, *running.LONG)
    run.await_waiting("a")
    processes.worker(env=temporary)
    while len(running.students(out)) < len(list(many.iterdir())) - cluster.FULL:  # those in the first one's hands
        assert run.process.poll() is None, run.finish()
        time.sleep(0.05)
    run.let_go("a")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert samples.rows(out)["a"]["total"] == "10"


def test_an_interrupt(tmp_path, processes, temporary, many, grade):
    """^C lets what is in hand be finished and stops; the next run goes on, and the workers are free for it."""
    samples.a_class(many, a=running.waiting("a"))
    processes.worker(env=temporary)
    out = tmp_path / "out"
    run = grade(many, out, *running.LONG)
    run.await_waiting("a")
    run.process.send_signal(signal.SIGINT)
    run.let_go("a")
    done = run.finish()
    assert (done.code, done.err) == (1, "")
    assert "stopping" in done.out
    assert samples.rows(out)["a"]["total"] == "10"
    assert 0 < len(running.students(out)) <= cluster.FULL
    run = grade(many, out, *running.LONG)
    run.let_go("a")
    assert run.finish().code == 0


def test_a_grader_that_is_killed(tmp_path, processes, temporary, many, grade):
    """Its submissions are forgotten by the cluster, and the next run goes on with what its journal holds."""
    samples.a_class(many, zz=running.waiting("zz"))
    processes.worker(env=temporary, threads=2)
    out = tmp_path / "out"
    run = grade(many, out, *running.LONG)
    scratch = run.await_waiting("zz")
    run.process.kill()
    run.finish()
    (scratch / "zz-goes").touch()
    before = running.journal(out)
    again = grade(many, out, *running.LONG)
    again.let_go("zz")
    assert again.finish().code == 0
    assert before.items() <= running.journal(out).items()
    assert samples.rows(out)["zz"]["total"] == "10"


def test_workers_killed_at_random(tmp_path, processes, temporary, many, grade):
    """However often: nobody is graded otherwise than on one machine."""
    rng = random.Random(0)
    assert samples.grade(many, tmp_path / "calm").code == 0
    for _ in range(2):
        processes.worker(env=temporary, nanny=True)
    out, kills = tmp_path / "out", 0
    while kills < some(2, 20):
        run = grade(many, out, "--fresh")
        while run.process.poll() is None:
            time.sleep(rng.uniform(0.5, 4))
            workers = [pid for pid in run.processes() if b"spawn_main" in running.command_line(pid)]
            if workers and run.process.poll() is None and running.students(out):
                running.kill(rng.choice(workers))
                kills += 1
        done = run.finish()
        assert "Traceback" not in done.err
        assert done.code in {0, 1}, done
        if done.code:
            assert os.path.exists(out / "grades.csv")
            assert {row["status"] for row in samples.rows(out).values()} <= {"graded", "not_graded"}
            assert clusters.grade(many, out, processes.address).code == 0
        running.same(out, tmp_path / "calm")
