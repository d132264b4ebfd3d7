"""The output folder of a run: taken for one grader at a time, and never one that holds other things."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from grader.errors import StoreError, UsageError
from grader.store import NAME

LOCK: Final = ".lock"
OURS: Final = frozenset(
    {
        NAME,
        f"{NAME}-wal",
        f"{NAME}-shm",
        f"{NAME}-journal",
        "grades.csv",
        "marks.csv",
        "index.html",
        "results",
        "feedback",
        "export",
        "regrade",
    }
)
KEPT: Final = frozenset({LOCK, "manual.json"})
"""What `fresh` leaves: a person's marks are no result of a run."""


@contextmanager
def taken(folder: Path, *, fresh: bool) -> Iterator[Path]:
    """The folder, made if it isn't there, locked until the block ends; `fresh` empties it of an earlier run.

    Raises UsageError when it holds other things, StoreError when it can't be written or another grader has it.
    """
    _refuse_foreign(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+b")
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{folder} can't be written ({reason}): choose another --out, or make it writable") from error
    with lock:
        _lock(lock.fileno(), folder)
        if fresh:
            _empty(folder)
        yield folder


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: --out takes a folder")
    try:
        there = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise StoreError(f"{folder} can't be read ({error.strerror or error}): choose another --out") from error
    # Only a journal that a grader has locked says that the rest is ours, which --fresh may empty: anybody may have a
    # folder called "results", or a database called grades.db.
    foreign = sorted(there - KEPT)
    if foreign and not {NAME, LOCK} <= there:
        some = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        raise UsageError(f"{folder} holds other things ({some}): choose an empty or new folder for --out")


def _lock(descriptor: int, folder: Path) -> None:
    """An advisory lock that ends with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows; there the journal's own locking must do
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreError(f"another grader is writing to {folder}: wait for it, or choose another --out") from error
    except OSError as error:
        raise StoreError(f"{folder} can't be locked ({error.strerror or error}): choose another --out") from error


def _empty(folder: Path) -> None:
    try:
        for name in OURS:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} can't be emptied ({error.strerror or error}): choose another --out") from error
