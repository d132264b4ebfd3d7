"""A class of attackers between honest neighbours, and the `grader grade` command that grades it.

An attack is a submission for `sigmoid_neuron`: a file GROUP/NAME.py, or what a function of `made.py` writes. In a file
`@name@` stands for what a well-informed attacker would know of the machine (`outside.py`), so that no attack fails for
want of a path. What it may earn and which verdicts it may get is in GROUP/expect.toml.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import class_samples as samples
import made
from outside import Outside

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GROUPS = ("steal", "forge", "exhaust", "spread", "report")
WALLS = ("sandlock", "docker")

QUESTION_S, SUBMISSION_S, JOBS = 3, 15, 2
SLACK_S = 90.0
"""For everything that is not a submission's time: the walls' start, the reports, a busy machine."""
GRACE_S = 15.0
"""For processes that end by themselves with the run."""
OWN_S = 4.0
"""For a container, and for what a submission's end may take, beside its own time."""


@dataclass(frozen=True)
class Attack:
    """One attack, and what may come of it."""

    group: str
    name: str
    tries: str
    at_most: float
    statuses: tuple[str, ...]
    refused: Any = ()
    walls: tuple[str, ...] = WALLS
    bare: bool = False
    """Without a wall it succeeds, and does no harm."""

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"

    def write(self, folder: Path, student: str, facts: dict[str, str]) -> None:
        """Hand it in as `student`."""
        maker = made.MADE.get(str(self))
        if maker is not None:
            maker(folder, student)
            return
        source = (HERE / self.group / f"{self.name}.py").read_text(encoding="utf-8")
        for name, value in facts.items():
            source = source.replace(f"@{name}@", value)
        (folder / f"{student}.py").write_text(source, encoding="utf-8")

    def refusals(self, wall: str) -> tuple[str, ...]:
        """What must stand in the list of refused attempts."""
        named = self.refused.get(wall, ()) if isinstance(self.refused, dict) else self.refused
        return tuple(named)


def attacks(group: str) -> list[Attack]:
    """The attacks of a group, as its expect.toml lists them."""
    path = HERE / group / "expect.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [_attack(group, name, table) for name, table in sorted(tables.items())]


def _attack(group: str, name: str, table: dict[str, Any]) -> Attack:
    walls = tuple(table.get("walls", WALLS))
    return Attack(
        group=group,
        name=name,
        tries=table["tries"],
        at_most=table["at_most"],
        statuses=tuple(table["statuses"]),
        refused=table.get("refused", ()),
        walls=walls,
        bare=table.get("bare", False),
    )


def here(group: str, wall: str) -> list[Attack]:
    """The attacks of a group that make sense in a wall."""
    return [attack for attack in attacks(group) if wall in attack.walls]


# --- the class --------------------------------------------------------------------------------------------------------

RAISES = samples.RIGHT.replace("    f = 1", "    raise ValueError('not today')\n    f = 1")
NEIGHBOURS_TREASURE = f"treasure-neighbour-{token_hex(8)}"
"""In each neighbour's source; the same for all runs, since results hold a source's hash."""
TOLD = {"solution": "_bias_left_out", "own word": "LOOT"}
"""What a submission must not print: a name in the solution, and what an attack says that has succeeded."""
NEIGHBOURS = {"right": samples.RIGHT, "wrong": samples.WRONG, "raises": RAISES, "notebook": samples.RIGHT}


@dataclass(frozen=True)
class Class:
    """Who sits where: attackers by the beginning of their ids, since an attack may have an odd name."""

    neighbours: tuple[str, ...]
    attackers: dict[str, Attack]

    def calm(self) -> Class:
        """The neighbours alone."""
        return Class(self.neighbours, {})


def seats(lined_up: list[Attack]) -> Class:
    """A neighbour on either side of each attack, and now and then two, so that two jobs don't take turns with them."""
    neighbours: list[str] = []
    attackers: dict[str, Attack] = {}

    def sit() -> None:
        kind = list(NEIGHBOURS)[len(neighbours) % len(NEIGHBOURS)]
        neighbours.append(f"a{len(neighbours) + len(attackers):03}_{kind}")

    sit()
    for count, attack in enumerate(lined_up):
        attackers[f"a{len(neighbours) + len(attackers):03}_"] = attack
        sit()
        if count % 3 == 1:
            sit()
    return Class(tuple(neighbours), attackers)


