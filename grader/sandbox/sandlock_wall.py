"""The sandlock wall: one warm worker under Landlock and seccomp, a fork for each submission.

    grader --- pipes ---> sandlock: user namespace, Landlock, seccomp, a supervisor in the grader
                            warm worker: a Landlock domain of exactly the files that it needs
                              fork: a domain nested in that, its own scratch folder, a stricter filter, limits

The worker's folder holds links to numpy and msgspec and copies of the worker's files; of the machine it reads the
standard library without what is installed beside it, and shared libraries. Nothing of the checkout, /proc, /etc or
anybody's home.

The wall's folder is locked as long as its process lives. What a grader that was killed left in the temporary folder is
removed by the next wall: of its processes nothing is left, since a fork dies with its worker and starts no process.

A worker serves one submission after another. One that is no longer as it was is replaced, and so is one that has died.
As everything in its sandbox can be signalled by it and nothing else can, it kills what a fork leaves with one
`kill(-1)`.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import select
import shutil
import sys
import sysconfig
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from importlib.util import cache_from_source
from typing import Any, Final

from grader.errors import WallError
from grader.sandbox import Limits, inside, scratch, wire
from grader.sandbox.box import SWEPT_IN_VAIN, End, SandboxBox, Worker, await_ready
from grader.sandbox.channel import PipeChannel
from grader.sandbox.launch import package_folder

if sys.platform != "win32":
    import fcntl

READY_S: Final = 60.0
ENDING_S: Final = 2.0
"""For a worker whose stream has ended to end itself."""
LEAVE_S: Final = 8.0
"""For a worker to kill what its fork left, when its stream ends."""
_PREFIX: Final = "grader-sandlock-"
_HIDDEN: Final = frozenset({"site-packages", "dist-packages"})
_NOBODY: Final = 65534
# What neither numpy nor the warm worker needs. The calls of sockets can't be named here, sandlock handles them itself;
# each fork denies those and more (`confine.py`).
_DENIED: Final = (
    "listen accept accept4 recvmmsg memfd_create memfd_secret fsopen fsconfig fsmount fspick open_tree move_mount "
    "mount_setattr mount umount2 chroot fanotify_init fanotify_mark setpriority sched_setaffinity sched_setattr "
    "sched_setparam sched_setscheduler ioprio_set kcmp pidfd_open pidfd_getfd pidfd_send_signal process_vm_readv "
    "ptrace userfaultfd perf_event_open bpf keyctl add_key request_key unshare setns"
).split()


class SandlockWall:
    """Warm workers of one grading process: one for each box that is open at the same time."""

    name = "sandlock"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._folder = ""
        self._held = -1
        self._count = 0
        self._namespace = True

    def open(self) -> SandboxBox:
        """A box for one submission. Raises WallError when no worker can be had."""
        return SandboxBox(self._limits, self._take, self._give)

    def __enter__(self) -> SandlockWall:
        """Try the machine by starting a first worker. Raises WallError with what is missing."""
        check()
        _remove_leftovers()
        self._folder, self._held = _locked_folder()
        try:
            _furnish(self._folder)
            self._give(self._first())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()
        folder, self._folder = self._folder, ""
        if folder:
            scratch.remove(folder)
            os.close(self._held)

    def _take(self) -> Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._spawn()

    def _give(self, worker: Worker) -> None:
        with self._lock:
            if self._folder:
                self._idle.append(worker)
                return
        worker.kill()

    def _first(self) -> Worker:
        """The worker that shows what this machine allows: some let only root make user namespaces."""
        try:
            return self._spawn()
        except WallError:
            if os.geteuid() == 0:
                raise
        self._namespace = False
        return self._spawn()

    def _spawn(self) -> Worker:
        if not self._folder:
            raise WallError("sandlock: the wall is used as a context manager, and is not open")
        with self._lock:
            self._count += 1
            place = os.path.join(self._folder, f"worker-{self._count}")
        return _start(self._folder, place, self._limits, namespace=self._namespace)


def check() -> None:
    """Raises WallError, with what to do, unless this machine has what the wall needs."""
    if sys.platform != "linux":
        raise WallError(f"sandlock: needs Linux, and this is {platform.system()}: use docker instead")
    try:
        import sandlock
    except (ImportError, OSError) as error:
        raise WallError(f"sandlock: can't be imported ({error}): pip install 'backprop-grader[grade]'") from None
    found, needed = sandlock.landlock_abi_version(), sandlock.min_landlock_abi()
    newer = f"{needed} is needed: use Linux 6.12 or newer, or docker"
    if found <= 0:
        raise WallError(f"sandlock: the kernel has no Landlock (is it in the lsm= boot parameter?), and ABI {newer}")
    if found < needed:
        raise WallError(f"sandlock: the kernel's Landlock is ABI {found}, and {newer}")
    from grader.sandbox import confine

    try:
        confine.filter_program(platform.machine())
    except KeyError:
        raise WallError(f"sandlock: no system call filter for {platform.machine()}: use docker instead") from None


# --- the wall's folder ------------------------------------------------------------------------------------------------


def _locked_folder() -> tuple[str, int]:
    """A new folder, and the descriptor that keeps it locked."""
    while True:
        folder = tempfile.mkdtemp(prefix=_PREFIX)
        # Until it is locked, another wall may take it for a leftover: then it is gone now, or once the lock is had.
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(held, fcntl.LOCK_EX)
        if os.path.isdir(folder):
            return folder, held
        os.close(held)


def _remove_leftovers() -> None:
    """Remove the folders of graders that were killed: this user's, and locked by nobody."""
    with os.scandir(tempfile.gettempdir()) as entries:
        found = [entry.path for entry in entries if entry.name.startswith(_PREFIX)]
    for path in found:
        try:
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue  # it is gone, or somebody else's
        try:
            if os.fstat(held).st_uid == os.geteuid():
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                scratch.remove(path)
        except OSError:
            continue  # its grader lives, or another wall removes it now
        finally:
            os.close(held)


