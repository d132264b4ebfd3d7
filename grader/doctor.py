"""What this machine can do: which walls it offers, and what weakens each.

Nothing is taken on trust: every wall that can be put up gets a tiny submission that computes something, then tries what
a wall should stop (`experiments`). What engine and kernel say of themselves comes on top. `examine` finds out, `table`
and `lines` show it.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.table import Table
from rich.text import Text

from grader.errors import GraderError, SubmissionError, WallError
from grader.sandbox import Box, Limits, Wall, choice, wire

PACKAGES: Final = ("numpy", "msgspec", "docker", "sandlock")


class Weakness(msgspec.Struct, frozen=True):
    """Something that makes a wall or the machine worse at its work, and what helps."""

    what: str
    remedy: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What trying one wall gave. `problem` is None where it works; `remedy` says how to get it where it doesn't."""

    wall: str
    problem: str | None = None
    remedy: str = ""
    seconds: float | None = None
    """From nothing to the answer of the first submission."""
    weaknesses: list[Weakness] = []


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `grader doctor` has to say."""

    findings: list[Finding]
    machine: list[Weakness]
    versions: dict[str, str]
    chosen: str | None
    """The wall that `grade` takes by itself here, if any."""
    why: str


# --- trying a wall ----------------------------------------------------------------------------------------------------

SUBMISSION: Final = """
import os
import socket


def double(x):
    return x + x


def read_file(path):
    with open(path, "rb") as file:
        return len(file.read())


def open_for_writing(path):
    os.close(os.open(path, os.O_WRONLY))
    return 1


def connect(port):
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        return 1


def allocate(mib):
    import numpy

    return float(numpy.ones(mib << 17)[-1])
"""


class Experiment(msgspec.Struct, frozen=True):
    """A call that should not succeed in a box, and what it means when it does."""

    function: str
    arguments: tuple[wire.Value, ...]
    weakness: Weakness


def experiments(secret: Path, port: int, limits: Limits, payload: wire.Payload) -> list[Experiment]:
    """What a wall should stop: `secret` is a file and `port` a listening socket of this machine."""

    def number(value: int) -> wire.Value:
        import numpy as np

        return payload.add(np.asarray(value), "scalar")

    path = (wire.Text(str(secret)),)
    return [
        Experiment("read_file", path, Weakness("a submission reads files of this machine")),
        Experiment("open_for_writing", path, Weakness("a submission writes to files of this machine")),
        Experiment("connect", (number(port),), Weakness("a submission reaches the network")),
        Experiment("allocate", (number(2 * limits.memory_mib),), Weakness("the memory limit is not enforced")),
    ]


def probe(name: str, make: Callable[[Limits, int], Wall], limits: Limits | None = None) -> Finding:
    """Put up the wall that `make` gives, run the tiny submission in it, and try what it should stop."""
    limits = limits or Limits(question_s=5.0, memory_mib=256)
    began = time.perf_counter()
    try:
        with make(limits, 1) as wall, wall.open() as box:
            problem = _first_answer(box)
            seconds = time.perf_counter() - began
            if problem:
                return Finding(wall=name, problem=problem)
            return Finding(wall=name, seconds=seconds, weaknesses=_try_out(box, limits))
    except GraderError as error:
        return Finding(wall=name, problem=str(error), remedy=REMEDIES.get(name, ""))


REMEDIES: Final = {
    "docker": "install Docker, start its engine, then `grader doctor --build` (or `make image`)",
    "sandlock": "on Linux 6.12 or newer: pip install 'backprop-grader[grade]'",
}


def _first_answer(box: Box) -> str | None:
    """What is wrong with the answer to the first question; None when it is right."""
    import numpy as np

    box.load((wire.Cell("probe.py", SUBMISSION),))
    payload = wire.Payload()
    question = wire.Ask((wire.Call("double", (payload.add(np.array([1.5, -2.0])),)),))
    answer, data = box.ask(question, payload)
    value = answer.outcomes[0].value
    if not isinstance(value, wire.Array) or wire.view(value, data).tolist() != [3.0, -4.0]:
        return f"a tiny submission gave {answer.outcomes[0]} instead of [3, -4]"
    return None


def _try_out(box: Box, limits: Limits) -> list[Weakness]:
    """The weaknesses that experiments show."""
    with (
        tempfile.NamedTemporaryFile(prefix="grader-doctor-") as secret,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        secret.write(b"secret")
        secret.flush()
        # Open to everybody, so that it is the wall that keeps a submission out and not the file's mode.
        Path(secret.name).chmod(0o666)
        payload = wire.Payload()
        tried = experiments(Path(secret.name), server.getsockname()[1], limits, payload)
        return [experiment.weakness for experiment in tried if _succeeds(box, experiment, payload)]


def _succeeds(box: Box, experiment: Experiment, payload: wire.Payload) -> bool:
    """Whether the call returns. Every experiment starts afresh: the one before may have killed its process."""
    try:
        box.load((wire.Cell("probe.py", SUBMISSION),))
        answer, _ = box.ask(wire.Ask((wire.Call(experiment.function, experiment.arguments),)), payload)
    except SubmissionError:
        return False
    return answer.outcomes[0].error is None


# --- what engine and kernel say of themselves -------------------------------------------------------------------------


def engine_weaknesses(info: dict[str, Any]) -> list[Weakness]:
    """What weakens containers, from the engine's `info`."""
    options = " ".join(info.get("SecurityOptions") or [])
    found = []
    if "name=seccomp" not in options:
        found.append(Weakness("the engine filters no system calls", "use an engine and a kernel with seccomp"))
    if "name=userns" not in options and "name=rootless" not in options:
        found.append(
            Weakness(
                "the engine runs as root, and so would whatever escapes from a container's root",
                "run Docker rootless or with userns-remap",
            )
        )
    limits = {"MemoryLimit": "memory", "SwapLimit": "swap", "PidsLimit": "processes", "CpuCfsQuota": "CPU"}
    missing = [word for key, word in limits.items() if info.get(key) is False]
    if missing:
        found.append(
            Weakness(f"the engine can't limit {', '.join(missing)}", "turn on these control groups in the kernel")
        )
    if "runsc" not in (info.get("Runtimes") or {}):
        found.append(
            Weakness(
                "submissions share this machine's kernel", "install gVisor, register `runsc`, and use `--runtime runsc`"
            )
        )
    return found