def hand_in(folder: Path, seated: Class, facts: dict[str, str]) -> None:
    """Write the class into a folder."""
    folder.mkdir()
    for student in seated.neighbours:
        kind = student.partition("_")[2]
        source = f"# {NEIGHBOURS_TREASURE}\n{NEIGHBOURS[kind]}"
        if kind == "notebook":
            cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
            notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
            (folder / f"{student}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        else:
            (folder / f"{student}.py").write_text(source, encoding="utf-8")
    for prefix, attack in seated.attackers.items():
        attack.write(folder, f"{prefix}{attack.name}", facts)


# --- a run ------------------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What a run of `grade` left behind."""

    seated: Class
    wall: str
    code: int | None
    terminal: str
    seconds: float
    bound: float
    results: dict[str, dict[str, Any]]
    rows: dict[str, dict[str, str]]
    pages: dict[str, str]
    """Every page by its path: the class's and the students'."""
    folders: dict[str, str] = field(default_factory=dict)
    """A student's folder in the reports."""
    secrets: dict[str, str] = field(default_factory=dict)
    """By what they are; none may be found in what a run gave."""
    harm: list[str] = field(default_factory=list)
    """What changed outside the scratch folders, or was left."""

    def of(self, prefix: str) -> list[dict[str, Any]]:
        """The results of an attacker, who may have handed in under several names."""
        return [result for student, result in self.results.items() if student.startswith(prefix)]


def grade(base: Path, seated: Class, wall: str, *, seed: int, jobs: int = JOBS) -> Run:
    """Grade a class below `base`, in surroundings that are watched."""
    base.mkdir(parents=True)
    with Outside(base) as outside:
        hand_in(outside.submissions, seated, outside.facts)
        bound = SLACK_S + (len(seated.attackers) * SUBMISSION_S + OWN_S * _size(seated)) / jobs
        command = samples.command(
            *("grade", outside.submissions, "--out", outside.out, "-a", samples.ASSIGNMENT, "--sandbox", wall),
            *("--jobs", jobs, "--seed", seed, "--question-time", QUESTION_S, "--submission-time", SUBMISSION_S),
        )
        outside.look()
        began = time.monotonic()
        done = subprocess.run(
            [
                sys.executable,
                HERE / "adopter.py",
                outside.told,
                str(bound),
                str(GRACE_S),
                outside.treasure("key"),
                *command,
            ],
            cwd=ROOT,
            env=outside.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        seconds = time.monotonic() - began
        assert outside.told.exists(), done.stderr.decode(errors="replace")
        told = json.loads(outside.told.read_bytes())
        run = Run(
            seated,
            wall,
            told["code"],
            (done.stdout + done.stderr).decode(errors="surrogateescape"),
            seconds,
            bound,
            *_reports(outside.out),
            secrets={**outside.treasures, "neighbour's source": NEIGHBOURS_TREASURE, "seed": str(seed), **TOLD},
        )
        run.harm += [f"the run did not end within {bound:.0f} s"] * bool(told["late"])
        run.harm += [f"a process outlives the run: {line}" for line in told["left"]]
        run.harm += outside.harm(told["started"])
        return run


def _size(seated: Class) -> int:
    return len(seated.neighbours) + len(seated.attackers)


def _reports(
    out: Path,
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, str]], dict[str, str], dict[str, str]]:
    results, rows, folders = {}, {}, {}
    for path in sorted((out / "results").glob("*/*.json")):
        result = json.loads(path.read_bytes())
        results[result.get("student")] = result
        folders[result.get("student")] = path.parent.name
    if (out / "grades.csv").exists():
        with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
    pages = {str(path.relative_to(out)): path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.html"))}
    return results, rows, pages, folders


EACH = os.environ.get("GRADER_HOSTILE") == "each"
"""Each attack in a class of its own, in place of a class a group."""
