"""The sandlock wall's workers: kept, replaced, several at once, and what they may read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from grader.errors import Died, WallError
from grader.sandbox import Limits, choice, confine, sandlock_wall
from grader.sandbox.sandlock_wall import SandlockWall
from tests.sandbox.conftest import Asker

PARENT = "import os\ndef f():\n    return os.getppid()\n"


@pytest.fixture
def wall(require):
    """A wall of this test's own."""
    try:
        choice.check_sandlock()
    except WallError as error:
        require("sandlock", str(error))
    with SandlockWall(Limits(question_s=5.0)) as opened:
        yield opened


@pytest.fixture
def patient_wall(require):
    """A wall for what a busy machine needs long for."""
    try:
        choice.check_sandlock()
    except WallError as error:
        require("sandlock", str(error))
    with SandlockWall(Limits(question_s=120.0, submission_s=150.0)) as opened:
        yield opened


def parent(wall) -> int:
    """The warm worker that serves a submission."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load(PARENT)
        return asker.value("f")


def test_one_worker_serves_one_submission_after_another(wall):
    """Also after one that died and one that hung."""
    first = parent(wall)
    with wall.open() as box:
        asker = Asker(box)
        asker.load("import os\ndef f():\n    os._exit(1)\n")
        with pytest.raises(Died):
            asker.call("f")
    assert parent(wall) == first


def test_a_lost_worker_is_replaced(wall):
    """Whoever was in it has died of it; the next submission has another."""
    first = parent(wall)
    with wall.open() as box:
        asker = Asker(box)
        asker.load(PARENT)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Died):
            asker.call("f")
        asker.load(PARENT)
        second = asker.value("f")
        assert second != first
    os.kill(second, signal.SIGKILL)
    assert parent(wall) not in {first, second}


def test_boxes_open_at_the_same_time_have_workers_of_their_own(wall):
    """And these are kept for later."""
    with wall.open() as one, wall.open() as two:
        askers = [Asker(one), Asker(two)]
        for asker in askers:
            asker.load(PARENT)
        pids = {asker.value("f") for asker in askers}
        assert len(pids) == 2
    assert parent(wall) in pids


def test_nothing_is_left_behind(require):
    """Leaving the wall ends its workers and removes its folder."""
    with SandlockWall(Limits()) as wall:
        folder = wall._folder
        pid = parent(wall)
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)
    assert not os.path.exists(f"/proc/{pid}")


def test_it_works_without_user_namespaces(wall):
    """Some machines let only root make them: Landlock and the filter hold all the same."""
    wall._namespace = False
    with wall.open() as kept, wall.open() as box:
        Asker(kept).load(PARENT)  # takes the worker that is there
        asker = Asker(box)
        asker.load(
            "import os\ndef f():\n    try:\n        open('/etc/passwd')\n    except OSError:\n        return os.getuid()\n"
        )
        assert asker.value("f") == os.getuid()


def test_memory_of_all_threads_together_is_limited(wall):
    """A submission can't take its limit once for each process or thread: it has one process."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load(
            "import os, threading\n"
            "kept = []\n"
            "def take():\n"
            "    try:\n"
            "        os.fork()\n"
            "    except OSError:\n"
            "        pass\n"
            "    try:\n"
            "        kept.append(bytearray(150 << 20))\n"
            "    except MemoryError:\n"
            "        pass\n"
            "def f():\n"
            "    threads = [threading.Thread(target=take) for _ in range(6)]\n"
            "    for thread in threads: thread.start()\n"
            "    for thread in threads: thread.join()\n"
            "    return len(kept)\n"
        )
        try:
            kept = asker.value("f")
        except Died:
            kept = 0  # sandlock's own count includes what threads reserve
        assert kept <= 3


def test_what_a_worker_reads_is_listed():
    """The standard library without what is installed beside it, two packages, and shared libraries."""
    files = sandlock_wall._files("/box")
    stdlib = os.path.dirname(os.__file__)
    assert files["lists"] == [os.path.realpath(stdlib)]
    others = [path for path in files["reads"] if not path.startswith((os.path.realpath(stdlib), "/box"))]
    packages = [path for path in others if os.path.isdir(path)]
    assert {os.path.basename(path) for path in packages} <= {"numpy", "msgspec", "numpy.libs"}
    assert not any(part in path for path in files["reads"] for part in ("site-packages/sandlock", "dist-packages"))
    assert os.path.join(os.path.realpath(stdlib), "site-packages") not in files["reads"]


