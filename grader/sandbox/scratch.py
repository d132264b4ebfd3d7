"""A submission's scratch folder: made fresh, and removed whatever it holds.

Removal goes by descriptor, one level at a time and never through a link, so that neither 1,500 nested folders nor a
link to the root mislead it. It is for folders in which nothing runs any more.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys


def empty(folder: str) -> None:
    """Remove everything in `folder`. Raises OSError where something can't be removed."""
    if sys.platform == "win32":
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
        return
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    above: list[str] = []
    try:
        while True:
            below = _remove_files(here)
            if below is not None:
                above.append(below)
                step = _open_folder(below, here)
            elif above:
                step = os.open("..", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=here)
                os.rmdir(above.pop(), dir_fd=step)
            else:
                return
            os.close(here)
            here = step
    finally:
        os.close(here)


def remove(folder: str) -> None:
    """Remove `folder` with everything in it."""
    empty(folder)
    os.rmdir(folder)


def _remove_files(folder: int) -> str | None:
    """Remove what is no folder, until a folder is met: its name, or None."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if stat.S_ISDIR(os.stat(entry.name, dir_fd=folder, follow_symlinks=False).st_mode):
                return entry.name
            os.unlink(entry.name, dir_fd=folder)
    return None


def _open_folder(name: str, above: int) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(name, flags, dir_fd=above)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=above)
        return os.open(name, flags, dir_fd=above)
    os.fchmod(fd, 0o700)
    return fd
