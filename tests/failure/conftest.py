"""What these tests share: whether all of a long suite is asked for, and the walls that runs are disturbed in.

`make failures` sets GRADER_FAILURES=all; otherwise a cut of the long ones is run.
"""

from __future__ import annotations

import os

import class_samples as samples
import pytest
import running

from grader.errors import WallError
from grader.sandbox import choice

ALL = os.environ.get("GRADER_FAILURES") == "all"


def some(cut: int, whole: int) -> int:
    """How many of a long suite to run."""
    return whole if ALL else cut


@pytest.fixture(scope="session")
def sandlock(require) -> str:
    """The name of the wall, where it can be had."""
    return _had("sandlock", choice.check_sandlock, require)


@pytest.fixture(scope="session")
def docker(require) -> str:
    """The name of the wall, where it can be had."""
    return _had("docker", choice.check_docker, require)


def _had(name, check, require) -> str:
    try:
        check()
    except WallError as error:
        require(name, str(error))
    return name


@pytest.fixture
def folder(tmp_path):
    """A class of two."""
    return samples.a_class(tmp_path / "class", ada=samples.RIGHT, bob=samples.WRONG)


@pytest.fixture
def begin():
    """Begins a run (`running.Running`), and ends what is left of it however the test ends."""
    begun = []

    def begin(*arguments, **more):
        begun.append(running.Running(*arguments, **more))
        return begun[-1]

    yield begin
    for run in begun:
        for pid in run.processes():
            running.kill(pid)
        run.finish()
