"""Which wall a run uses: the one asked for, or the best that this machine offers, and why.

A wall asked for by name is used or the run fails. Without a name it is docker where an engine answers and holds the
right image, else sandlock; never `none`, which is for a student's own code.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from grader.errors import UsageError, WallError
from grader.sandbox import Limits, Wall

NAMES: Final = ("docker", "sandlock", "none")

RISK: Final = "a submission can do whatever you can: read and delete your files, use the network"


@dataclass(frozen=True)
class Choice:
    """A wall that can be had: `make(limits, jobs)` gives it, `why` says why it was chosen."""

    name: str
    why: str
    make: Callable[[Limits, int], Wall]


def choose(name: str | None = None, *, runtime: str | None = None) -> Choice:
    """The wall called `name`, or else the default one; `runtime` is docker's (gVisor: "runsc").

    Raises UsageError for a name that there isn't, WallError where no wall can be had.
    """
    if name is not None and name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, 1)
        raise UsageError(
            f"there is no wall {name!r}: {f'did you mean {near[0]}?' if near else 'choose ' + ', '.join(NAMES)}"
        )
    if runtime is not None and name not in (None, "docker"):
        raise UsageError(f"--runtime is for the docker wall, not for {name}")
    if name is None and runtime is None:
        return _default()
    name = name or "docker"
    why = "asked for" if name != "none" else f"asked for; it keeps nothing in: {RISK}"
    return Choice(name, why, factory(name, runtime))


def factory(name: str, runtime: str | None = None) -> Callable[[Limits, int], Wall]:
    """How the wall called `name` is made; the wall itself says what is missing when it is entered."""

    def docker(limits: Limits, jobs: int) -> Wall:
        from grader.sandbox.docker_wall import DockerWall

        return DockerWall(limits, jobs=jobs, runtime=runtime)

    def sandlock(limits: Limits, _jobs: int) -> Wall:
        from grader.sandbox.sandlock_wall import SandlockWall

        return SandlockWall(limits)

    def none(limits: Limits, _jobs: int) -> Wall:
        from grader.sandbox.none_wall import NoneWall

        return NoneWall(limits)

    return {"docker": docker, "sandlock": sandlock, "none": none}[name]


def _default() -> Choice:
    reasons = []
    for name, check, why in (
        ("docker", check_docker, "an engine answers and holds the image"),
        ("sandlock", check_sandlock, "Landlock and seccomp are here"),
    ):
        try:
            check()
        except WallError as error:
            reasons.append(f"{name} can't be used: {str(error).removeprefix(f'{name}: ')}")
            continue
        return Choice(name, "; ".join([why, *reasons]), factory(name))
    raise WallError(
        "no wall can be had here. "
        + ". ".join(reasons)
        + f". `grader doctor` says more; `--sandbox none` grades without a wall, and then {RISK}"
    )


def check_docker() -> None:
    """Raises WallError unless an engine answers and holds the right image."""
    from grader.sandbox.engine import connect
    from grader.sandbox.image import find

    client = connect()
    try:
        find(client)
    finally:
        client.close()


def check_sandlock() -> None:
    """Raises WallError unless the library is installed and the kernel has what it needs."""
    from grader.sandbox.sandlock_wall import check

    check()
