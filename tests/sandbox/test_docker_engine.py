"""Reaching the engine, and what its failures are called."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time

import docker
import pytest

from grader.errors import WallError
from grader.sandbox import Limits, choice, engine
from grader.sandbox.docker_wall import DockerWall

SOCKET = "/var/run/docker.sock"


@contextlib.contextmanager
def served(path, serve):
    """A UNIX socket at `path`, each connection to which is given to `serve` in a thread."""
    connections = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connections.append(connection)
                    threading.Thread(target=serve, args=(connection, connections), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield connections
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()


def forward(connection, connections):
    """Pass everything on to the real engine and back."""
    upstream = socket.socket(socket.AF_UNIX)
    connections.append(upstream)
    upstream.connect(SOCKET)

    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    threading.Thread(target=copy, args=(upstream, connection), daemon=True).start()
    copy(connection, upstream)


def take_until_it_breaks(wall):
    """Past the containers that were made ahead."""
    for _ in range(10):
        wall._discard(wall.take())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("unix://{folder}/none.sock", "no engine answers at unix://.*No such file"),
        ("tcp://127.0.0.1:9", "no engine answers at tcp://127.0.0.1:9 .Connection refused"),
        ("nonsense://x", "Invalid bind address"),
    ],
)
def test_an_engine_that_is_not_there(monkeypatch, tmp_path, address, expected):
    """Each way of not being there is one line with the address and the system's own reason."""
    monkeypatch.setenv("DOCKER_HOST", address.format(folder=tmp_path))
    with pytest.raises(WallError, match=expected) as caught:
        engine.connect()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_an_engine_that_does_not_answer(monkeypatch, tmp_path):
    """An engine that takes a request and says nothing is given up after the time for a request."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/slow.sock")
    monkeypatch.setattr(engine, "TIMEOUT_S", 0.3)
    began = time.monotonic()
    with (
        served(tmp_path / "slow.sock", lambda connection, connections: connection.recv(1)),
        pytest.raises(WallError, match="docker:"),
    ):
        engine.connect()
    assert time.monotonic() - began < 30


def test_a_context_that_is_not_there(monkeypatch):
    """A context asked for by name is used or refused, never replaced by the default one."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")
    with pytest.raises(WallError, match="no context no-such-context"):
        engine.connect()


def test_whose_engine_it_is():
    """A socket that this user may not use is told apart from an engine that isn't running."""
    with (
        pytest.raises(WallError, match="you may not use the engine"),
        engine.engine_errors("reaching the engine"),
    ):
        raise PermissionError(13, os.strerror(13))


@pytest.mark.docker
def test_an_engine_that_goes_away(monkeypatch, tmp_path, require):
    """While a run is on: what comes next is the machine's fault, and leaving the wall says nothing more."""
    if os.environ.get("DOCKER_HOST"):
        pytest.skip("the engine is not at the usual socket")
    try:
        choice.check_docker()
    except WallError as error:
        require("docker", str(error))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with contextlib.ExitStack() as stack:
        stack.enter_context(served(tmp_path / "docker.sock", forward))
        wall = DockerWall(Limits())
        with wall:
            wall._discard(wall.take())
            stack.close()
            with pytest.raises(WallError, match="docker:"):
                take_until_it_breaks(wall)
    monkeypatch.delenv("DOCKER_HOST")
    client = engine.connect()
    for found in client.api.containers(all=True, filters={"label": f"backprop-grader.owner={wall._owner}"}):
        with contextlib.suppress(docker.errors.APIError):  # being removed already
            client.api.remove_container(found["Id"], force=True)
    client.close()