def engine_info() -> dict[str, Any]:
    """What the engine says of itself; empty when none answers."""
    from grader.sandbox.engine import connect, engine_errors

    try:
        client = connect()
        try:
            with engine_errors("asking for information"):
                return dict(client.info())
        finally:
            client.close()
    except WallError:
        return {}


def own_weaknesses(wall: str, info: dict[str, Any]) -> list[Weakness]:
    """What weakens a wall by its nature, or by what the engine says of itself in `info`."""
    if wall == "docker":
        return engine_weaknesses(info)
    if wall == "sandlock":
        return [Weakness("submissions share this machine's kernel", "docker with gVisor has another one")]
    return [Weakness(f"it is no wall: {choice.RISK}", "use docker or sandlock for files that aren't your own")]


def machine_weaknesses(swaps: str, *, root: bool) -> list[Weakness]:
    """What weakens limits and timing whatever the wall; `swaps` is the content of /proc/swaps."""
    found = []
    if len(swaps.splitlines()) > 1:
        found.append(
            Weakness("swap is on: memory limits are softer and times vary", "turn it off while grading: swapoff -a")
        )
    if root:
        found.append(Weakness("the grader runs as root: whatever leaves a box may be root too", "use an ordinary user"))
    return found


def versions(info: dict[str, Any]) -> dict[str, str]:
    """Versions of what takes part; `info` is the engine's."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.release()}"}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    if info:
        found["engine"] = str(info.get("ServerVersion"))
        found["image built from"] = image_origin() or "no image"
    return found


def image_origin() -> str | None:
    """What the docker wall's image was built from, for good; None where there is none."""
    import docker

    from grader.sandbox import image
    from grader.sandbox.engine import connect, engine_errors

    try:
        client = connect()
        try:
            with engine_errors("looking for the image"), contextlib.suppress(docker.errors.ImageNotFound):
                return str(client.images.get(image.NAME).labels.get(image.BASE))
        finally:
            client.close()
    except WallError:
        pass
    return None


def examine(names: Iterable[str] = choice.NAMES) -> Report:
    """Try every wall and look at the machine."""
    info = engine_info()
    findings = []
    for name in names:
        finding = probe(name, choice.factory(name))
        if finding.problem is None:
            weaknesses = [*finding.weaknesses, *own_weaknesses(name, info)]
            finding = msgspec.structs.replace(finding, weaknesses=weaknesses)
        findings.append(finding)
    try:
        chosen = choice.choose()
        default, why = chosen.name, chosen.why
    except WallError as error:
        default, why = None, str(error)
    return Report(
        findings=findings,
        machine=machine_weaknesses(_read("/proc/swaps"), root=_is_root()),
        versions=versions(info),
        chosen=default,
        why=why,
    )


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _read(path: str) -> str:
    """The content of a file of the kernel's; empty on systems that have none."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


# --- showing it -------------------------------------------------------------------------------------------------------


def table(report: Report) -> Table:
    """The walls as a table for a terminal."""
    shown = Table(title="Walls", title_justify="left", show_lines=True)
    for column in ("wall", "works", "what weakens it, and what helps"):
        shown.add_column(column, overflow="fold")
    for finding in report.findings:
        shown.add_row(
            Text(finding.wall + (" (default)" if finding.wall == report.chosen else "")),
            Text("no", "red") if finding.problem else Text(f"yes, {finding.seconds:.2f} s", "green"),
            Text("\n".join(_sayings(finding))),
        )
    return shown


def lines(report: Report) -> list[str]:
    """What stands below the table: the machine, the choice, the versions."""
    said = [_saying(weakness) for weakness in report.machine]
    said.append(f"`grader grade` takes {report.chosen}: {report.why}" if report.chosen else report.why)
    said.append("versions: " + ", ".join(f"{name} {value}" for name, value in report.versions.items()))
    return said


def _sayings(finding: Finding) -> list[str]:
    if finding.problem:
        return [finding.problem, *([f"How to get it: {finding.remedy}"] if finding.remedy else [])]
    return [_saying(weakness) for weakness in finding.weaknesses]


def _saying(weakness: Weakness) -> str:
    return f"- {weakness.what}" + (f" ({weakness.remedy})" if weakness.remedy else "")
