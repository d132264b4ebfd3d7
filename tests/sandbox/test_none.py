"""The wall called none: what is its own."""

from __future__ import annotations

import os
import sys

import pytest

from grader.errors import Died, Hung, WallError
from grader.sandbox import Limits, none_wall, wire
from grader.sandbox.box import SandboxBox
from grader.sandbox.channel import ThreadChannel
from tests.sandbox.conftest import Asker


def test_it_works_over_threads_where_pipes_can_not_be_polled(monkeypatch):
    """As on Windows: answers, deaths and hangs are told the same."""
    monkeypatch.setattr(none_wall, "_channel", lambda process: ThreadChannel(process.stdout, process.stdin))
    with none_wall.NoneWall(Limits(question_s=2.0)).open() as box:
        asker = Asker(box)
        asker.load("import os\ndef f(): return 3\ndef g(): os._exit(2)\ndef h():\n    while True: pass\n")
        assert asker.value("f") == 3
        with pytest.raises(Died, match="status 2"):
            asker.call("g")
        asker.load("def h():\n    while True: pass\n")
        with pytest.raises(Hung):
            asker.call("h")


def test_a_python_that_does_not_start_is_the_walls_fault(monkeypatch):
    """With what it said."""
    monkeypatch.setattr("grader.sandbox.launch.libraries", lambda: "/nowhere")
    with none_wall.NoneWall(Limits()).open() as box, pytest.raises(WallError, match="No module named"):
        Asker(box).load("x = 1")


def test_its_folder_is_removed(tmp_path, monkeypatch):
    """A submission's scratch folder goes with its process."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with none_wall.NoneWall(Limits()).open() as box:
        Asker(box).load("open('x', 'w').close()\n")
        assert len(os.listdir(tmp_path)) == 1
    assert os.listdir(tmp_path) == []


def test_an_editable_install_is_not_importable(none_wall):
    """The box's sys.path has the standard library and nothing of what is installed."""
    with none_wall.open() as box:
        asker = Asker(box)
        asker.load("import sys\ndef f():\n    return tuple(sys.path), tuple(sys.modules)\n")
        path, modules = asker.value("f")
    assert not any("site-packages" in each for each in path)
    assert {"numpy", "msgspec", "boxworker"} <= set(modules)
    assert not {name for name in modules if name.split(".")[0] in {"grader", "reference", "assignments", "site"}}


def test_what_is_too_long_stays_behind():
    """A source over the limit is noted and not sent; lone surrogates are replaced."""

    def take():
        raise WallError("not here")

    box = SandboxBox(Limits(), take)
    with pytest.raises(WallError):
        box.load((wire.Cell("", "x = '\udc80'"),))
    from grader.sandbox.box import _fit

    cells, notes = _fit((wire.Cell("cell 1", "#" * (2 << 20)), wire.Cell("cell 2", "x = '\udc80'")))
    assert [cell.source for cell in cells] == ["", "x = '?'"]
    assert [(note.kind, note.where) for note in notes] == [("syntax", "cell 1")]


@pytest.mark.skipif(sys.platform == "win32", reason="processes are counted on Linux")
def test_memory_of_the_process_itself_is_not_counted():
    """A limit below what Python and numpy take still lets a submission load."""
    with none_wall.NoneWall(Limits(memory_mib=32)).open() as box:
        asker = Asker(box)
        asker.load("def f():\n    return len(bytearray(8 << 20))\ndef g():\n    return len(bytearray(64 << 20))\n")
        assert asker.value("f") == 8 << 20
        assert asker.call("g").error.type == "MemoryError"
