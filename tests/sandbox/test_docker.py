"""The docker wall against a real engine: what a container can't do, and what happens when things break."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from io import BytesIO

import class_samples as samples
import numpy as np
import pytest

from grader.errors import Died, Hung, WallError
from grader.sandbox import Limits, image, wire
from grader.sandbox.box import End
from grader.sandbox.container import OWNER
from grader.sandbox.docker_wall import DockerWall, is_leftover
from grader.sandbox.engine import connect

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

LIMITS = Limits(question_s=5.0, memory_mib=128, processes=16)


@pytest.fixture(scope="module")
def client(require):
    """The engine, which holds the image."""
    try:
        found = connect()
        image.find(found)
    except WallError as error:
        require("docker", str(error))
    yield found
    found.close()


@pytest.fixture(scope="module")
def wall(client):
    with DockerWall(LIMITS) as opened:
        yield opened


def load(box, source: str) -> None:
    loaded = box.load((wire.Cell("sample.py", source),))
    assert not loaded.notes


def call(box, function: str, *numbers: float):
    """What `function` of the submission returns, as plain Python; its error's text where it raises."""
    payload = wire.Payload()
    arguments = tuple(payload.add(np.asarray(number), "scalar") for number in numbers)
    answer, data = box.ask(wire.Ask((wire.Call(function, arguments),)), payload)
    outcome = answer.outcomes[0]
    return f"{outcome.error.type}: {outcome.error.message}" if outcome.error else plain(outcome.value, data)


def plain(value, data):
    if isinstance(value, wire.Array):
        return wire.view(value, data).tolist()
    if isinstance(value, wire.Sequence):
        return [plain(item, data) for item in value.items]
    return value.value if isinstance(value, wire.Text) else value


def in_fresh_box(wall, source: str, function: str = "f", *numbers: float):
    with wall.open() as box:
        load(box, source)
        return call(box, function, *numbers)


def owned(client, owner: str) -> list[str]:
    return [found["Id"] for found in client.api.containers(all=True, filters={"label": f"{OWNER}={owner}"})]


# --- what a container is ----------------------------------------------------------------------------------------------

LEAVE_A_FILE = """
import os, socket

def f():
    left = [name for folder in ("/tmp", "/dev/shm") for name in os.listdir(folder) if name == "left"]
    for folder in ("/tmp", "/dev/shm"):
        open(folder + "/left", "w").close()
    return [socket.gethostname(), len(left)]
"""


def test_each_submission_has_a_fresh_container(wall):
    """What one submission writes is not there for the next, which is in another container."""
    first, second = in_fresh_box(wall, LEAVE_A_FILE), in_fresh_box(wall, LEAVE_A_FILE)
    assert [first[1], second[1]] == [0, 0]
    assert first[0] != second[0]


def test_root_is_read_only(wall):
    """What keeps a submission from writing is the mount, and not the modes of folders alone."""
    assert "Read-only file system" in in_fresh_box(wall, "def f():\n    open('/box/x', 'w')")


def test_scratch_is_small_and_not_executable(wall):
    """The one place that can be written to holds 16 MiB and is no place for machine code."""
    fill = """
def f():
    total = 0
    try:
        for n in range(8):
            with open(f"file {n}", "wb", buffering=0) as file:
                for _ in range(8):
                    total += file.write(bytes(1 << 20))
    except OSError as error:
        return [error.errno, total >> 20]
"""
    assert in_fresh_box(wall, fill) == [28, 16]
    execute = """
import _ctypes, ctypes, shutil
def f():
    shutil.copyfile(_ctypes.__file__, "/tmp/copied.so")
    ctypes.CDLL("/tmp/copied.so")
"""
    assert "failed to map segment" in in_fresh_box(wall, execute)


def test_no_network(wall):
    """There is no interface but the loopback, and no socket to be had."""
    interfaces = "def f():\n    return [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line]"
    assert in_fresh_box(wall, interfaces) == ["lo"]
    assert in_fresh_box(wall, "import socket\ndef f():\n    socket.socket()").startswith("PermissionError")


def test_not_root_and_no_way_to_become_it(wall):
    """The user is not root, holds no capability, can't gain any, and is under a system call filter."""
    source = """
import os
def f():
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    rights = [status[key].strip() for key in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")]
    return [*rights, str(min(os.getresuid() + os.getresgid()) > 0)]
"""
    none = "0" * 16
    assert in_fresh_box(wall, source) == [none, none, none, "1", "2", "True"]


