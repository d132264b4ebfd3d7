"""Attacks in a class of honest neighbours, in each wall: they gain nothing, harm nobody and leave nothing.

A class a group by default; with GRADER_HOSTILE=each every attack in a class of its own (`make hostile`).
"""

from __future__ import annotations

import itertools
import secrets

import hostile_class as hostile
import pytest
from hostile_class import EACH, GROUPS, WALLS
from objections import objections

from grader.errors import WallError
from grader.sandbox import choice

SEED = secrets.randbits(30) | 1 << 29
CHECKS = {"sandlock": choice.check_sandlock, "docker": choice.check_docker}
MARKS = {"sandlock": (), "docker": (pytest.mark.docker,)}


@pytest.fixture(scope="session")
def calm(tmp_path_factory):
    """What a class of neighbours alone gets in a wall; each class once."""
    known: dict[tuple[str, tuple[str, ...]], hostile.Run] = {}

    def run(seated: hostile.Class, wall: str, jobs: int) -> hostile.Run:
        key = (wall, seated.neighbours)
        if key not in known:
            base = tmp_path_factory.mktemp("calm") / "run"
            known[key] = hostile.grade(base, seated.calm(), wall, seed=SEED, jobs=jobs)
        return known[key]

    return run


def has(wall: str, require) -> None:
    try:
        CHECKS[wall]()
    except WallError as error:
        require(wall, str(error))


def lots() -> list:
    """The classes: each a wall, a name and its attacks."""
    found = []
    for wall, group in itertools.product(WALLS, GROUPS):
        attacks = hostile.here(group, wall)
        sorted_out = [(str(attack), [attack]) for attack in attacks] if EACH else [(group, attacks)] * bool(attacks)
        found += [pytest.param(wall, lot, id=f"{wall}-{name}", marks=MARKS[wall]) for name, lot in sorted_out]
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("wall", "attacks"), lots())
def test_a_class_of_attackers(wall, attacks, calm, require, tmp_path):
    """Marks are deserved, neighbours undisturbed, secrets kept, the machine as it was, and the reports safe to open."""
    has(wall, require)
    seated = hostile.seats(attacks)
    jobs = 1 if EACH else hostile.JOBS
    without = calm(seated, wall, jobs)
    assert objections(without, without) == []
    found = objections(without, hostile.grade(tmp_path / "run", seated, wall, seed=SEED, jobs=jobs))
    assert not found, "\n".join(found)
