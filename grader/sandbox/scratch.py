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
from typing import Final

_MAX_ENTRIES: Final = 50_000
_MAX_OPEN: Final = 100
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
        while (name := _remove_files(top)) is not None:
            inner = _open_folder(name, top)
            try:
                while (below := _remove_files(inner)) is not None:
                    os.chmod(below, 0o700, dir_fd=inner)
                    moved += 1
                    os.rename(below, f"{prefix}-{moved}", src_dir_fd=inner, dst_dir_fd=top)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def free(folder: str) -> int:
    """Bytes left on the disk that holds `folder`."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def holds_more(folder: str, limit: int) -> bool:
    """Whether `folder` takes more than `limit` bytes of disk, or more entries or levels than are worth counting.

    It may be asked while a submission is at work in the folder.
    """
    total = entries = 0
    open_folders = [os.open(folder, _FOLDER)]
    try:
        while open_folders:
            here = open_folders.pop()
            try:
                for name in os.listdir(here):
                    entries += 1
                    found = os.stat(name, dir_fd=here, follow_symlinks=False)
                    total += found.st_blocks * 512
                    if stat.S_ISDIR(found.st_mode):
                        open_folders.append(os.open(name, _FOLDER, dir_fd=here))
                    if total > limit or entries > _MAX_ENTRIES or len(open_folders) > _MAX_OPEN:
                        return True
            except OSError:
                continue  # it was removed or locked just now: what is left is counted the next time
            finally:
                os.close(here)
        return False
    finally:
        for fd in open_folders:
            os.close(fd)


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
    try:
        fd = os.open(name, _FOLDER, dir_fd=above)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=above)
        return os.open(name, _FOLDER, dir_fd=above)
    os.fchmod(fd, 0o700)
    return fd
