"""A Docker engine that stops, dawdles, fills up or loses its image under a run: nobody loses a point by it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from io import BytesIO

import class_samples as samples
import docker as docker_sdk
import pytest
import running
from engines import Engine, may_be_started

from grader.sandbox import image
from tests.failure.conftest import ALL

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]

CLASS = {"ada": samples.RIGHT, "bob": running.waiting("bob"), "cleo": samples.WRONG, "dan": samples.RIGHT}


@pytest.fixture(scope="module")
def private(tmp_path_factory, docker, require):
    """An engine of this module's own, which holds the image."""
    require("docker", may_be_started())
    engine = Engine(tmp_path_factory.mktemp("engine") / "data")
    try:
        engine.start()
        engine.load_image()
        yield engine
    finally:
        engine.remove()


@pytest.fixture
def engine(private):
    """The engine, running and with its image, whatever the test before did to it."""
    if private.process is None:
        private.start()
    private.let_go()
    if private.docker("image", "inspect", image.NAME).returncode:
        private.load_image()
    return private


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, private):
    """A class, and what an undisturbed run makes of it."""
    base = tmp_path_factory.mktemp("undisturbed")
    folder = samples.a_class(base / "class", **CLASS)
    if private.process is None:
        private.start()
    run = running.Running(folder, base / "calm", base / "tmp", *running.LONG, wall="docker", env=private.environment)
    run.let_go("bob")
    done = run.finish()
    assert done.code == 0, done
    return folder, base / "calm"


def started(begin, engine, tmp_path, folder):
    """A run that has come to where bob waits, and has written what was before him."""
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", *running.LONG, wall="docker", env=engine.environment)
    run.await_waiting("bob")
    while running.students(out) != {"ada"}:
        assert run.process.poll() is None
    return run, out


def go_on(begin, engine, tmp_path, folder, out, calm, held):
    """The next run: it grades what was not, and no more, and the grades are those of an undisturbed one."""
    again = begin(folder, out, tmp_path / "tmp", *running.LONG, wall="docker", env=engine.environment)
    again.let_go("bob")
    done = again.finish()
    assert (done.code, done.err) == (0, "")
    assert held.items() <= running.journal(out).items()
    running.same(out, calm)


def test_an_engine_that_stops_for_good(tmp_path, begin, engine, undisturbed):
    """What is graded stays, the rest is not graded, the line says why; with an engine again the next run finishes."""
    folder, calm = undisturbed
    run, out = started(begin, engine, tmp_path, folder)
    held = running.journal(out)
    engine.stop()
    done = run.finish()
    assert (done.code, done.err) == (1, "")
    assert "3 not graded: docker: no engine answers" in done.out
    assert {s: (row["total"], row["status"]) for s, row in samples.rows(out).items() if s != "ada"} == dict.fromkeys(
        ("bob", "cleo", "dan"), ("", "not_graded")
    )
    refused = begin(folder, out, tmp_path / "tmp", wall="docker", env=engine.environment).finish()
    assert refused.code == 3
    assert "no engine answers" in refused.one_line()
    engine.start()
    go_on(begin, engine, tmp_path, folder, out, calm, held)


def test_an_engine_that_is_restarted(tmp_path, begin, engine, undisturbed):
    """A run waits for it, and grades who was in a container then in another."""
    folder, calm = undisturbed
    run, out = started(begin, engine, tmp_path, folder)
    held = running.journal(out)
    engine.stop()
    engine.start()
    run.let_go("bob")
    done = run.finish()
    assert done.err == ""
    assert done.code in {0, 1}  # 1 where the engine takes longer than a run waits
    assert {row["total"] for row in samples.rows(out).values()} <= {
        "", *(row["total"] for row in samples.rows(calm).values())
    }  # fmt: skip
    go_on(begin, engine, tmp_path, folder, out, calm, held)


def test_an_engine_that_does_nothing_for_a_while(tmp_path, begin, engine):
    """The time of a question goes by while the answer lies in the engine: it is asked anew."""
    folder = samples.a_class(tmp_path / "class", bob=CLASS["bob"])
    out = tmp_path / "out"
    run = begin(folder, out, tmp_path / "tmp", "--question-time", 12, wall="docker", env=engine.environment)
    scratch = run.await_waiting("bob")
    engine.hold()
    (scratch / "bob-goes").touch()
    time.sleep(15)  # longer than a question may take
    engine.let_go()
    run.let_go("bob")
    done = run.finish()
    assert (done.code, done.err) == (0, "")
    assert samples.rows(out)["bob"]["total"] == "10"


def test_an_image_that_is_removed(tmp_path, begin, engine, undisturbed):
    """Containers that are there serve; who finds none is not graded, or the run has enough of them made ahead."""
    folder, calm = undisturbed
    run, out = started(begin, engine, tmp_path, folder)
    held = running.journal(out)
    engine.docker("image", "rm", "--force", image.NAME)
    run.let_go("bob")
    done = run.finish()
    assert done.err == ""
    assert done.code in {0, 1}
    assert done.code == 0 or "not graded: docker: " in done.out
    refused = begin(folder, out, tmp_path / "tmp", wall="docker", env=engine.environment).finish()
    assert refused.code == 3
    assert "holds no image" in refused.one_line()
    engine.load_image()
    go_on(begin, engine, tmp_path, folder, out, calm, held)


def test_an_image_of_another_version(tmp_path, begin, engine, undisturbed):
    """An image that was made anew by another version under a run: refused by the next run, with how to make it."""
    folder, calm = undisturbed
    run, out = started(begin, engine, tmp_path, folder)
    held = running.journal(out)
    client = docker_sdk.DockerClient(base_url=engine.host)
    with contextlib.closing(client):
        engine.docker("tag", image.NAME, "kept")
        recipe = f"FROM kept\nLABEL {image.LABEL}worker=another\n"
        client.images.build(fileobj=BytesIO(recipe.encode()), tag=image.NAME, rm=True)
    try:
        run.let_go("bob")
        assert run.finish().code == 0  # a run uses the image that it began with
        running.same(out, calm)
        refused = begin(folder, out, tmp_path / "tmp", wall="docker", env=engine.environment).finish()
        assert refused.code == 3
        assert "another version of the worker" in refused.one_line()
    finally:
        engine.docker("tag", "kept", image.NAME)
    go_on(begin, engine, tmp_path, folder, out, calm, held)


@pytest.mark.skipif(not ALL, reason="a second engine with an image of its own: make failures")
def test_an_engine_whose_disk_is_full(tmp_path, begin, docker, undisturbed):
    """No container can be made: exit code 1 or 3, a line that says why, no zero; with room all is graded."""
    folder, calm = undisturbed
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", data], check=True)
    engine = Engine(data)
    try:
        engine.start()
        engine.load_image()
        run, out = started(begin, engine, tmp_path, folder)
        held = running.journal(out)
        filler = data / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        run.let_go("bob")
        done = run.finish()
        assert done.err == ""
        assert done.code in {0, 1}
        assert done.code == 0 or "not graded: docker: " in done.out
        filler.unlink()
        go_on(begin, engine, tmp_path, folder, out, calm, held)
    finally:
        engine.remove()
        subprocess.run(["umount", "--lazy", data], check=False)
