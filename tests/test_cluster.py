"""A class graded by the workers of a Dask cluster: as on one machine. Workers and schedulers that die: failure/."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess

import class_samples as samples
import clusters
import dask.config
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import cluster, cluster_worker, course, parcel
from grader.catalogue import course_at
from grader.errors import GraderError, WallError
from grader.grading import Graded, Handed
from grader.plan import Doubted, Lost, Plan
from grader.result import Origin, Problem
from grader.row import Row, failed, pack
from grader.sandbox import Limits, choice
from grader.sandbox.wire import Cell
from grader.submission import SourceFile, Submission, find

LONE = json.dumps({"cells": [{"cell_type": "code", "source": samples.RIGHT + "\n'\ud800'"}], "nbformat": 4})


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """A scheduler that has nothing of ours, and two workers."""
    with contextlib.closing(clusters.Processes(tmp_path_factory.mktemp("cluster"))) as begun:
        begun.worker()
        begun.worker(threads=2)
        yield begun


@pytest.fixture
def folder(tmp_path):
    """A class of all kinds."""
    folder = samples.a_class(
        tmp_path / "class",
        ada=samples.RIGHT,
        bob=samples.WRONG,
        cleo="raise SystemExit",
        dan=samples.MATMUL,
        eve="",
        fay="def sigmoid_neuron_forward(w, x):\n    exit(3)\n",
    )
    (folder / "gil.ipynb").write_text(LONE, encoding="utf-8")
    (folder / "hal.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture
def plan():
    """A plan for one assignment without a wall, as a run makes it."""
    prepared = course.prepare_all([samples.ASSIGNMENT], 1)
    prints = {name: each.fingerprint for name, each in prepared.items()}
    return Plan((samples.ASSIGNMENT,), 1, "none", None, Limits(), 1, fingerprints=prints)


# --- grades -----------------------------------------------------------------------------------------------------------


def test_the_same_grades_as_on_one_machine(tmp_path, processes, folder):
    """One seed gives a byte-identical grades.csv and results equal but for their seconds; each goes on with what the
    other has graded.
    """
    here, there = tmp_path / "here", tmp_path / "there"
    assert samples.grade(folder, here).code == 0
    done = clusters.grade(folder, there, processes.address)
    assert (done.code, done.err) == (0, "")
    assert (here / "grades.csv").read_bytes() == (there / "grades.csv").read_bytes()
    assert samples.results(here) == samples.results(there)
    assert len(samples.results(there)) == 8
    assert samples.rows(there)["gil"]["total"] == "10"
    assert "8 unchanged" in samples.grade(folder, there).out
    assert "8 unchanged" in clusters.grade(folder, here, processes.address).out


@pytest.mark.parametrize(
    ("wall", "asked", "check"),
    [
        ("sandlock", (), choice.check_sandlock),
        pytest.param("docker", ("--sandbox", "docker"), choice.check_docker, marks=pytest.mark.docker),
    ],
)
def test_the_same_grades_behind_a_wall(tmp_path, processes, folder, require, wall, asked, check):
    """The default wall of a cluster is sandlock; neither wall makes a difference to a grade."""
    try:
        check()
    except WallError as error:
        require(wall, str(error))
    here, there = tmp_path / "here", tmp_path / "there"
    assert samples.grade(folder, here).code == 0
    more = ["grade", folder, "--out", there, "-a", samples.ASSIGNMENT, "--seed", 1, "--cluster", processes.address]
    done = samples.grader(*more, *asked)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"wall: {wall} on the workers of {processes.address}")
    assert (here / "grades.csv").read_bytes() == (there / "grades.csv").read_bytes()
    assert {found["sandbox"] for found in samples.results(there).values()} == {wall}


def test_the_same_grades_over_tls(tmp_path, require):
    """Dask's own configuration says which certificates: with them the run is like any other, without them it is none."""
    if shutil.which("openssl") is None:
        require("openssl", "it is not installed")
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-days", "2", "-subj", "/CN=cluster", "-keyout", key, "-out", cert]
    subprocess.run(made, check=True, capture_output=True)
    tls = {"ca-file": cert}
    for who in ("scheduler", "worker", "client"):
        tls |= {f"{who}.cert": cert, f"{who}.key": key}
    env = {
        f"DASK_DISTRIBUTED__COMM__TLS__{name.replace('.', '__').replace('-', '_').upper()}": path
        for name, path in tls.items()
    }
    folder = samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    with contextlib.closing(clusters.Processes(tmp_path / "cluster", "--protocol", "tls", env=env)) as locked:
        locked.worker()
        assert locked.address.startswith("tls://")
        refused = clusters.grade(folder, tmp_path / "refused", locked.address)
        with dask.config.set({f"distributed.comm.tls.{name}": path for name, path in tls.items()}):
            done = clusters.grade(folder, tmp_path / "out", locked.address)
    assert done.err == "", done.err
    assert (refused.code, done.code) == (3, 0)
    assert "distributed.comm.tls" in refused.one_line()
    assert samples.rows(tmp_path / "out")["ada"]["total"] == "10"