@pytest.mark.parametrize(
    "attempt",
    [
        "os.memfd_create('x')",
        "os.unshare(0x10000000)" if hasattr(os, "unshare") else "libc('unshare', 0x10000000)",
        "libc('ptrace', 16, 1, 0, 0)",
        "libc('mount', b'x', b'/tmp', b'tmpfs', 0, None)",
        "os.setpriority(os.PRIO_PROCESS, 1, 5)",
        "os.sched_setaffinity(1, {0})",
        "resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3))",
        "open('/proc/1/mem', 'rb')",
        "os.listdir('/proc/1/fd')",
        "os.open('/proc/1/fd/1', os.O_WRONLY)",
    ],
)
def test_the_worker_and_the_kernel_are_out_of_reach(wall, attempt):
    """System calls beyond numpy's needs are denied, and so is the worker's memory, streams and limits."""
    source = f"""
import ctypes, os, resource

def libc(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) < 0:
        raise PermissionError(ctypes.get_errno(), "denied")

def f():
    {attempt}
"""
    assert in_fresh_box(wall, source).startswith("PermissionError")


def test_the_worker_can_not_be_killed(wall):
    """Signals to process 1 come to nothing, so a submission can't take its own worker away."""
    source = """
import os
def f():
    for signal in range(1, 65):
        try:
            os.kill(1, signal)
        except OSError:
            assert signal in (32, 33)
    return 1
"""
    with wall.open() as box:
        load(box, source)
        assert call(box, "f") == 1
        assert call(box, "f") == 1


@pytest.mark.parametrize("spoil", ["os.rename(here, '/tmp/moved')", "os.rmdir(here), os.symlink('/', here)"])
def test_a_submission_that_spoils_its_own_folder_has_another_worker(wall, spoil):
    """In its container it may do so; what it is asked next is asked of a fresh one."""
    with wall.open() as box:
        load(box, f"import os\nhere = os.getcwd()\n{spoil}\ndef f():\n    return 1")
        assert call(box, "f") == 1
        load(box, "def f():\n    return 2")
        assert call(box, "f") == 2


def test_nothing_of_the_grader_is_inside(wall):
    """The image holds numpy, msgspec and the worker; the grader, the reference and pip are nowhere in it."""
    source = """
import os
def f():
    wanted = {"grader", "reference", "assignments", "pip", "docker", "box.py", "docker_wall.py"}
    found = []
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
        found += [os.path.join(folder, name) for name in wanted.intersection([*folders, *files])]
    return found + sorted(os.listdir("/box"))
"""
    with wall.open() as box:
        load(box, source)
        assert call(box, "f") == ["sbom.json", "site", "worker"]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_threads_are_limited(wall):
    """A submission starts no process, and no more threads than it may have; its question is answered."""
    source = """
import os, threading
def f():
    end = threading.Event()
    made = 0
    try:
        os.fork()
    except PermissionError:
        pass
    try:
        while made < 500:
            threading.Thread(target=end.wait, daemon=True).start()
            made += 1
    except RuntimeError:
        return made
    finally:
        end.set()
"""
    assert 0 < in_fresh_box(wall, source) <= LIMITS.processes


def test_one_process_gets_a_memory_error(wall):
    """A submission that asks for too much at once is told so, and its process lives on."""
    with wall.open() as box:
        load(box, "import numpy as np\ndef f(mib):\n    return float(np.ones(int(mib) << 17)[-1])")
        assert "MemoryError" in call(box, "f", 1000)
        assert call(box, "f", 10) == 1.0


def test_a_question_that_hangs_costs_itself(wall):
    """After the deadline the same box loads and answers again."""
    with DockerWall(Limits(question_s=0.5)) as quick, quick.open() as box:
        load(box, "def hang():\n    while True: pass\ndef f():\n    return 1")
        with pytest.raises(Hung):
            call(box, "hang")
        load(box, "def f():\n    return 2")
        assert call(box, "f") == 2


# --- breaking ---------------------------------------------------------------------------------------------------------


def test_a_container_killed_from_outside_is_the_submissions_end_only(client):
    """The question in progress is lost; the same box and the next submission work."""
    with DockerWall(LIMITS) as wall:
        with wall.open() as box:
            load(box, "import time, socket\ndef name():\n    return socket.gethostname()\ndef f():\n    time.sleep(60)")
            identity = call(box, "name")
            threading.Timer(0.3, lambda: client.api.kill(identity)).start()
            with pytest.raises(Died, match="killed"):
                call(box, "f")
            load(box, "def f():\n    return 1")
            assert call(box, "f") == 1
        assert in_fresh_box(wall, "def f():\n    return 2") == 2


