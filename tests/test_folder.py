"""The output folder: one grader at a time, and never one that holds other things."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from grader.errors import StoreError, UsageError
from grader.folder import LOCK, OURS, taken
from grader.store import NAME


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    """A folder that is not there is made, and those above it."""
    with taken(tmp_path / "a" / "b", fresh=False) as folder:
        assert folder.is_dir()


def test_a_second_grader_is_refused_while_the_first_is_there(tmp_path):
    """While one grader has the folder, another is told so; afterwards it may have it."""
    with taken(tmp_path, fresh=False), pytest.raises(StoreError, match="another grader"), taken(tmp_path, fresh=True):
        pass
    with taken(tmp_path, fresh=False) as folder:
        assert folder == tmp_path


def test_a_grader_that_was_killed_holds_nothing(tmp_path):
    """The lock ends with its process, however that ends."""
    code = (
        "import sys, pathlib, time; from grader.folder import taken\n"
        "with taken(pathlib.Path(sys.argv[1]), fresh=False): print('taken', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "taken\n"
    with pytest.raises(StoreError, match="another grader"), taken(tmp_path, fresh=False):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with taken(tmp_path, fresh=False) as folder:
        assert folder == tmp_path


def test_fresh_empties_what_is_ours_alone(tmp_path):
    """`fresh` removes an earlier run's files; what somebody put beside them stays."""
    for name in (*OURS, LOCK):
        (tmp_path / name).write_text("old", encoding="utf-8")
    (tmp_path / "results").unlink()
    (tmp_path / "results" / "ada").mkdir(parents=True)
    (tmp_path / "results" / "ada" / "softmax.json").write_text("{}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with taken(tmp_path, fresh=True):
        assert sorted(entry.name for entry in tmp_path.iterdir()) == [".lock", "notes.txt"]


def test_fresh_does_not_follow_links(tmp_path):
    """Where `results` is a link, `fresh` removes the link and not what it leads to."""
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (elsewhere / "thesis.tex").write_text("mine", encoding="utf-8")
    (out / NAME).write_bytes(b"")
    (out / LOCK).touch()
    (out / "results").symlink_to(elsewhere)
    with taken(out, fresh=True):
        assert (elsewhere / "thesis.tex").read_text(encoding="utf-8") == "mine"
        assert not (out / "results").exists()


@pytest.mark.parametrize("name", ["notes.txt", "results", "grades.csv", "feedback", "index.html"])
def test_without_a_journal_nothing_there_is_ours(tmp_path, name):
    """A folder with anything in it and no journal holds other things, names like ours included."""
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=f"holds other things .{name}"), taken(tmp_path, fresh=True):
        pass
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("fresh", [True, False])
def test_a_database_that_no_grader_locked_is_not_ours(tmp_path, fresh):
    """A grades.db of somebody else is neither emptied nor written to, and no lock is laid beside it."""
    (tmp_path / NAME).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other things"), taken(tmp_path, fresh=fresh):
        pass
    assert (tmp_path / NAME).read_text(encoding="utf-8") == "mine"
    assert os.listdir(tmp_path) == [NAME]
