"""Scratch folders by themselves: removed whatever they hold, in time that grows with it and no faster."""

from __future__ import annotations

import os
import sys

import pytest

from grader.sandbox import scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors of folders are POSIX's")


def nested(folder, levels: int) -> None:
    """So many folders in one another."""
    above = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=above)
        inner = os.open("d", os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = inner
    os.close(above)


def test_everything_is_removed_and_nothing_else(tmp_path):
    """Files, 1,500 nested folders, a locked one and links to what is outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    (folder / "link").symlink_to(outside)
    (folder / "locked" / "inner").mkdir(parents=True)
    (folder / "locked" / "link").symlink_to(outside)
    (folder / "locked" / "inner").chmod(0)
    (folder / "locked").chmod(0)
    nested(folder, 1_500)
    scratch.remove(folder)
    assert not folder.exists()
    assert os.listdir(outside) == ["kept"]


def test_each_folder_is_listed_once(tmp_path, monkeypatch):
    """Many folders side by side, and folders in these, cost one listing each."""
    folder = tmp_path / "folder"
    for name in range(300):
        (folder / str(name) / "below").mkdir(parents=True)
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda fd: listed.append(fd) or scandir(fd))
    scratch.empty(folder)
    assert os.listdir(folder) == []
    assert len(listed) == 301


def test_an_ordinary_folder_is_no_excess(tmp_path):
    """Some files, in some folders."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(100_000))
    (tmp_path / "loop").symlink_to(tmp_path)
    assert scratch.excess(tmp_path, 1 << 20) == ""


def test_too_many_bytes_are_an_excess(tmp_path):
    """All files together."""
    for name in range(3):
        (tmp_path / str(name)).write_bytes(os.urandom(600_000))
    assert scratch.excess(tmp_path, 1 << 20) == "more than 1 MiB of files"


def test_too_many_entries_are_an_excess(tmp_path, monkeypatch):
    """Empty files and folders take no disk, and time to remove; links to one file too."""
    monkeypatch.setattr(scratch, "MAX_ENTRIES", 20)
    for name in range(7):
        (tmp_path / f"folder {name}").mkdir()
        (tmp_path / f"folder {name}" / "file").touch()
        (tmp_path / f"link {name}").symlink_to("file")
    assert scratch.excess(tmp_path, 1 << 20) == "more than 20 files and folders"


def test_a_folder_that_is_gone_is_an_excess(tmp_path):
    """Or has something else in its place."""
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("gone", "link"):
        assert "unusable" in scratch.excess(tmp_path / name, 1 << 20)


def test_too_many_levels_are_an_excess(tmp_path):
    """They are not walked to the end."""
    nested(tmp_path, 200)
    assert "deep" in scratch.excess(tmp_path, 1 << 20)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root looks into every folder")
def test_a_folder_that_hides_its_files_is_an_excess(tmp_path):
    """What can't be counted is not waited for."""
    (tmp_path / "locked").mkdir(0o300)
    assert "looked into" in scratch.excess(tmp_path, 1 << 20)
