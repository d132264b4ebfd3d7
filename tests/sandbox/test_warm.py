"""The warm worker by itself, without a wall: what it does when a fork misbehaves towards it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grader.errors import Died, Hung, WallError
from grader.sandbox import Limits, wire
from grader.sandbox import box as boxes
from grader.sandbox.box import SandboxBox, Worker, await_ready
from grader.sandbox.channel import PipeChannel
from grader.sandbox.launch import libraries
from tests.sandbox.conftest import Asker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the warm worker is Linux's")

START = Path(__file__).parents[2] / "grader" / "sandbox" / "start.py"
SOURCE = "import os, time\n"


def spawn(folder, *options: str) -> subprocess.Popen:
    """A warm worker in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", START, libraries(), "warm", "--scratch", str(folder), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


class Workers:
    """Makes workers, and remembers which came back for another submission."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.made: list[subprocess.Popen] = []
        self.returned: list[Worker] = []

    def take(self) -> Worker:
        folder = self.folder / str(len(self.made))
        folder.mkdir()
        process = spawn(folder)
        self.made.append(process)
        channel = PipeChannel(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()))
        process.stdout.close()
        process.stdin.close()
        await_ready(channel, time.monotonic() + 20)

        def kill() -> None:
            channel.close()
            process.kill()
            process.wait()
            process.stderr.close()

        return Worker(channel, kill)


@pytest.fixture
def workers(tmp_path):
    made = Workers(tmp_path)
    yield made
    for worker in made.returned:
        worker.kill()


def box(workers: Workers) -> SandboxBox:
    return SandboxBox(Limits(question_s=5.0), workers.take, workers.returned.append)


def test_a_worker_that_is_as_it_was_goes_back(workers):
    """After an honest submission, and its folder is empty."""
    with box(workers) as opened:
        asker = Asker(opened)
        asker.load(SOURCE + "open('x', 'w').close()\ndef f():\n    return 1\n")
        assert asker.value("f") == 1
        assert os.listdir(workers.folder / "0" / "1") == ["x"]
    assert len(workers.returned) == 1
    assert os.listdir(workers.folder / "0") == []


def test_a_slow_wall_costs_a_submission_no_time(workers, monkeypatch):
    """Waiting for a worker is not the submission's time, however often it is waited for."""
    late = 0.0

    def take():
        nonlocal late
        late += 60.0
        return workers.take()

    monkeypatch.setattr(boxes, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + late))
    with SandboxBox(Limits(question_s=5.0, submission_s=60.0), take) as opened:
        asker = Asker(opened)
        asker.load("import os\ndef f():\n    return 1\n")
        assert asker.value("f") == 1
        opened._discard()
        asker.load("def f():\n    return 2\n")
        assert asker.value("f") == 2


@pytest.mark.parametrize(
    "harm",
    [
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (32, 32))",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 7)",
        "os.sched_setaffinity(os.getppid(), {min(os.sched_getaffinity(0))})",
    ],
)
def test_a_worker_that_was_harmed_is_not_used_again(workers, harm):
    """Where no wall forbids it, a fork can change its parent's limits: seen, and that worker is given up."""
    if "affinity" in harm and len(os.sched_getaffinity(0)) == 1:
        pytest.skip("a single processor can't be narrowed")
    with box(workers) as opened:
        asker = Asker(opened)
        asker.load(SOURCE + f"def f():\n    {harm}\n    return 1\n")
        assert asker.value("f") == 1
    assert workers.returned == []
    assert workers.made[0].poll() is not None


def test_a_worker_killed_by_its_fork_is_replaced(workers):
    """It costs that submission its question; the same box goes on with another worker."""
    with box(workers) as opened:
        asker = Asker(opened)
        asker.load(SOURCE + "def f():\n    os.kill(os.getppid(), 9)\n    time.sleep(9)\n")
        with pytest.raises(Died):
            asker.call("f")
        asker.load("def f():\n    return 2\n")
        assert asker.value("f") == 2
    assert len(workers.made) == 2