def test_a_container_that_ends_while_it_waits_is_replaced(client):
    """A container that is killed in the pool costs nobody anything."""
    with DockerWall(LIMITS) as wall:
        assert in_fresh_box(wall, "def f():\n    return 2") == 2
        time.sleep(1)
        for identity in owned(client, wall._owner):
            client.api.kill(identity)
        assert in_fresh_box(wall, "def f():\n    return 3") == 3


def test_leaving_the_wall_removes_every_container(client):
    """Neither those in use nor those made ahead stay."""
    with DockerWall(LIMITS, jobs=2) as wall:
        box = wall.open()
        load(box, "def f():\n    return 1")
        assert owned(client, wall._owner)
    assert owned(client, wall._owner) == []


def test_what_a_killed_grader_left_is_removed(client):
    """The next wall on the machine removes containers of a process that is gone, and only those."""
    program = """
import sys, time
from grader.sandbox.docker_wall import DockerWall
with DockerWall() as wall:
    wall.take()
    print(wall._owner, flush=True)
    time.sleep(100)
"""
    with DockerWall(LIMITS) as neighbour:
        assert in_fresh_box(neighbour, "def f():\n    return 1") == 1
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as killed:
            owner = killed.stdout.readline().strip()
            assert owned(client, owner)
            killed.send_signal(signal.SIGKILL)
        # What it had asked the engine for when it was killed may turn up a moment later.
        deadline = time.monotonic() + 30
        while owned(client, owner) and time.monotonic() < deadline:
            with DockerWall(LIMITS):
                assert owned(client, neighbour._owner)
        assert owned(client, owner) == []


@pytest.mark.parametrize(
    ("owner", "state"),
    [
        ("elsewhere:1:abc", "exited"),
        ("HOST:PID:abc", "running"),
        ("HOST:not-a-number:abc", "exited"),
        ("HOST:99999999999999999999:abc", "exited"),
        (f"HOST:{'9' * 5000}:abc", "exited"),
        ("HOST:٣:abc", "exited"),
        ("", "exited"),
    ],
)
def test_other_peoples_containers_are_left_alone(owner, state):
    """Another machine's, a living process's and a stranger's container is no leftover."""
    owner = owner.replace("HOST", socket.gethostname()).replace("PID", str(os.getpid()))
    assert is_leftover(owner, state) is False


def test_a_dead_process_has_leftovers():
    """A container whose owner's process has ended is a leftover."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert is_leftover(f"{socket.gethostname()}:{ended.pid}:abc", "running")


def test_no_engine(monkeypatch, tmp_path):
    """An engine that can't be reached is one clear line that says where it was looked for and what to do."""
    address = f"unix://{tmp_path}/none.sock"
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(WallError, match="no engine answers at") as caught, DockerWall(LIMITS):
        pass
    assert address in str(caught.value)
    assert "start one" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_image(client):
    """An engine without the image is a line that says how to make it."""
    with pytest.raises(WallError, match="holds no image no-such-image: run `make image`"):
        image.find(client, "no-such-image")


def test_an_image_of_another_version_is_refused(client):
    """An image whose worker differs from the grader's is not used."""
    recipe = f"FROM {image.NAME}\nLABEL {image.LABEL}worker=another\n"
    client.images.build(fileobj=BytesIO(recipe.encode()), tag="backprop-grader-test-another", rm=True)
    try:
        with (
            pytest.raises(WallError, match=r"another version of the worker \(worker differ"),
            DockerWall(LIMITS, image_name="backprop-grader-test-another"),
        ):
            pass
    finally:
        client.images.remove("backprop-grader-test-another")


def test_an_image_whose_worker_does_not_start(client):
    """A container that never says Ready is the machine's fault, tried twice, with what it said."""
    recipe = f'FROM {image.NAME}\nENTRYPOINT ["python3", "-c", "raise SystemExit(\'no worker here\')"]\n'
    client.images.build(fileobj=BytesIO(recipe.encode()), tag="backprop-grader-test-broken", rm=True)
    try:
        with DockerWall(LIMITS, image_name="backprop-grader-test-broken") as wall:
            with pytest.raises(WallError, match=r"did not start \(no worker here\)"):
                wall.take()
            owner = wall._owner
        assert owned(client, owner) == []
    finally:
        client.images.remove("backprop-grader-test-broken")


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("held = bytearray(1 << 30)", "ran out of memory"),
        ("raise SystemExit(3)", "exited with status 3"),
    ],
)
def test_why_a_container_ended(client, end, reason):
    """Out of memory, an exit and a removal are told apart."""
    ready = wire.encode(wire.Ready(wire.VERSION, "3", "2"))
    program = f"import os, sys; os.write(1, bytes({list(ready)})); sys.stdin.readline(); {end}"
    recipe = f"FROM {image.NAME}\nENTRYPOINT {json.dumps(['python3', '-c', program])}\n"
    name = "backprop-grader-test-ends"
    client.images.build(fileobj=BytesIO(recipe.encode()), tag=name, rm=True)
    try:
        with DockerWall(LIMITS, image_name=name) as wall:
            taken = wall.take()
            deadline = time.monotonic() + 20
            taken.channel.send(b"go\n", deadline)
            with pytest.raises(EOFError):
                taken.channel.receive(1, deadline)
            assert taken.why_dead().why == reason
            wall._discard(taken)
            gone = wall.take()
            client.api.remove_container(gone.id, force=True)
            assert gone.why_dead() == End("its container was removed")
            wall._discard(gone)
    finally:
        client.images.remove(name, force=True)


