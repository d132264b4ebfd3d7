"""Every defect that the hostile classes look for is planted once, and objected to."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import hostile_class as hostile
import pytest
from hostile_class import GROUPS, HERE
from objections import objections
from outside import Outside

SEED = 1234567890
HARMLESS = [hostile.Attack("steal", name, "", 0, ("failed", "error", "timeout")) for name in ("closures", "frames")]
"""These find nothing without a wall either."""

# --- without a wall ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A class of neighbours, graded without a wall."""
    return hostile.grade(tmp_path_factory.mktemp("calm") / "run", hostile.seats(bare()).calm(), "none", seed=SEED)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory):
    """The run of a class whose attackers succeed in nothing."""
    return hostile.grade(tmp_path_factory.mktemp("harmless") / "run", hostile.seats(HARMLESS), "none", seed=SEED)


def bare() -> list[hostile.Attack]:
    return [attack for group in GROUPS for attack in hostile.attacks(group) if attack.bare]


@pytest.mark.timeout(600)
def test_without_a_wall_attacks_succeed_and_are_seen(calm, tmp_path):
    """So what the walls hold off is real: each of these attacks is named in an objection."""
    assert len(bare()) >= 8
    found = objections(calm, hostile.grade(tmp_path / "run", hostile.seats(bare()), "none", seed=SEED))
    for attack in bare():
        assert [text for text in found if text.startswith(f"{attack}: has got the own word")], attack


# --- planted in what a run gave ---------------------------------------------------------------------------------------


def attacker(run: hostile.Run) -> dict:
    return run.of(next(iter(run.seated.attackers)))[0]


def neighbour(run: hostile.Run) -> dict:
    return run.results[run.seated.neighbours[1]]


def page(run: hostile.Run, added: str) -> None:
    run.pages["index.html"] = run.pages["index.html"].replace("</body>", f"{added}</body>")


DEFECTS = {
    "steal/closures: earns 0.5": lambda run: attacker(run).update(score=0.5),
    "steal/closures: is not_graded": lambda run: attacker(run).update(status="not_graded", score=None),
    "steal/closures: has checks that are passed": lambda run: attacker(run)["checks"][0].update(status="passed"),
    "steal/closures: has got the own word": lambda run: attacker(run)["output"].update(stdout="LOOT: x"),
    "steal/closures: has got the env": lambda run: attacker(run)["output"].update(stderr=run.secrets["env"]),
    "steal/closures: has got the neighbour's source": lambda run: attacker(run)["checks"][0].update(
        message=run.secrets["neighbour's source"]
    ),
    "steal/closures: has got the seed": lambda run: attacker(run)["output"].update(stdout=f"it is {SEED}"),
    "steal/closures: has no result": lambda run: run.results.pop(attacker(run)["student"]),
    "wrong: score is 1": lambda run: neighbour(run).update(score=1),
    "wrong: checks is": lambda run: neighbour(run)["checks"][1].update(message="another"),
    "wrong: problems is": lambda run: neighbour(run).update(problems=[{"where": "x", "message": "y"}]),
    "wrong: the row is": lambda run: run.rows[run.seated.neighbours[1]].update(total="10"),
    "right: the page is not": lambda run: run.pages.update(
        {f"feedback/{run.seated.neighbours[0]}/sigmoid_neuron.html": ""}
    ),
    "the exit code is 1": lambda run: setattr(run, "code", 1),
    "index.html is not safe to open: a script that the policy": lambda run: page(run, "<script>1</script>"),
    "index.html is not safe to open: assert {element.tag": lambda run: page(run, "<iframe></iframe>"),
    "index.html is not safe to open: Element(tag='p', attributes={'onclick'": lambda run: page(
        run, "<p onclick='x'></p>"
    ),
    "index.html is not safe to open: javascript:x": lambda run: page(run, "<a href='javascript:x'></a>"),
    "index.html is not safe to open: https://x": lambda run: page(run, "<a href='https://x'></a>"),
    "index.html is not safe to open: a style fetches": lambda run: page(run, "<p style='background: url(//x)'></p>"),
    "an attacker/sigmoid_neuron.notebook.html shows the neighbour's source": lambda run: run.pages.update(
        {"feedback/an attacker/sigmoid_neuron.notebook.html": run.secrets["neighbour's source"]}
    ),
    "there is no index.html": lambda run: run.pages.pop("index.html"),
    "index.html shows the home": lambda run: page(run, run.secrets["home"]),
    "grades.csv: '=1' is a formula": lambda run: run.rows[run.seated.neighbours[0]].update(student="=1"),
    "the terminal was sent 0x1b": lambda run: setattr(run, "terminal", "\x1b[31m"),
    "the terminal was sent 0x202e": lambda run: setattr(run, "terminal", "\u202e"),
    "the terminal shows the env": lambda run: setattr(run, "terminal", run.secrets["env"]),
    "a process outlives": lambda run: run.harm.append("a process outlives the run: 1: sleep"),
}


@pytest.mark.parametrize("objection", DEFECTS)
def test_a_planted_defect_is_objected_to(calm, harmless, objection):
    """Each in a line that says what and whose."""
    assert objections(calm, harmless) == []
    run = deepcopy(harmless)
    DEFECTS[objection](run)
    assert any(objection in text for text in objections(calm, run)), objections(calm, run)


def test_an_attempt_that_is_not_told_is_objected_to(calm, harmless):
    """Where expect.toml says that the wall tells of it; by wall where they differ."""
    run = deepcopy(harmless)
    prefix = next(iter(run.seated.attackers))
    for refused in (("fork",), {"none": ["fork"], "docker": ["mount"]}):
        run.seated.attackers[prefix] = hostile.Attack("steal", "closures", "", 0, ("failed",), refused)
        attacker(run)["refused"] = ["open a socket: AF_INET"]
        assert any("no refused attempt says 'fork'" in text for text in objections(calm, run))
        attacker(run)["refused"] = ["start a process: fork"]
        assert objections(calm, run) == []


