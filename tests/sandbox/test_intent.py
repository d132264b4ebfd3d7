"""What submissions with intent try, in the walls that keep them in: each attempt fails, and the next submission is served."""

from __future__ import annotations

import os
import sys

import pytest

from tests.sandbox.conftest import Asker

TRY = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def attempt(action, *arguments):
    try:
        result = action(*arguments)
    except BaseException as error:
        return type(error).__name__
    return 'done: ' + str(result)[:200]
def syscall(number, *arguments):
    def run():
        if libc.syscall(number, *[ctypes.c_long(each) for each in arguments]) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return 'a success'
    return attempt(run)
"""


@pytest.fixture
def asker(strong_wall):
    """A box of a wall that keeps intent in."""
    with strong_wall.open() as box:
        yield Asker(box)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/etc/shadow",
        os.path.abspath(__file__),
        os.path.join(os.path.dirname(__file__), "..", "..", "pyproject.toml"),
        "/proc/1/mem",
        os.path.expanduser("~/.bashrc"),
    ],
)
def test_files_of_the_machine_are_out_of_reach(sandlock_wall, path):
    """Neither the machine's files, nor the checkout's, nor anybody's home can be read."""
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(TRY + f"def f():\n    return attempt(open, {path!r})\n")
        assert asker.value("f") in {"PermissionError", "FileNotFoundError"}


@pytest.mark.parametrize("path", ["/", "/proc", "/home", "/tmp", "/work", os.path.dirname(os.path.dirname(__file__))])
def test_folders_of_the_machine_are_out_of_reach(sandlock_wall, path):
    """Nothing can be listed that is not the box's."""
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(TRY + f"def f():\n    return attempt(os.listdir, {path!r})\n")
        assert asker.value("f") in {"PermissionError", "FileNotFoundError"}


def test_memory_of_the_warm_worker_is_out_of_reach(asker):
    """The parent's memory can't be opened, attached to or read."""
    asker.load(
        TRY + "def f():\n"
        "    parent = os.getppid()\n"
        "    return (attempt(open, f'/proc/{parent}/mem', 'rb'), attempt(open, f'/proc/{parent}/environ', 'rb'),\n"
        "            syscall(101, 16, parent, 0, 0), syscall(310, parent, 0, 0, 0, 0, 0))\n"
    )
    assert not any("done" in each for each in asker.value("f"))


@pytest.mark.parametrize("signal", [9, 15, 19, 23])
def test_the_warm_worker_can_not_be_signalled(sandlock_wall, signal):
    """Nor can anything else outside the fork."""
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(
            TRY + f"def f():\n    return attempt(os.kill, os.getppid(), {signal}), attempt(os.kill, 1, {signal})\n"
        )
        assert asker.value("f") == ("PermissionError", "PermissionError")


def test_limits_and_priorities_of_others_can_not_be_set(asker):
    """Not by prlimit, setpriority, sched_setaffinity or sched_setscheduler, on the parent or on all of the user's."""
    asker.load(
        TRY + "import resource\n"
        "def f():\n"
        "    parent = os.getppid()\n"
        "    return (attempt(resource.prlimit, parent, resource.RLIMIT_CPU, (1, 1)),\n"
        "            attempt(os.setpriority, os.PRIO_PROCESS, parent, 19), attempt(os.setpriority, os.PRIO_USER, 0, 19),\n"
        "            attempt(os.sched_setaffinity, parent, {0}))\n"
    )
    assert not any("done" in each for each in asker.value("f"))


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_no_sockets(sandlock_wall, family, kind):
    """There is no socket of any family to be had."""
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(
            TRY + f"import socket\ndef f():\n    return attempt(socket.socket, socket.{family}, socket.{kind})\n"
        )
        assert asker.value("f") == "PermissionError"