def test_an_unknown_runtime(client):
    """A runtime that the engine doesn't have is named, with those that it has."""
    with pytest.raises(WallError, match=r"no runtime 'none-such' \(it has .*runc"), DockerWall(runtime="none-such"):
        pass


HOSTILE = """
import ctypes, os, signal, socket

def attempt(what, *arguments):
    try:
        return what(*arguments)
    except (OSError, ValueError):
        return None

libc = ctypes.CDLL(None)
attempt(os.fork)
attempt(os.kill, 1, signal.SIGKILL)
attempt(os.kill, -1, signal.SIGKILL)
attempt(socket.socket)
attempt(libc.ptrace, 16, 1, 0, 0)
attempt(libc.mount, b"x", b"/tmp", b"tmpfs", 0, None)
for name in os.listdir("/proc/self/fd"):
    attempt(os.write, int(name), b"marks: 10")

def sigmoid_neuron_forward(w, x):
    os._exit(0)

def sigmoid_neuron_backward(df, cache):
    os._exit(0)
"""


@pytest.fixture
def runsc(client, require) -> str:
    """The runtime of gVisor, where the engine has it."""
    known = client.info()["Runtimes"]
    require("runsc", None if "runsc" in known else "the engine has no runtime runsc")
    return "runsc"


def test_gvisor(runsc):
    """Under gVisor the same image answers, on a kernel that isn't this machine's."""
    with DockerWall(Limits(), runtime=runsc) as wall:
        release = in_fresh_box(wall, "import os\ndef f():\n    return os.uname().release")
    assert release != os.uname().release


@pytest.mark.parametrize("attempt", ["os.fork()", "os.memfd_create('x')", "__import__('socket').socket()"])
def test_a_fork_has_its_filter_under_gvisor(runsc, attempt):
    """The runtime passes docker/seccomp.json over, but not the filter that each fork puts on itself."""
    with DockerWall(Limits(), runtime=runsc) as wall:
        assert in_fresh_box(wall, f"import os\ndef f():\n    {attempt}").startswith("PermissionError")


def test_a_class_is_graded_under_gvisor(runsc, tmp_path):
    """An honest submission gets its marks beside one that attacks and one that hangs, which cost only themselves."""
    samples.a_class(tmp_path / "class", ada=samples.RIGHT, eve=HOSTILE, mallory="while True:\n    pass\n")
    options = ["--runtime", runsc, "--question-time", 5]
    done = samples.grade(tmp_path / "class", tmp_path / "out", *options, wall="docker")
    assert done.code == 0, done.err
    rows = samples.rows(tmp_path / "out")
    assert [(student, row["status"]) for student, row in rows.items()] == [
        (each, "graded") for each in ("ada", "eve", "mallory")
    ]
    assert rows["ada"]["total"] == rows["ada"]["max"]
    assert float(rows["eve"]["total"]) == float(rows["mallory"]["total"]) == 0
    assert samples.result(tmp_path / "out", "ada")["sandbox"] == "docker"


def test_an_image_built_here_has_the_graders_labels(client):
    """The labels of the image are those that the grader computes from its own files."""
    found = client.images.get(image.NAME)
    assert {key: found.labels.get(key) for key in image.labels()} == image.labels()


def test_a_wheel_without_the_engines_files(monkeypatch, tmp_path):
    """Where docker/ is not beside the package, the line says that a checkout is needed."""
    assert image.checkout_file("docker/seccomp.json").is_file()
    monkeypatch.setattr(image, "_CHECKOUT", tmp_path)
    with pytest.raises(WallError, match="needs a checkout"):
        image.labels()
