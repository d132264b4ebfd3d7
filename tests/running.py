"""The `grader` command met in its middle: by files, by what the journal holds and by the processes that there are."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import class_samples as samples
import docker
import requests

from grader.sandbox.container import OWNER
from grader.store import NAME

_SCRATCH = {"none": "grader-box-*", "sandlock": "grader-sandlock-*/worker-*/*", "docker": "*"}
"""Where a submission works, below the temporary folder or a container's."""
LONG = ("--question-time", 150, "--submission-time", 170)

# A submission says by a file in its scratch folder that it has come so far, and goes on when another is laid beside it.
# That way in and out is the tests' own: it leads past every wall.
_WAITS = """
    import os, time
    open("{name}-waits", "w").close()
    while not os.path.exists("{name}-goes"):
        time.sleep(0.02)
"""


def waiting(name: str, source: str = samples.RIGHT) -> str:
    """The submission, waiting in the middle of each forward until it is let go."""
    head = "def sigmoid_neuron_forward(w, x):\n"
    assert head in source
    return source.replace(head, head + _WAITS.format(name=name))


def start(*arguments: object, before: tuple[str, ...] = (), **more) -> subprocess.Popen[str]:
    """The command, behind the command `before`, as the leader of a process group of its own, as in a terminal.

    It heeds ^C also where the tests run as a shell's background job, which has it ignored.
    """
    return subprocess.Popen(
        [*before, *samples.command(*arguments)],
        cwd=samples.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **{"preexec_fn": _heed, **more},
    )


def _heed() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A run of `grade` whose temporary files lie in a folder of their own, by which its processes are known too."""

    def __init__(
        self,
        submissions: Path,
        out: Path,
        temporary: Path,
        *options: object,
        wall: str = "none",
        jobs: int | None = 1,
        env: dict[str, str] | None = None,
        before: tuple[str, ...] = (),
    ) -> None:
        self.temporary = temporary
        self.wall = wall
        self.host = (env or os.environ).get("DOCKER_HOST", "unix:///var/run/docker.sock")
        self.done: samples.Done | None = None
        temporary.mkdir(exist_ok=True)
        arguments = samples.grade_arguments(submissions, out, "--seed", 1, *options, wall=wall, jobs=jobs)
        self.process = start(*arguments, before=before, env={**os.environ, "TMPDIR": str(temporary), **(env or {})})

    def await_waiting(self, name: str) -> Path:
        """The scratch folder of the submission that waits."""
        while True:
            found = next(self._waiting(name), None)
            if found is not None:
                return found
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.01)

    def let_go(self, *names: str) -> None:
        """Let these go on as often as they wait, until the run has ended."""
        while self.process.poll() is None:
            for name in names:
                for folder in self._waiting(name):
                    with contextlib.suppress(OSError):  # it has ended meanwhile
                        (folder / f"{name}-goes").touch()
            time.sleep(0.02)

    def finish(self) -> samples.Done:
        """What the run left behind, once it has ended."""
        if self.done is None:
            out, err = self.process.communicate()
            self.done = samples.Done(self.process.returncode, out, err)
        return self.done

    def processes(self) -> list[int]:
        """The processes of the run, those of pools and boxes included."""
        return processes_of(str(self.temporary))

    def graders(self) -> list[int]:
        """The grading processes."""
        return [pid for pid in self.processes() if b"spawn_main" in command_line(pid)]

    def await_end(self) -> None:
        """Wait until nothing of the run lives."""
        while self.processes():
            time.sleep(0.02)

    def boxes(self) -> list[int]:
        """The processes in boxes, the first of each before its fork."""
        found = self._contained() if self.wall == "docker" else self.processes()
        return [pid for pid in sorted(found) if b"start.py" in command_line(pid)]

    def box_of(self, scratch: Path) -> list[int]:
        """Those of the boxes that work in this scratch folder: a fork, or a process that is its own worker."""
        return [pid for pid in self.boxes() if _same_folder(f"/proc/{pid}/cwd", scratch)]

    def _waiting(self, name: str) -> Iterator[Path]:
        for root in self._roots():
            with contextlib.suppress(OSError):  # it is removed at this moment
                for path in root.glob(f"{_SCRATCH[self.wall]}/{name}-waits"):
                    if not (path.parent / f"{name}-goes").exists():
                        yield path.parent

    def _roots(self) -> list[Path]:
        """Where scratch folders are: in the temporary folder, or in each container's own."""
        if self.wall != "docker":
            return [self.temporary]
        return [Path(f"/proc/{pid}/root/tmp") for pid in self._firsts()]

    def _firsts(self) -> list[int]:
        """The first process of each container that one of the run's grading processes has."""
        graders = {str(pid) for pid in self.graders()}
        stopped = (docker.errors.DockerException, requests.RequestException, OSError)
        with contextlib.suppress(*stopped), contextlib.closing(docker.DockerClient(self.host, timeout=5)) as client:
            there = client.api.containers(filters={"label": OWNER})
            ours = [each["Id"] for each in there if each["Labels"][OWNER].split(":")[1] in graders]
            return [client.api.inspect_container(identity)["State"]["Pid"] for identity in ours]
        return []

    def _contained(self) -> list[int]:
        """The processes of these containers."""
        spaces = {_namespace(pid) for pid in self._firsts()} - {None}
        return [int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if _namespace(int(pid)) in spaces]


def processes_of(marker: str) -> list[int]:
    """The processes whose environment or command line holds `marker`, and that have not ended."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if marker.encode() in _read(entry, "environ") + _read(entry, "cmdline"):
                found.append(int(entry))
    return found


def command_line(pid: int) -> bytes:
    """A process's command line; empty when it has ended."""
    try:
        return _read(str(pid), "cmdline")
    except OSError:
        return b""


def kill(pid: int) -> None:
    """SIGKILL, to a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def journal(out: Path) -> dict[tuple[str, ...], bytes]:
    """What the journal holds as graded, byte for byte; its seconds make every grading another."""
    path = out / NAME
    if not path.exists():
        return {}
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            graded = dict(database.execute("select student, handed from submissions where not failed"))
            results = list(database.execute("select student, assignment, json from results"))
        except sqlite3.OperationalError:  # its tables are being made
            return {}
    found: dict[tuple[str, ...], bytes] = {(student,): handed for student, handed in graded.items()}
    return found | {(student, name): json for student, name, json in results if student in graded}


def students(out: Path) -> set[str]:
    """Those whom the journal holds as graded."""
    return {key[0] for key in journal(out)}


def same(out: Path, calm: Path) -> None:
    """A disturbed run has come to what an undisturbed one gives: grades to the byte, results but for their seconds."""
    assert (out / "grades.csv").read_bytes() == (calm / "grades.csv").read_bytes()
    assert samples.results(out) == samples.results(calm)
    assert not list(out.rglob(".tmp-*"))


def parent(pid: int) -> int:
    """A process's parent."""
    return int(_read(str(pid), "stat").rpartition(b")")[2].split()[1])


def _namespace(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def _same_folder(link: str, folder: Path) -> bool:
    try:
        return os.path.samefile(link, folder)
    except OSError:
        return False


def _read(pid: str, name: str) -> bytes:
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()