SYSCALLS = {
    "mptcp": (41, 2, 1, 262),
    "socketpair": (53, 1, 1, 0, 0),
    "memfd_create": (319, 0, 0),
    "memfd_secret": (447, 0),
    "fsopen": (430, 0, 0),
    "open_tree": (428, -100, 0, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "chroot": (161, 0),
    "fanotify_init": (300, 0, 0),
    "io_uring_setup": (425, 8, 0),
    "bpf": (321, 0, 0, 0),
    "userfaultfd": (323, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "keyctl": (250, 0, 0, 0),
    "unshare": (272, 0x10000000),
    "clone new user": (56, 0x10000011, 0, 0, 0, 0),
    "pidfd_open": (434, 1, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "mq_open": (240, 0, 0o102, 0o600, 0),
    "personality": (135, 0xFFFFFFFF),
    "execve": (59, 0, 0, 0),
    "inotify_init1": (294, 0),
    "mlockall": (151, 1),
    "syncfs": (306, 0),
    "seccomp": (317, 1, 0, 0),
    "fchmodat2": (452, -100, 0, 0, 0),
    "statmount": (457, 0, 0, 0, 0),
    "setxattrat": (463, -100, 0, 0, 0, 0, 0),
    "outlive the parent": (157, 1, 0, 0, 0, 0),
    "landlock": (444, 0, 0, 1),
    "from the future": (600, 0),
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are x86_64's")
@pytest.mark.parametrize("number", SYSCALLS.values(), ids=list(SYSCALLS))
def test_system_calls_that_numpy_does_not_need(sandlock_wall, number):
    """Each is refused before its arguments are looked at."""
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(TRY + f"def f():\n    return syscall(*{number})\n")
        assert asker.value("f") == "PermissionError"


def test_other_programs_can_not_be_started(asker):
    """Neither a shell nor another Python."""
    asker.load(
        TRY + "import subprocess, sys\n"
        "def f():\n"
        "    return attempt(subprocess.run, ['/bin/sh', '-c', 'true']), attempt(subprocess.run, [sys.executable, '-c', '1'])\n"
    )
    assert set(asker.value("f")) <= {"PermissionError", "FileNotFoundError", "OSError"}


def test_the_answers_can_not_be_imported(wall):
    """Neither `reference` nor `grader` exists in a box: whatever is imported by these names is a stand-in."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load(
            "import sys, importlib.util\n"
            "import reference, reference.solutions, grader, torch\n"
            "def f():\n"
            "    kinds = {type(module).__name__ for module in (reference, reference.solutions, grader, torch)}\n"
            "    return sorted(kinds), sorted(name for name in sys.modules if name.startswith('nbformat'))\n"
        )
        assert asker.value("f") == (["Module"], [])


def test_no_expected_value_is_within_reach(wall):
    """Nothing on the stack, in the modules or among all live objects knows of a judge."""
    with wall.open() as box:
        asker = Asker(box)
        asker.load(
            "import gc, sys\n"
            "def f():\n"
            "    names = set(sys.modules)\n"
            "    frame = sys._getframe()\n"
            "    while frame:\n"
            "        names |= set(frame.f_locals) | {frame.f_code.co_filename}\n"
            "        frame = frame.f_back\n"
            "    text = ' '.join(map(str, names)) + ' '.join(o for o in gc.get_objects() if type(o) is str)\n"
            "    return [word for word in ('expected', 'judge', 'solutions', 'mistake') if word in text.lower()]\n"
        )
        assert asker.value("f") == []


def test_no_process_can_be_started(asker):
    """Not by fork, vfork or clone, so nothing outlives a submission; threads can."""
    asker.load(
        TRY + "import threading\n"
        "def f():\n"
        "    found = []\n"
        "    thread = threading.Thread(target=found.append, args=(1,))\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    return attempt(os.fork), syscall(57), syscall(58), syscall(56, 17, 0, 0, 0, 0), found\n"
    )
    *attempts, found = asker.value("f")
    assert attempts == ["PermissionError"] * 4
    assert found == [1]


OTHERS_FILE = {
    "chmod": "os.chmod(path, 0o755)",
    "chmod by descriptor": "os.chmod(os.open(path, os.O_RDONLY), 0o755)",
    "chmod by folder": "os.chmod(os.path.basename(path), 0o755, dir_fd=os.open(os.path.dirname(path), os.O_RDONLY))",
    "chown": "os.chown(path, os.getuid(), os.getgid())",
    "lchown": "os.lchown(path, os.getuid(), os.getgid())",
    "times": "os.utime(path)",
    "attribute": "os.setxattr(path, 'user.grader', b'1')",
    "attribute removed": "os.removexattr(path, 'user.grader')",
    "lock": "fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)",
    "lease": "fcntl.fcntl(os.open(path, os.O_RDONLY), 1024, fcntl.F_WRLCK)",
    "notify": "fcntl.fcntl(os.open(os.path.dirname(path), os.O_RDONLY), 1026, 1)",
    "owner of signals": "fcntl.fcntl(os.open(path, os.O_RDONLY), 8, os.getpid())",
    "signal": "fcntl.fcntl(os.open(path, os.O_RDONLY), 10, 12)",
    "write hint": "fcntl.fcntl(os.open(path, os.O_RDONLY), 1038, 0)",
    "flags of the file system": "fcntl.ioctl(os.open(path, os.O_RDONLY), 0x40086602, bytes(8))",
    "larger pipe": "fcntl.fcntl(os.pipe()[1], 1031, 1 << 20)",
}


@pytest.mark.parametrize("action", OTHERS_FILE.values(), ids=list(OTHERS_FILE))
def test_files_of_the_graders_user_keep_what_belongs_to_them(asker, action):
    """The box reads the library as the user that owns it: neither modes, owners and times nor leases can be had."""
    asker.load(
        TRY + "import fcntl, numpy\n"
        "def f():\n"
        "    path = os.path.join(os.path.dirname(os.__file__), 'bisect.py')\n"
        f"    return attempt(lambda: {action})\n"
    )
    assert asker.value("f") == "PermissionError"


def test_ordinary_files_work(asker):
    """What an honest submission does with files in its folder goes on under the filter."""
    asker.load(
        "import json, os, pathlib, shutil, tempfile\n"
        "import numpy as np\n"
        "def f():\n"
        "    np.save('a.npy', np.arange(3.0))\n"
        "    np.savez('a.npz', a=np.arange(3.0))\n"
        "    shutil.copyfile('a.npy', 'b.npy')\n"
        "    os.replace('b.npy', 'c.npy')\n"
        "    pathlib.Path('d').mkdir()\n"
        "    pathlib.Path('d/e.json').write_text(json.dumps({'x': 1}))\n"
        "    with tempfile.TemporaryFile(dir='.') as file:\n"
        "        file.write(b'1')\n"
        "    with tempfile.TemporaryDirectory(dir='.') as folder:\n"
        "        open(os.path.join(folder, 'x'), 'w').close()\n"
        "    shutil.rmtree('d')\n"
        "    with open('out.txt', 'a+') as file:\n"
        "        print('hello', file=file)\n"
        "    return float(np.load('c.npy').sum() + np.load('a.npz')['a'].sum()), sorted(os.listdir('.'))\n"
    )
    total, names = asker.value("f")
    assert total == 6.0
    assert {"a.npy", "a.npz", "c.npy", "out.txt"} <= set(names)


def test_the_worker_is_the_same_for_the_next_submission(sandlock_wall):
    """A fork that lowers its own limits as far as they go leaves the worker and the next fork as they were."""
    source = "import os, resource\ndef f():\n    return os.getppid(), resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(source + "resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))\nos.umask(0o777)\n")
        parent, files = asker.value("f")
        assert files == 20
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(source)
        assert asker.value("f") == (parent, 32)


def test_the_scratch_folder_is_all_that_can_be_written(asker, strong_wall):
    """Not the library, not the worker's files, and, where another submission comes to lie there, not the folder above."""
    above = "../x" if strong_wall.name == "sandlock" else "../../x"
    asker.load(
        TRY + "import numpy, sys\n"
        "def f():\n"
        f"    paths = [numpy.__file__, sys.modules['boxworker.session'].__file__, {above!r}, os.__file__]\n"
        "    return [attempt(open, path, 'a') for path in paths] + [attempt(os.link, numpy.__file__, 'n')]\n"
    )
    assert not any("done" in each for each in asker.value("f"))


def test_what_a_worker_may_read_is_not_told(sandlock_wall):
    """The list of its files, which names folders of the machine, is out of reach once the worker has read it."""
    with sandlock_wall.open() as box:
        asker = Asker(box)
        asker.load(
            TRY
            + "def f():\n    place = os.path.dirname(os.getcwd())\n    return attempt(open, place + '.json'), place\n"
        )
        told, place = asker.value("f")
        assert told == "PermissionError"
        assert os.path.exists(place + ".json")


def test_patched_numpy_stays_in_its_fork(strong_wall):
    """What one submission does to numpy, the next does not see."""
    with strong_wall.open() as box:
        asker = Asker(box)
        asker.load("import numpy as np\nnp.exp = lambda x: 0\ndef f():\n    return np.exp(1.0)\n")
        assert asker.value("f") == 0
    with strong_wall.open() as box:
        asker = Asker(box)
        asker.load("import numpy as np\ndef f():\n    return np.exp(0.0)\n")
        assert asker.value("f") == 1.0


def test_global_site_packages_are_out_of_reach(asker):
    """What is installed beside the base Python, or beside the grader, can't be imported by adding its folder."""
    folders = [path for path in sys.path if "site-packages" in path]
    folders += [os.path.join(os.path.dirname(os.__file__), "site-packages")]
    asker.load(
        TRY + "import sys, importlib.machinery\n"
        f"def f():\n    sys.meta_path[:] = [importlib.machinery.PathFinder]\n    sys.path += {folders!r}\n"
        "    return [attempt(__import__, name) for name in ('typer', 'sympy', 'torch', 'IPython', 'grader')]\n"
    )
    assert not any("done" in each for each in asker.value("f"))