@pytest.mark.parametrize(
    ("platform", "abi", "says"),
    [("darwin", 6, "needs Linux"), ("linux", -1, "no Landlock"), ("linux", 5, "ABI 5, and 6")],
)
def test_what_is_missing_is_said_with_what_to_do(monkeypatch, platform, abi, says):
    """Each lack has its own message, and each names a way out."""
    import sandlock

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sandlock, "landlock_abi_version", lambda: abi)
    with pytest.raises(WallError, match=says) as caught:
        sandlock_wall.check()
    assert "use" in str(caught.value)


def test_a_missing_library_is_said(monkeypatch):
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "sandlock", None)
    with pytest.raises(WallError, match="pip install"):
        sandlock_wall.check()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_programs_jump_within_themselves(machine):
    """Each jump lands on an instruction, and each path ends in a return."""
    program = confine.filter_program(machine)
    steps = [program[at : at + 8] for at in range(0, len(program), 8)]
    assert 50 < len(steps) < 256
    for at, step in enumerate(steps):
        code, yes, no = step[0], step[2], step[3]
        if code & 7 == 5:
            assert at + 1 + yes < len(steps)
            assert at + 1 + no < len(steps)
    assert steps[-1][0] == 6


def test_a_disk_can_not_be_filled(wall):
    """Neither by one large file nor by many: the submission ends, and its files are gone."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load(
            "def f():\n"
            "    for i in range(10_000):\n"
            "        try:\n"
            "            with open(str(i), 'wb') as file: file.write(bytes(15 << 20)); file.write(bytes(15 << 20))\n"
            "        except OSError:\n"
            "            pass\n"
        )
        with pytest.raises(Died, match="256 MiB of files"):
            asker.call("f")
        asker.load(PARENT)
        asker.value("f")


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("for i in range(10**6): os.mkdir(str(i))", "1000 files and folders"),
        ("os.mkdir('d', 0o300); time.sleep(60)", "looked into"),
    ],
)
def test_a_folder_that_is_slow_to_remove_ends_its_submission(patient_wall, action, says):
    """Many entries, or what hides them; the next submission is served at once."""
    with patient_wall.open() as box:
        asker = Asker(box)
        asker.load(f"import os, time\ndef f():\n    {action}\n")
        with pytest.raises(Died, match=says):
            asker.call("f")
        asker.load(PARENT)
        asker.value("f")


def test_files_without_a_name_are_bounded(wall):
    """They can't be counted from outside: so many may be open, each so large."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load(
            "import os\n"
            "def f():\n"
            "    held = []\n"
            "    try:\n"
            "        while True:\n"
            "            held.append(os.open('u', os.O_RDWR | os.O_CREAT))\n"
            "            os.unlink('u')\n"
            "    except OSError:\n"
            "        pass\n"
            "    block = bytes(1 << 20)\n"
            "    total = 0\n"
            "    for file in held:\n"
            "        try:\n"
            "            while True:\n"
            "                total += os.write(file, block)\n"
            "        except OSError:\n"
            "            pass\n"
            "    return total >> 20\n"
        )
        assert 0 < asker.value("f") <= 256


KILLED = """
import os, signal, threading
from grader.sandbox import Limits, wire
from grader.sandbox.sandlock_wall import SandlockWall
with SandlockWall(Limits()) as wall, wall.open() as box:
    box.load((wire.Cell("", "import os\\nopen('kept', 'w').close()\\ndef f():\\n    return os.getpid()\\ndef g():\\n    while True: pass"),))
    answer, data = box.ask(wire.Ask((wire.Call("f", ()),)), wire.Payload())
    print(wall._folder, wire.view(answer.outcomes[0].value, data).item(), flush=True)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
    box.ask(wire.Ask((wire.Call("g", ()),)), wire.Payload())
"""


def test_what_a_killed_grader_left_is_removed_by_the_next(wall, tmp_path, monkeypatch):
    """Its processes end with it, its folder goes with the next wall; folders of graders that live stay."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "other").mkdir()
    with SandlockWall(Limits()) as living:
        done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        folder, pid = done.stdout.split()
        assert os.path.isdir(folder)
        deadline = time.monotonic() + 10
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not os.path.exists(f"/proc/{pid}")
        with SandlockWall(Limits()):
            assert not os.path.exists(folder)
            assert parent(living)
    assert os.listdir(tmp_path) == ["other"]