def test_no_more_is_in_hand_than_a_few_a_thread(tmp_path, processes, monkeypatch):
    """However large the class: what waits here is bounded, and what the workers have in hand by their threads."""
    monkeypatch.setattr(cluster, "MOST", 5)
    folder = samples.a_class(tmp_path / "class", **{f"s{i}": f"{samples.RIGHT}# {i}\n" for i in range(32)})
    seen = []
    hand_out = cluster.Cluster._hand_out

    def watched(self):
        before = len(self.waiting)
        hand_out(self)
        seen.append((before, sum(len(hands.tasks) for hands in self.workers.values())))

    monkeypatch.setattr(cluster.Cluster, "_hand_out", watched)
    assert clusters.grade(folder, tmp_path / "out", processes.address).code == 0
    assert max(waiting for waiting, _ in seen) == 5
    assert 3 < max(tasks for _, tasks in seen) <= 3 * cluster.FULL


def test_a_doubt_is_settled_by_a_second_look(tmp_path, processes, folder, monkeypatch):
    """What may have been the machine's doing is graded again, alone, and what happens again is believed."""
    killer = samples.RIGHT.replace("    dz =", "    import os; os.kill(os.getpid(), 9)\n    dz =")
    folder = samples.a_class(tmp_path / "killers", killer=killer, ada=samples.RIGHT)
    given_out = []
    hand_out = cluster.Cluster.submit
    monkeypatch.setattr(
        cluster.Cluster, "submit", lambda self, located: (given_out.append(located.student), hand_out(self, located))[1]
    )
    out = tmp_path / "out"
    assert clusters.grade(folder, out, processes.address).code == 0
    assert samples.rows(out)["ada"]["total"] == "10"
    assert samples.result(out, "killer")["status"] == "graded"
    assert 0 < samples.result(out, "killer")["score"] < 5
    assert given_out.count("killer") == 3
    assert given_out[-2:] == ["killer", "killer"]


# --- what is refused --------------------------------------------------------------------------------------------------


def test_no_scheduler(tmp_path, folder, monkeypatch):
    """Where no scheduler answers the run ends in one line before anything is touched."""
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    done = clusters.grade(folder, tmp_path / "out", "tcp://127.0.0.1:9")
    assert done.code == 3
    assert "no scheduler answers at tcp://127.0.0.1:9" in done.one_line()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["nonsense://x", "tls://127.0.0.1:9", "tcp://", ""])
def test_no_address(tmp_path, folder, monkeypatch, address):
    """What is no address, or lacks its certificates, is told in one line."""
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    done = clusters.grade(folder, tmp_path / "out", address)
    assert done.code == 3
    assert done.one_line()
    assert not (tmp_path / "out").exists()


def test_jobs_are_this_machines(tmp_path, folder):
    """--jobs says nothing about a cluster."""
    done = clusters.grade(folder, tmp_path / "out", "tcp://127.0.0.1:9", "--jobs", 2)
    assert done.code == 2
    assert "--jobs" in done.one_line()


def test_without_dask(tmp_path, folder):
    """Where Dask is not installed the line says what to install."""
    (tmp_path / "path").mkdir()
    lacking = "raise ModuleNotFoundError('not here', name='distributed')"
    (tmp_path / "path" / "distributed.py").write_text(lacking, encoding="utf-8")
    done = samples.grader_process(
        *clusters.arguments(folder, tmp_path / "out", "tcp://127.0.0.1:9"), env={"PYTHONPATH": str(tmp_path / "path")}
    )
    assert done.code == 3
    assert "pip install 'backprop-grader[cluster]'" in done.one_line()


