"""What lies around a run: treasures where an attacker might look, traps, and a look at everything before and after.

Treasures are words that a pattern finds (`treasure-KIND-` and 16 hexadecimal digits), so that an attack can tell when it
has one, and the tests when it has told. Whatever an attack leaves somewhere has this run's mark in its name: other
processes of the machine are not taken for it.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import socket
import stat
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from grader.sandbox.launch import package_folder

ROOT = Path(__file__).parents[2]
SHARED = ("/tmp", "/var/tmp", "/dev/shm")
HASHED_BYTES = 1 << 16
SETTLE_S = 5.0
_IPC_CREAT, _IPC_RMID, _SHM_BYTES = 0o1000, 0, 4096

_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmat.restype = ctypes.c_void_p


class Outside:
    """The surroundings of one run, below a folder of their own; left as they were when it is closed."""

    def __init__(self, base: Path) -> None:
        self._mark = secrets.token_hex(6)
        self.treasures: dict[str, str] = {}
        self._undo = ExitStack()
        self._before: dict[str, Any] = {}
        self.submissions = base / "class"
        self.out = base / "out"
        self.told = base / "told.json"
        self.home = base / "home"
        self.scratch = base / "scratch"
        self.left = f"hostile-left-{self._mark}"
        self.key = int(self._mark[:7], 16) | 1 << 28
        """Under which an attack leaves System V objects."""
        self.canaries = [Path(folder, f"hostile-canary-{self._mark}") for folder in SHARED]

    def treasure(self, kind: str) -> str:
        """The secret word of a kind, the same each time."""
        return self.treasures.setdefault(kind, f"treasure-{kind}-{secrets.token_hex(8)}")

    def environment(self) -> dict[str, str]:
        """The grader's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADER_", "PYTEST_"))}
        return {
            **kept,
            "HOME": str(self.home),
            "TMPDIR": str(self.scratch),
            "GRADER_SECRET": self.treasure("env"),
            "GRADER_HOSTILE_RUN": self._mark,
            "MPLCONFIGDIR": str(self.told.parent / "matplotlib"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __enter__(self) -> Outside:
        self.home.mkdir()
        self.scratch.mkdir()
        (self.home / ".netrc").write_text(self.treasure("home"), encoding="utf-8")
        (self.home / ".bashrc").write_text("# nothing yet\n", encoding="utf-8")
        for path in self.canaries:
            path.write_text(self.treasure("shared"), encoding="utf-8")
            self._undo.callback(path.unlink, missing_ok=True)
        self._undo.callback(self._remove_what_was_left)
        self.memory = self._share_memory()
        self._set_traps()
        self.facts = {
            "checkout": str(ROOT),
            "submissions": str(self.submissions),
            "out": str(self.out),
            "home": str(self.home),
            "scratch": str(self.scratch),
            "canaries": ":".join(map(str, self.canaries)),
            "left": self.left,
            "port": str(self._tcp.getsockname()[1]),
            "trap": self._trap,
            "shm": str(self.memory),
            "key": str(self.key),
        }
        return self

    def __exit__(self, *exc: object) -> None:
        self._undo.close()

    # --- treasures and traps ----------------------------------------------------------------------------------------

    def _share_memory(self) -> int:
        """A System V segment that everybody may attach."""
        identity = _libc.shmget(self.key ^ 1, _SHM_BYTES, _IPC_CREAT | 0o666)
        if identity < 0:
            raise OSError(ctypes.get_errno(), "shmget")
        self._undo.callback(_libc.shmctl, identity, _IPC_RMID, None)
        address = ctypes.c_void_p(_libc.shmat(identity, None, 0))
        ctypes.memmove(address, self.treasure("memory").encode(), len(self.treasure("memory")))
        _libc.shmdt(address)
        return identity

    def _set_traps(self) -> None:
        """Sockets of each kind on loopback, to which nobody but an attacker has anything to say."""
        self._trap = f"hostile-trap-{self._mark}"
        path = f"/tmp/{self._trap}"
        kinds = [
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self._trap}"),
            (socket.AF_UNIX, socket.SOCK_STREAM, path),
        ]
        self._traps = []
        for family, kind, address in kinds:
            trap = self._undo.enter_context(socket.socket(family, kind))
            trap.bind(address)
            trap.listen(64)
            trap.setblocking(False)
            self._traps.append(trap)
        os.chmod(path, 0o777)
        self._undo.callback(os.unlink, path)
        self._tcp = self._traps[0]
        self._udp = self._undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._udp.bind(self._tcp.getsockname())
        self._udp.setblocking(False)

    def _sprung(self) -> list[str]:
        found = []
        for trap in self._traps:
            with suppress(BlockingIOError):
                trap.accept()[0].close()
                found.append(f"somebody connected to {trap.getsockname()!r}")
        with suppress(BlockingIOError):
            found.append(f"somebody sent {self._udp.recv(100)!r} to {self._udp.getsockname()!r}")
        return found

    # --- before and after -------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Remember how everything is."""
        self._before = self._state()

    def harm(self, started: list[int]) -> list[str]:
        """What is not as it was. `started` are the processes that were seen in the run."""
        # What others on this machine have in hand for a moment is gone when it is looked at again.
        end = time.monotonic() + SETTLE_S
        while (found := self._changes()) and time.monotonic() < end:
            time.sleep(0.5)
        return [*found, *self._sprung(), *self._left(), *self._containers(started)]

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        for folder in (self.submissions, self.home, *(ROOT / name for name in ("grader", "reference", "assignments"))):
            state |= tree(folder)
        for package in ("numpy", "msgspec"):
            state |= tree(Path(package_folder(package)), hashed=False)
        state |= {str(path): stamp(path) for path in self.canaries}
        return state

    def _changes(self) -> list[str]:
        before, now = self._before, self._state()
        changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
        return [f"changed: {name} (it was {before.get(name)}, and is {now.get(name)})" for name in changed]

    def _left(self) -> list[str]:
        found = [str(path) for path in self.scratch.iterdir()]
        places = (*SHARED, ROOT, Path.home())
        found += [str(path) for folder in places for path in Path(folder).glob(f"*{self.left}*")]
        found += [str(path) for path in self.told.parent.rglob(f"*{self.left}*")]
        found += [line for line in _lines("/proc/net/unix") if self.left in line]
        found += [f"System V {kind}" for kind in _system_v(self.key)]
        found += [f"the queue /{self.left}"] * _queue_exists(f"/{self.left}")
        found += [f"process {pid}" for pid in _processes(self._mark, str(self.scratch)) if pid != os.getpid()]
        return [f"left: {what}" for what in found]

    def _containers(self, started: list[int]) -> list[str]:
        """Containers of this run's grading processes, and those that an attack made."""
        import docker

        from grader.sandbox.container import OWNER

        try:
            client = docker.from_env(timeout=30)
            client.ping()
        except docker.errors.DockerException:
            return []
        owners = {f"{socket.gethostname()}:{pid}" for pid in started}
        try:
            listed = client.containers.list(all=True, ignore_removed=True)
            return [
                f"left: container {each.name}"
                for each in listed
                if each.labels.get(OWNER, "").rpartition(":")[0] in owners or self.left in each.labels
            ]
        finally:
            client.close()

    def _remove_what_was_left(self) -> None:
        for folder in SHARED:
            for path in Path(folder).glob(f"*{self.left}*"):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def tree(folder: Path, *, hashed: bool = True) -> dict[str, str]:
    """The stamp of everything in a folder but compiled files."""
    found = {str(folder): stamp(folder, hashed=False)}
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in (*folders, *files):
            path = Path(where, name)
            found[str(path)] = stamp(path, hashed=hashed)
    return found


def stamp(path: Path, *, hashed: bool = True) -> str:
    """A file's size, time, mode, owner and, where it is small, content; of a folder not what its listing changes."""
    try:
        status = path.lstat()
        told = f"{status.st_mode:o} {status.st_uid}:{status.st_gid}"
        if stat.S_ISDIR(status.st_mode):
            return told
        told += f" {status.st_size} bytes at {status.st_mtime_ns}"
        if hashed and stat.S_ISREG(status.st_mode) and status.st_size <= HASHED_BYTES:
            told += f" {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    except FileNotFoundError:
        return "gone"
    return told


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def _system_v(key: int) -> list[str]:
    """What kinds of objects have this key; they are removed."""
    shm, sem, msg = _libc.shmget(key, 0, 0), _libc.semget(key, 0, 0), _libc.msgget(key, 0)
    if shm >= 0:
        _libc.shmctl(shm, _IPC_RMID, None)
    if sem >= 0:
        _libc.semctl(sem, 0, _IPC_RMID)
    if msg >= 0:
        _libc.msgctl(msg, _IPC_RMID, None)
    return [kind for kind, identity in (("shm", shm), ("sem", sem), ("msg", msg)) if identity >= 0]


def _queue_exists(name: str) -> bool:
    queue = _libc.mq_open(name.encode(), os.O_RDONLY)
    if queue >= 0:
        os.close(queue)
        _libc.mq_unlink(name.encode())
        return True
    return ctypes.get_errno() not in {errno.ENOENT, errno.ENOSYS}


def _processes(*marks: str) -> list[int]:
    """Processes that have one of these words in their environment or command."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline"):
            with suppress(OSError), open(f"/proc/{entry}/{name}", "rb") as file:
                text = file.read()
                found += [int(entry)] * any(mark.encode() in text for mark in marks)
    return sorted(set(found))