# --- one worker -------------------------------------------------------------------------------------------------------


def _start(folder: str, place: str, limits: Limits, *, namespace: bool) -> Worker:
    from sandlock import StdioMode

    os.mkdir(place, 0o700)
    policy = os.path.join(folder, f"{os.path.basename(place)}.json")
    files = _files(folder)
    with open(policy, "w", encoding="utf-8") as file:
        json.dump({**files, "writes": [place]}, file)
    python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    command = [python, "-I", "-S", "-B", os.path.join(folder, "worker", "start.py"), os.path.join(folder, "site")]
    command += ["warm", "--alone", "--confine", "--scratch", place, "--domain", policy]
    sandbox = _sandbox(folder, place, python, limits, _NOBODY if namespace else None)
    try:
        with warnings.catch_warnings():
            # sandlock 0.9 takes gid together with uid, and warns that it does nothing with it.
            warnings.filterwarnings("ignore", "Policy field 'gid'", UserWarning)
            process = sandbox.popen(command, stdin=StdioMode.PIPED, stdout=StdioMode.PIPED, stderr=StdioMode.PIPED)
    except RuntimeError as error:
        raise WallError(f"sandlock: the sandbox could not be started: {error}") from None
    channel = PipeChannel(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()))
    process.stdout.close()
    process.stdin.close()
    worker = Worker(channel, _killer(process, channel, place, policy), lambda: _why(process))
    try:
        await_ready(channel, time.monotonic() + READY_S)
        worker.own_mib = _size_mib(process.pid)
    except (TimeoutError, EOFError, OSError, wire.WireError) as error:
        said = _said(process.stderr)
        worker.kill()
        raise WallError(f"sandlock: the worker did not start ({said or error or type(error).__name__})") from None
    return worker


