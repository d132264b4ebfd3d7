"""A submission's scratch folder: made fresh, and removed whatever it holds.

Removal goes by descriptor and never through a link. What lies deeper is moved up before it is opened, since the kernel
takes longer the deeper a file lies (20 s for 1,500 nested folders under Landlock). It is for folders in which nothing
runs any more.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from typing import Final

MAX_ENTRIES: Final = 1_000
_MAX_DEPTH: Final = 50
if sys.platform != "win32":
    _FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def empty(folder: str) -> None:
    """Remove everything in `folder`. Raises OSError where something can't be removed."""
    if sys.platform == "win32":
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
        return
    top = os.open(folder, _FOLDER)
    prefix = os.urandom(12).hex()
    moved = 0
    try:
        # Each listing is read once, however many folders it names: what lies in them joins the end of the queue.
        folders = _remove_files(top)
        while folders:
            name = folders.pop()
            if _remove_empty(name, top):
                continue
            inner = _open_folder(name, top)
            try:
                for below in _remove_files(inner):
                    os.chmod(below, 0o700, dir_fd=inner)
                    moved += 1
                    os.rename(below, f"{prefix}-{moved}", src_dir_fd=inner, dst_dir_fd=top)
                    folders.append(f"{prefix}-{moved}")
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def excess(folder: str, limit: int) -> str:
    """What `folder` holds too much of: more than `limit` bytes of disk, or more entries or levels than can be removed
    in a moment; empty when it is none of these.

    It may be asked while a submission is at work in the folder.
    """
    total = entries = 0
    try:
        top = os.open(folder, _FOLDER)
    except OSError as error:
        return f"its own folder unusable ({error.strerror})"
    try:
        for status, depth in _below(top, 1):
            entries += 1
            total += status.st_blocks * 512
            if total > limit:
                return f"more than {limit >> 20} MiB of files"
            if entries > MAX_ENTRIES:
                return f"more than {MAX_ENTRIES} files and folders"
            if depth > _MAX_DEPTH:
                return f"folders more than {_MAX_DEPTH} deep"
    except PermissionError:
        return "a folder that can't be looked into"
    finally:
        os.close(top)
    return ""


def _below(folder: int, depth: int) -> Iterator[tuple[os.stat_result, int]]:
    """Everything below an open folder, with its level. Raises PermissionError where a folder can't be listed."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it was removed just now
            yield status, depth
            if stat.S_ISDIR(status.st_mode):
                folders.append(entry.name)
    for name in folders:
        try:
            inner = os.open(name, _FOLDER, dir_fd=folder)
        except PermissionError:
            raise
        except OSError:
            continue  # it was removed or replaced just now
        try:
            yield from _below(inner, depth + 1)
        finally:
            os.close(inner)


def remove(folder: str) -> None:
    """Remove `folder` with everything in it."""
    empty(folder)
    os.rmdir(folder)


def _remove_files(folder: int) -> list[str]:
    """Remove what is no folder; gives the names of those that are."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in found if is_folder]


def _remove_empty(name: str, above: int) -> bool:
    """Remove a folder in which nothing is, in one call; False where something is."""
    try:
        os.rmdir(name, dir_fd=above)
    except OSError:
        return False
    return True


def _open_folder(name: str, above: int) -> int:
    try:
        fd = os.open(name, _FOLDER, dir_fd=above)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=above)
        return os.open(name, _FOLDER, dir_fd=above)
    os.fchmod(fd, 0o700)
    return fd
