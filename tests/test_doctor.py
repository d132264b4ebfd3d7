"""What `grader doctor` finds out and shows."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from grader import doctor
from grader.errors import WallError
from grader.sandbox import Limits
from grader.sandbox.none_wall import NoneWall

GOOD = {
    "SecurityOptions": ["name=seccomp,profile=default", "name=userns"],
    "MemoryLimit": True,
    "SwapLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "Runtimes": {"runc": {}, "runsc": {}},
}


def said(weaknesses) -> str:
    return "\n".join(weakness.what for weakness in weaknesses)


def shown(report) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(doctor.table(report))
    return console.file.getvalue() + "\n".join(doctor.lines(report))


# --- trying walls -----------------------------------------------------------------------------------------------------


def test_no_wall_shows_what_it_lets_through():
    """The experiments succeed where nothing stops them, so their silence elsewhere means something."""
    finding = doctor.probe("none", lambda limits, jobs: NoneWall(limits))
    assert finding.problem is None
    assert finding.seconds > 0
    assert [weakness.what for weakness in finding.weaknesses] == [
        "a submission reads files of this machine",
        "a submission writes to files of this machine",
        "a submission reaches the network",
    ]


def test_a_memory_limit_that_is_not_enforced_is_found():
    """A wall that lets a submission have more than the limit is told on."""
    finding = doctor.probe("none", lambda limits, jobs: NoneWall(Limits(memory_mib=4096)))
    assert "memory limit" in said(finding.weaknesses)


def test_a_wall_that_can_not_be_had():
    """What a wall raises is the finding, with the way to get it."""

    def make(limits, jobs):
        raise WallError("no engine here")

    finding = doctor.probe("docker", make)
    assert finding.problem == "no engine here"
    assert "grader doctor --build" in finding.remedy


def test_a_wall_that_gives_wrong_answers(monkeypatch):
    """A wall in which the tiny submission computes something else does not work."""
    monkeypatch.setattr(doctor, "SUBMISSION", "def double(x):\n    return x\n")
    finding = doctor.probe("none", lambda limits, jobs: NoneWall(limits))
    assert "instead of [3, -4]" in finding.problem


@pytest.mark.docker
def test_docker_stops_every_experiment(require):
    """In a container nothing of what a wall should stop succeeds."""
    finding = doctor.probe("docker", doctor.choice.factory("docker"))
    require("docker", finding.problem)
    assert finding.weaknesses == []


def test_sandlock_stops_every_experiment(require):
    """Under Landlock and seccomp nothing of what a wall should stop succeeds."""
    finding = doctor.probe("sandlock", doctor.choice.factory("sandlock"))
    require("sandlock", finding.problem)
    assert finding.weaknesses == []


# --- what engine and machine say --------------------------------------------------------------------------------------


def test_a_good_engine_has_no_weakness():
    """Nothing is said about an engine that has everything."""
    assert doctor.engine_weaknesses(GOOD) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SecurityOptions": ["name=userns"]}, "filters no system calls"),
        ({"SecurityOptions": ["name=seccomp,profile=default"]}, "runs as root"),
        ({"SecurityOptions": None}, "filters no system calls"),
        ({"PidsLimit": False, "SwapLimit": False}, "can't limit swap, processes"),
        ({"Runtimes": {"runc": {}}}, "share this machine's kernel"),
    ],
)
def test_each_lack_of_an_engine_is_named(change, expected):
    """Each thing that the engine lacks is a weakness of its own, with what helps."""
    found = doctor.engine_weaknesses(GOOD | change)
    assert expected in said(found)
    assert all(weakness.remedy for weakness in found)


def test_a_rootless_engine_is_no_root():
    """Rootless does what user namespaces do."""
    rootless = GOOD | {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}
    assert doctor.engine_weaknesses(rootless) == []


SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.mark.parametrize(
    ("swaps", "root", "expected"),
    [
        ("", False, []),
        (SWAPS, False, []),
        (SWAPS + "/dev/sda2 partition 1 0 -2\n", False, ["swap"]),
        (SWAPS, True, ["root"]),
    ],
)
def test_what_weakens_the_machine(swaps, root, expected):
    """Swap and running as root are named, each once; a system without /proc/swaps has nothing to say."""
    found = doctor.machine_weaknesses(swaps, root=root)
    assert len(found) == len(expected)
    assert all(word in weakness.what for word, weakness in zip(expected, found, strict=True))


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_shows_all_of_it(monkeypatch, tmp_path):
    """Without an engine: the table has every wall, what is wrong and the way out, and the default that is left."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    report = doctor.examine(["docker", "none"])
    assert [finding.wall for finding in report.findings] == ["docker", "none"]
    assert report.chosen != "docker"
    text = shown(report)
    for part in ("no engine answers", "How to get it", "it is no wall", "versions: python", "numpy"):
        assert part in text


def test_texts_are_not_read_as_markup():
    """What an engine says in square brackets is shown as it is."""
    finding = doctor.Finding(wall="docker", problem="failed: [red]no[/red] [/nonsense]")
    report = doctor.Report(findings=[finding], machine=[], versions={}, chosen=None, why="no wall")
    assert "[red]no[/red] [/nonsense]" in shown(report)