# --- planted outside --------------------------------------------------------------------------------------------------


def connect(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as line:
        line.connect(address)
        line.send(b"x")


def process(outside: Outside) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(30)", str(outside.scratch)]
    outside.planted = subprocess.Popen(command, start_new_session=True)


HARM = {
    "changed: HOME/.bashrc": lambda o: (o.home / ".bashrc").write_text("alias ls=rm"),
    "changed: HOME/.netrc": lambda o: (o.home / ".netrc").chmod(0o666),
    "changed: HOME/new": lambda o: (o.home / "new").touch(),
    "changed: CLASS/a.py": lambda o: (o.submissions / "a.py").write_text("x"),
    "changed: /dev/shm/hostile-canary": lambda o: o.canaries[2].unlink(),
    "changed: /tmp/hostile-canary": lambda o: o.canaries[0].write_text("x"),
    "left: System V shm": lambda o: ctypes.CDLL(None).shmget(o.key, 100, 0o1600),
    "left: System V sem": lambda o: ctypes.CDLL(None).semget(o.key, 1, 0o1600),
    "left: System V msg": lambda o: ctypes.CDLL(None).msgget(o.key, 0o1600),
    "left: SCRATCH/x": lambda o: (o.scratch / "x").touch(),
    "left: /var/tmp/hostile-left": lambda o: Path(f"/var/tmp/{o.left}-x").touch(),
    "left: HOME/.ssh/hostile-left": lambda o: ((o.home / ".ssh").mkdir(), (o.home / ".ssh" / o.left).touch()),
    "left: the queue /hostile-left": lambda o: ctypes.CDLL(None).mq_open(
        f"/{o.left}".encode(), os.O_CREAT, 0o600, None
    ),
    "left: process": process,
    "somebody connected to ('127.0.0.1'": lambda o: connect(
        socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(o.facts["port"]))
    ),
    "somebody sent b'x'": lambda o: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(o.facts["port"]))),
    "somebody connected to b'\\x00hostile-trap": lambda o: connect(
        socket.AF_UNIX, socket.SOCK_STREAM, f"\0{o.facts['trap']}"
    ),
    "somebody connected to '/tmp/hostile-trap": lambda o: connect(
        socket.AF_UNIX, socket.SOCK_STREAM, f"/tmp/{o.facts['trap']}"
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_planted_harm_is_seen(tmp_path, monkeypatch, harm):
    """What an attack might change, leave or reach."""
    monkeypatch.setattr("outside.SETTLE_S", 0.0)
    with Outside(tmp_path) as outside:
        outside.planted = None
        outside.submissions.mkdir()
        (outside.submissions / "a.py").write_text("a")
        outside.look()
        assert outside.harm([]) == []
        HARM[harm](outside)
        found = outside.harm([])
        if outside.planted is not None:
            outside.planted.kill()
            outside.planted.wait()
        for path, name in ((outside.home, "HOME"), (outside.submissions, "CLASS"), (outside.scratch, "SCRATCH")):
            found = [text.replace(str(path), name) for text in found]
    assert any(text.startswith(harm) for text in found), found


@pytest.mark.docker
def test_a_container_that_is_left_is_seen(tmp_path, require):
    """One that an attack made, and one of a grading process of the run."""
    import docker

    from grader.errors import WallError
    from grader.sandbox import choice, image
    from grader.sandbox.container import OWNER

    try:
        choice.check_docker()
    except WallError as error:
        require("docker", str(error))
    client = docker.from_env()
    with Outside(tmp_path) as outside:
        for labels in ({outside.left: "1"}, {OWNER: f"{socket.gethostname()}:4194400:abc"}):
            left = client.containers.create(image.NAME, labels=labels)
            try:
                assert [text for text in outside._containers([4194400]) if "container" in text]
            finally:
                left.remove()
    client.close()


# --- the adopter ------------------------------------------------------------------------------------------------------

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        time.sleep(100)
    os._exit(0)
os.wait()
"""


def adopted(tmp_path: Path, source: str, seconds: float) -> dict:
    told = tmp_path / "told.json"
    command = [sys.executable, HERE / "adopter.py", told, str(seconds), "0.5", "x", sys.executable, "-c", source]
    subprocess.run(command, check=True)
    return json.loads(told.read_bytes())


def test_what_outlives_a_command_is_told_and_ended(tmp_path):
    """However it left its parent and its session."""
    told = adopted(tmp_path, DAEMON, 60)
    assert told["code"] == 0
    (left,) = told["left"]
    assert "sleep" in left
    assert not Path(f"/proc/{left.partition(':')[0]}").exists()


def test_a_command_that_does_not_end_is_ended(tmp_path):
    """With all that it started."""
    told = adopted(tmp_path, "import time; time.sleep(100)", 0.5)
    assert told["late"]
    assert told["code"] is None


def test_a_command_that_ends_well_leaves_nothing(tmp_path):
    """Its exit code is told."""
    told = adopted(tmp_path, "raise SystemExit(3)", 60)
    assert (told["code"], told["late"], told["left"]) == (3, False, [])


def test_every_attack_is_listed():
    """Each file has its line in expect.toml and each line its file, or a function that makes it."""
    for group in GROUPS:
        files = {f"{group}/{path.stem}" for path in (HERE / group).glob("*.py")}
        made = {name for name in hostile.made.MADE if name.startswith(f"{group}/")}
        assert {str(attack) for attack in hostile.attacks(group)} == files | made
