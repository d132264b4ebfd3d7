from __future__ import annotations

import errno
from functools import partial
from pathlib import Path

import pytest

from grader.errors import StoreError
from grader.report.files import write_atomic


def test_writes_and_replaces(tmp_path):
    """A file is made with its folders, replaced whole, and readable by whom the umask lets read."""
    path = tmp_path / "results" / "ada" / "softmax.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["softmax.json"]
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_full_disk_keeps_the_old_file(tmp_path, monkeypatch):
    """When the disk fills up, the old file stays, nothing half-written is left, and the error says what to do."""
    path = tmp_path / "grades.csv"
    write_atomic(path, b"old")

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StoreError, match=r"grades\.csv.*disk is full.*--resume"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["grades.csv"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_write_that_fails_is_a_store_error(tmp_path, monkeypatch):
    """A disk that is full while writing, as /dev/full is, gives StoreError."""
    full = partial(open, "/dev/full", "wb")
    monkeypatch.setattr("grader.report.files._made", lambda *_: full())
    with pytest.raises(StoreError, match="disk is full"):
        write_atomic(tmp_path / "x", b"data")


def test_a_file_where_a_folder_is_needed(tmp_path):
    """A file in a folder's place is named, with the way out."""
    (tmp_path / "results").write_bytes(b"")
    with pytest.raises(StoreError, match=r"results/ada\.json.*a file stands where a folder is needed.*--out"):
        write_atomic(tmp_path / "results" / "ada.json", b"")


def test_a_folder_where_the_file_goes(tmp_path):
    """A folder in the file's place is not removed."""
    (tmp_path / "x" / "y").mkdir(parents=True)
    with pytest.raises(StoreError, match="a folder stands"):
        write_atomic(tmp_path / "x", b"")
    assert (tmp_path / "x" / "y").is_dir()


def test_read_only_folder_is_explained(tmp_path, monkeypatch):
    """A read-only file system is told as such, on one line even for a hostile path."""

    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError) as caught:
        write_atomic(tmp_path / "a\nb\x1b[31m" / "x", b"")
    assert "read-only: choose another folder" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