def _sandbox(folder: str, place: str, python: str, limits: Limits, user: int | None) -> Any:
    from sandlock import Sandbox

    readable = [folder, python, *_library_folders(), *_site_packages(), sysconfig.get_path("stdlib")]
    readable += [path for path in ("/dev/null", "/dev/urandom", "/etc/ld.so.cache") if os.path.exists(path)]
    return Sandbox(
        fs_readable=[os.path.realpath(path) for path in dict.fromkeys(readable)],
        fs_writable=[place, "/dev/null"],
        clean_env=True,
        env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        cwd=place,
        max_processes=limits.processes + 1,
        # No max_memory: for that, sandlock stops every mmap to count it, and a fork is one process, which its own limit
        # on address space holds.
        extra_deny_syscalls=list(_DENIED),
        uid=user,
        gid=user,
        no_coredump=True,
    )


def _killer(process: Any, channel: PipeChannel, place: str, policy: str) -> Any:
    done = threading.Event()

    def kill() -> None:
        if done.is_set():
            return
        done.set()
        # The end of its stream tells the worker to kill what its fork left, which can't be found from here.
        channel.close()
        process.wait(LEAVE_S)
        with contextlib.suppress(OSError):
            process.stderr.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(policy)
        with contextlib.suppress(FileNotFoundError):
            scratch.remove(place)

    return kill


def _why(process: Any) -> End:
    """Why the worker has ended, whose stream has."""
    result = process.wait(ENDING_S)
    if result.exit_code == SWEPT_IN_VAIN:
        return End("it could not be rid of what it started", doubtful=False)
    return End("its worker was killed" if result.signal > 0 else f"its worker exited with status {result.exit_code}")


def _size_mib(pid: int) -> int:
    """The address space of the worker, which can't see it itself; looked up before its first fork."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        pages = int(statm.read().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def _said(stderr: Any) -> str:
    if not select.select([stderr], [], [], 0.2)[0]:
        return ""
    return " ".join(os.read(stderr.fileno(), 4000).decode(errors="replace").split())[-300:]


# --- what a worker reads ----------------------------------------------------------------------------------------------


def _furnish(folder: str) -> None:
    """Put the worker's files, and links to its libraries, into `folder`."""
    os.makedirs(os.path.join(folder, "worker", "__pycache__"))
    for file in inside.paths():
        copy, stat = os.path.join(folder, "worker", file.name), file.stat()
        shutil.copyfile(file, copy)
        os.utime(copy, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # by which Python knows its bytecode
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(cache_from_source(file), cache_from_source(copy))
    os.mkdir(os.path.join(folder, "site"))
    for path in _site_packages():
        os.symlink(path, os.path.join(folder, "site", os.path.basename(path)))


def _files(folder: str) -> dict[str, list[str]]:
    """What a worker may list and read, as `confine.Domain` takes it."""
    stdlib = os.path.realpath(sysconfig.get_path("stdlib"))
    reads = [os.path.join(folder, "worker"), os.path.join(folder, "site"), *_site_packages(), "/dev/urandom"]
    reads += [entry.path for entry in os.scandir(stdlib) if entry.name not in _HIDDEN]
    reads += _shared_libraries()
    return {"lists": [stdlib], "reads": [path for path in reads if os.path.exists(path)]}


def _site_packages() -> list[str]:
    """The real folders of numpy, the libraries beside it, and msgspec."""
    found = [package_folder("numpy"), package_folder("msgspec")]
    beside = os.path.join(os.path.dirname(found[0]), "numpy.libs")
    return [*found, beside] if os.path.isdir(beside) else found


def _library_folders() -> list[str]:
    """The folders of the shared libraries that this process runs on, but for those of Python packages."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if re.search(r"\.so[.\d]*$", line)}
    outside = {os.path.dirname(path) for path in paths if "python" not in os.path.dirname(path)}
    libpython = sysconfig.get_config_var("LIBDIR")
    return sorted({*outside, *([libpython] if libpython and os.path.isdir(libpython) else [])})


def _shared_libraries() -> Iterator[str]:
    for folder in _library_folders():
        with os.scandir(folder) as entries:
            yield from (os.path.realpath(entry.path) for entry in entries if re.search(r"\.so[.\d]*$", entry.name))
    yield from (path for path in ("/etc/ld.so.cache",) if os.path.exists(path))