def test_no_worker(tmp_path, folder, monkeypatch):
    """A cluster without workers is waited for, and then told in one line how to start one; nothing is lost."""
    monkeypatch.setattr(cluster, "PATIENCE_S", 1.0)
    with contextlib.closing(clusters.Processes(tmp_path / "cluster")) as empty:
        done = clusters.grade(folder, tmp_path / "out", empty.address)
    assert done.code == 3
    assert f"dask worker {empty.address}" in done.one_line()
    assert "has no worker: waiting" in done.out


def refusal(plan, **changed):
    """Why a worker of other kind refuses the plan."""
    job = msgspec.json.decode(parcel.pack_job(plan)) | changed
    with pytest.raises(GraderError) as caught:
        cluster_worker.Station(msgspec.json.encode(job), 1)
    return str(caught.value)


def test_a_worker_of_another_version(plan):
    """A worker that has other versions says which, and what to do."""
    for name, own in parcel.versions().items():
        why = refusal(plan, versions=parcel.versions() | {name: "7"})
        assert why == f"it has {name} {own} instead of 7: install on it what the run's own machine has"


def test_a_job_of_another_time(plan):
    """A job that this version can't read is refused as another version's."""
    assert "another version" in refusal(plan, limits=7)


def test_a_worker_with_another_course(plan):
    """A worker whose specs or solutions are others names them."""
    why = refusal(plan, fingerprints={samples.ASSIGNMENT: "0" * 16})
    assert samples.ASSIGNMENT in why
    assert "copy the course there" in why


def test_a_course_of_ones_own(tmp_path, plan, monkeypatch):
    """A course is looked for where the run has it, or where the worker's variable says; a missing one is told."""
    home = tmp_path / "home"
    done = samples.grader("new", "mine", "--course", home)
    assert done.code == 0, done.err
    catalogue = course_at(home)
    prints = {"mine": course.prepare_all(["mine"], 1, catalogue)["mine"].fingerprint}
    mine = Plan(("mine",), 1, "none", None, Limits(), 1, catalogue, fingerprints=prints)
    cluster_worker.Station(parcel.pack_job(mine), 1).close()
    moved = shutil.move(home, tmp_path / "moved")
    assert "does not exist" in refusal(mine)
    monkeypatch.setenv(cluster_worker.COURSE, str(moved))
    cluster_worker.Station(parcel.pack_job(mine), 1).close()
    with (moved / "solutions" / "mine.py").open("a", encoding="utf-8") as file:
        file.write("# mended\n")
    assert "mine" in refusal(mine)


def test_workers_that_can_not_grade_are_named(tmp_path, folder, monkeypatch):
    """A worker without a grader refuses and says so; one that comes later grades; where none can, the run ends in one
    line.
    """
    with contextlib.closing(clusters.Processes(tmp_path / "cluster")) as mixed:
        mixed.worker(env={"PYTHONPATH": mixed.without})
        done = clusters.grade(folder, tmp_path / "none", mixed.address)
        assert done.code == 3
        line = done.one_line()
        assert "no worker of" in line
        assert "it has no grader: install" in line
        mixed.worker()
        done = clusters.grade(folder, tmp_path / "out", mixed.address)
    assert done.code == 0, done.err
    assert "does not grade: it has no grader" in " ".join(done.out.split())


def test_images_must_be_one(plan):
    """A worker whose image is another than the first one's is refused."""
    said = []
    runner = cluster.Cluster(FakeClient(), "tcp://x", said.append, plan)
    for worker, image in (("a", "sha256:1"), ("b", "sha256:2"), ("c", "sha256:1")):
        runner._hear({"action": "ready", "worker": worker, "threads": 1, "image": image})
    assert sorted(runner.workers) == ["a", "c"]
    assert len(said) == 1
    assert "b does not grade: its image sha256:2 is not sha256:1, which a has" in said[0]


