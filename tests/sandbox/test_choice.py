"""Which wall a run uses, and why."""

from __future__ import annotations

import pytest

from grader.errors import UsageError, WallError
from grader.sandbox import Limits, choice
from grader.sandbox.docker_wall import DockerWall
from grader.sandbox.none_wall import NoneWall
from grader.sandbox.sandlock_wall import SandlockWall


def lacking(why):
    def check():
        raise WallError(why)

    return check


def having():
    return None


@pytest.mark.parametrize(("name", "kind"), [("docker", DockerWall), ("sandlock", SandlockWall), ("none", NoneWall)])
def test_a_wall_asked_for_by_name_is_the_one(name, kind):
    """The wall is that one whatever the machine offers, and `why` says that it was asked for."""
    chosen = choice.choose(name)
    wall = chosen.make(Limits(), 1)
    assert isinstance(wall, kind)
    assert wall.name == chosen.name == name
    assert "asked for" in chosen.why


def test_no_wall_says_what_it_risks():
    """Choosing `none` comes with its risk."""
    assert "delete your files" in choice.choose("none").why


def test_docker_comes_first(monkeypatch):
    """Where an engine answers and holds the image, docker is the default."""
    monkeypatch.setattr(choice, "check_docker", having)
    monkeypatch.setattr(choice, "check_sandlock", having)
    assert choice.choose().name == "docker"


def test_sandlock_comes_second_and_says_why_not_docker(monkeypatch):
    """Without docker the default is sandlock, with docker's reason."""
    monkeypatch.setattr(choice, "check_docker", lacking("docker: no engine answers"))
    monkeypatch.setattr(choice, "check_sandlock", having)
    chosen = choice.choose()
    assert chosen.name == "sandlock"
    assert "docker can't be used: no engine answers" in chosen.why


def test_none_is_never_the_default(monkeypatch):
    """Without docker and sandlock the run fails, with both reasons, the ways out, and the risk of the last one."""
    monkeypatch.setattr(choice, "check_docker", lacking("docker: no engine answers"))
    monkeypatch.setattr(choice, "check_sandlock", lacking("needs Linux"))
    with pytest.raises(WallError) as caught:
        choice.choose()
    for part in ("no engine answers", "needs Linux", "grader doctor", "--sandbox none", choice.RISK):
        assert part in str(caught.value)


def test_a_typo_is_helped():
    """An unknown name is wrong use, and the near one is suggested."""
    with pytest.raises(UsageError, match="did you mean docker"):
        choice.choose("dokcer")
    with pytest.raises(UsageError, match="choose docker, sandlock, none"):
        choice.choose("xyz")


def test_a_runtime_is_dockers():
    """A runtime alone asks for docker; with another wall it is wrong use."""
    assert choice.choose(runtime="runsc").name == "docker"
    with pytest.raises(UsageError, match="--runtime is for the docker wall"):
        choice.choose("sandlock", runtime="runsc")


def test_no_engine_means_no_docker(monkeypatch, tmp_path):
    """The check itself: an engine that can't be reached is a reason in one line."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(WallError, match="no engine answers"):
        choice.check_docker()


def test_an_old_kernel_means_no_sandlock(monkeypatch):
    """A kernel with too old a Landlock is named with what is needed."""
    sandlock = pytest.importorskip("sandlock")
    monkeypatch.setattr(sandlock, "landlock_abi_version", lambda: 2)
    with pytest.raises(WallError, match="Landlock is ABI 2, and"):
        choice.check_sandlock()