def test_a_fork_dies_with_its_worker(workers):
    """Nothing of it goes on running when the worker is gone."""
    with box(workers) as opened:
        asker = Asker(opened)
        asker.load(SOURCE + "def f():\n    return os.getpid()\n")
        pid = asker.value("f")
        workers.made[0].kill()
        workers.made[0].wait()
        deadline = time.monotonic() + 5
        while os.path.exists(f"/proc/{pid}") and not _zombie(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not os.path.exists(f"/proc/{pid}") or _zombie(pid)


def _zombie(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "Z"


def test_a_stopped_worker_is_killed(workers, monkeypatch):
    """A worker that answers nothing any more is given up after its time."""
    monkeypatch.setattr("grader.sandbox.box.CONTROL_S", 0.5)
    with box(workers) as opened:
        asker = Asker(opened)
        asker.load(SOURCE + "def f():\n    os.kill(os.getppid(), 19)\n    return 3\n")
        opened._limits = Limits(question_s=0.5)
        with pytest.raises(Hung, match="no answer within"):
            asker.call("f")
        asker.load("def f():\n    return 2\n")
        assert asker.value("f") == 2


def test_descendants_are_swept_without_a_sandbox(workers):
    """A double fork with setsid is found in /proc where nothing scopes signals."""
    with box(workers) as opened:
        asker = Asker(opened)
        asker.load(
            SOURCE + "def f():\n    r, w = os.pipe()\n    if os.fork() == 0:\n        os.setsid()\n"
            "        if os.fork() == 0:\n            os.write(w, str(os.getpid()).encode())\n            time.sleep(60)\n"
            "        os._exit(0)\n    return int(os.read(r, 20))\n"
        )
        pid = asker.value("f")
        assert os.path.exists(f"/proc/{pid}")
    assert not os.path.exists(f"/proc/{pid}")


PEEK = r"""
import ctypes, os, re
libc = ctypes.CDLL(None)
libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
libc.write.restype = ctypes.c_ssize_t

def regions():
    for line in open("/proc/self/maps"):
        bounds, rights = line.split()[:2]
        if "r" in rights and "vsyscall" not in line and "vvar" not in line:
            yield tuple(int(bound, 16) for bound in bounds.split("-"))

def f():
    # The patterns are no literals, or they would find themselves; and what is read is gone before the next is.
    patterns = [re.compile(name + b"[-]%d{5}[-]" % 7 + b"[a-z]+") for name in (b"source", b"answer", b"asked", b"peek")]
    out, into = os.pipe()
    found, seen = [], 0
    here = "peek-7777" + "7-" + chr(122)
    for low, high in list(regions()):
        at = low
        while at < high:
            count = libc.write(into, at, min(1 << 15, high - at))
            if count <= 0:
                at += 4096
                continue
            data = os.read(out, 1 << 15)
            seen += len(data)
            at += count
            for pattern in patterns:
                found += [each.decode() for each in pattern.findall(data)]
    return seen, sorted(set(found))
"""


@pytest.mark.parametrize("size", [1, 400, 40_000, 3_000_000])
def test_a_fork_inherits_nothing_of_an_earlier_submission(workers, size):
    """Neither its source, nor what it was asked, nor what it answered is left in the memory that a later fork gets."""
    with box(workers) as opened:
        asker = Asker(opened)
        for _ in range(2):
            asker.load(
                f"# {'-'.join(['source', '7' * 5, 'ada'])} {'x' * min(size, 900_000)}\n"
                f"def f(x):\n    return '-'.join(['answer', '7' * 5, 'ada']) * 3, 'y' * {min(size, 90_000)}, x\n"
            )
            asker.value("f", np.frombuffer(b"-".join([b"asked", b"7" * 5, b"ada"]) + b"-" * size, dtype=np.uint8))
        asker.load(PEEK)
        seen, found = asker.value("f")
    assert seen > 1 << 20
    assert found == ["peek-77777-z"]
    assert len(workers.made) == 1


def test_a_worker_that_is_not_alone_does_not_start(tmp_path):
    """`--alone` means kill(-1): refused where that would reach what is not the box's."""
    process = spawn(tmp_path, "--alone")
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert b"not alone" in said


def test_a_confinement_that_fails_is_the_walls_fault(workers):
    """A fork that can't be confined never reads a submission."""
    with box(workers) as opened:
        opened._limits = Limits(memory_mib=1 << 50)  # more than setrlimit takes
        with pytest.raises(WallError, match="could not be confined"):
            opened.load((wire.Cell("", "x = 1"),))
    assert len(workers.made) == 2