@pytest.mark.parametrize("retired", [True, False])
def test_what_a_worker_leaves(plan, folder, retired):
    """Of a worker that the cluster sent away the submissions wait for another; of one that died they are lost."""
    client = FakeClient()
    runner = cluster.Cluster(client, "tcp://x", print, plan)
    runner._hear({"action": "ready", "worker": "a", "threads": 1, "image": ""})
    for located in find(folder, [samples.ASSIGNMENT]).students[:2]:
        runner.submit(located)
    runner._hand_out()
    runner._hear({"action": "remove-worker", "worker": "a", "expected": retired})
    assert client.cancelled == ["future 1", "future 2"]
    assert len(runner.waiting) == (2 if retired else 0)
    assert [type(outcome) for _, outcome in runner.back] == ([] if retired else [Lost, Lost])
    runner._hear({"action": "ready", "worker": "b", "threads": 1, "image": ""})
    runner._hand_out()
    assert {task.worker for task in runner.workers["b"].tasks} == ({"b"} if retired else set())


def test_what_comes_late_is_passed_over(plan, folder):
    """A result from a worker that was given up counts once: with the submission's next try."""
    runner = cluster.Cluster(FakeClient(), "tcp://x", print, plan)
    runner._hear({"action": "ready", "worker": "a", "threads": 1, "image": ""})
    located = find(folder, [samples.ASSIGNMENT]).students[0]
    runner.submit(located)
    runner._hand_out()
    (task,) = runner.workers["a"].tasks
    runner._hear({"action": "remove-worker", "worker": "a"})
    reply = parcel.pack_reply(pack(task.digest, Graded(Handed(located.student, [], []), [])))
    runner._hear((task, reply))
    assert [type(outcome) for _, outcome in runner.back] == [Lost]


class FakeClient:
    """As much of Dask's client as handing out needs."""

    status = "running"

    def __init__(self):
        self.loop = self
        self.count = 0
        self.cancelled = []

    def map(self, _call, data, **_):
        self.count += len(data)
        return [f"future {self.count - number}" for number in range(len(data))]

    def cancel(self, futures):
        self.cancelled += sorted(futures)

    def add_callback(self, *_):
        """Nothing comes of any task."""


# --- what travels -----------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
PROBLEMS = st.lists(st.builds(Problem, TEXT, TEXT), max_size=2).map(tuple)
FILES = st.builds(
    SourceFile, TEXT, TEXT, st.lists(st.builds(Cell, TEXT, TEXT), max_size=3).map(tuple), PROBLEMS,
    st.none() | TEXT, st.none() | TEXT, st.integers(0, 3),
)  # fmt: skip
ORIGINS = st.none() | st.builds(Origin, layout=TEXT, ids=st.dictionaries(TEXT, TEXT, max_size=2), late=st.booleans())


@given(st.builds(Submission, TEXT, st.lists(FILES, max_size=2).map(tuple), PROBLEMS, ORIGINS), TEXT)
def test_a_submission_arrives_as_it_was(submission, digest):
    """Whatever text it holds, lone surrogates too."""
    assert parcel.unpack_submission(parcel.pack_submission(submission, digest)) == (submission, digest)


def test_a_reply_arrives_as_it_was():
    """A row, and whether it is doubted."""
    row = pack("d", Graded(Handed("ada", [], []), []))
    assert parcel.unpack_reply(parcel.pack_reply(row), "ada", "d") == row
    assert parcel.unpack_reply(parcel.pack_reply(Doubted(row)), "ada", "d") == Doubted(row)
    lost = failed("ada", "why")
    assert parcel.unpack_reply(parcel.pack_reply(lost), "ada", "d") == lost


@pytest.mark.parametrize(
    "forged",
    [
        None,
        b"",
        b"\xff",
        parcel.pack_reply(pack("d", Graded(Handed("bob", [], []), []))),
        parcel.pack_reply(pack("other", Graded(Handed("ada", [], []), []))),
        parcel.pack_reply(Row("ada", "d", "", b"{}", ())),
        parcel.pack_reply(Row("ada", "d", "why", pack("d", Graded(Handed("ada", [], []), [])).handed, ())),
        parcel.pack_reply(Row("ada", "d", "", pack("d", Graded(Handed("ada", [], []), [])).handed, (("x", b"[]"),))),
    ],
)
def test_what_is_no_reply_is_refused(forged):
    """A reply of something else, about somebody else or of other files is none."""
    with pytest.raises(msgspec.DecodeError):
        parcel.unpack_reply(forged, "ada", "d")
