"""kill -9 at random moments: what the journal holds is never graded again, and the grades are an undisturbed run's."""

from __future__ import annotations

import os
import random
import secrets
import signal
import time

import class_samples as samples
import pytest
import running

from grader.sandbox.container import OWNER
from grader.sandbox.engine import connect
from grader.store import NAME
from tests.failure.conftest import some

PHASES = ("start", "grading", "flush", "publishing")
VICTIMS = ("parent", "group", "process")


def a_class(folder, size):
    """Right and wrong submissions, one that raises and one that ends its process."""
    kinds = (samples.RIGHT, samples.WRONG, samples.RIGHT, "raise ValueError\n" + samples.RIGHT, samples.MATMUL)
    sources = {f"s{i:02}": f"# {i}\n{kinds[i % len(kinds)]}" for i in range(size)}
    sources["leaves"] = samples.RIGHT.replace("    f = 1", "    import os; os._exit(3)\n    f = 1")
    return samples.a_class(folder, **sources)


class Moment:
    """A random moment of a phase: `reached` says whether a run has come to it."""

    def __init__(self, rng, phase, out, size):
        self.phase = phase
        self.out = out
        self.began = time.monotonic()
        self.seen = self._wal()
        self.after = {
            "start": rng.uniform(0, 4),  # seconds
            "grading": len(running.students(out)) + rng.randint(1, max(1, size // 3)),  # submissions in the journal
            "flush": rng.randint(1, 3),  # writes of the journal
            "publishing": self._pages() + rng.randint(1, size),  # files
        }[phase]

    def reached(self):
        if self.phase == "start":
            return time.monotonic() - self.began >= self.after
        if self.phase == "grading":
            return len(running.students(self.out)) >= self.after
        if self.phase == "publishing":
            return self._pages() >= self.after
        if (now := self._wal()) != self.seen:
            self.seen = now
            self.after -= 1
        return self.after <= 0

    def _wal(self):
        try:
            status = (self.out / f"{NAME}-wal").stat()
        except FileNotFoundError:
            return None
        return status.st_size, status.st_mtime_ns

    def _pages(self):
        return sum(len(files) for _, _, files in os.walk(self.out / "feedback"))


def strike(run, victim, rng):
    """Kill the grader, its whole group, or one of its grading processes: the grader itself where it has none."""
    if victim == "group":
        os.killpg(run.process.pid, signal.SIGKILL)
    elif victim == "process" and (graders := run.graders()):
        running.kill(rng.choice(graders))
    else:
        run.process.kill()


def disturb(begin, base, wall, size, kills):
    """Run a class, killing at random moments, until it is done, and again until as many kills have struck.

    Gives the processes that there were.
    """
    seed = secrets.randbits(31)
    print(f"random moments from {seed}")  # shown when the test fails
    rng = random.Random(seed)
    folder = a_class(base / "class", size)
    calm, temporary = base / "calm", base / "tmp"
    undisturbed = begin(folder, calm, temporary, wall=wall, jobs=2)
    assert undisturbed.finish().code == 0
    processes, runs, struck, finished, done = set(), 0, 0, 0, False
    while struck < kills or not done:
        runs += 1
        assert runs <= 5 * kills, f"{struck} of {kills} kills in so many runs"
        out = base / f"out-{finished}"
        held = running.journal(out)
        run = begin(folder, out, temporary, wall=wall, jobs=2)
        if struck < kills:
            moment = Moment(rng, PHASES[runs % len(PHASES)], out, size)
            while run.process.poll() is None and not moment.reached():
                time.sleep(0.001)
            processes.update(run.processes())
            if run.process.poll() is None:  # else it was over before its moment
                strike(run, rng.choice(VICTIMS), rng)
                struck += 1
        ended = run.finish()
        run.await_end()
        assert held.items() <= running.journal(out).items(), "graded twice"
        done = ended.code != -signal.SIGKILL
        if done:
            assert (ended.code, ended.err) == (0, "")
            running.same(out, calm)
            finished += 1
    # What a killed grading process left is removed by the next run.
    assert begin(folder, base / f"out-{finished - 1}", temporary, wall=wall, jobs=2).finish().code == 0
    assert os.listdir(temporary) == []
    return processes


@pytest.mark.timeout(1500)
def test_kill_at_random_moments(tmp_path, begin, sandlock):
    """Whatever is killed and whenever: the next run goes on, nothing lives longer than it, and nothing is lost."""
    disturb(begin, tmp_path, sandlock, size=some(24, 36), kills=some(6, 25))


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_kill_at_random_moments_with_containers(tmp_path, begin, docker):
    """The same with the docker wall; of the containers none stays."""
    processes = disturb(begin, tmp_path, docker, size=some(6, 12), kills=some(2, 8))
    client = connect()
    try:
        left = client.api.containers(all=True, filters={"label": OWNER})
        owners = {int(found["Labels"][OWNER].split(":")[1]) for found in left}
    finally:
        client.close()
    assert not owners & processes
