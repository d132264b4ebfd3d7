"""Writing a report so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

from grader.errors import StoreError
from grader.report.escape import line

_NEXT: Final = {
    errno.ENOSPC: "the disk is full: make room, then run the same command again with --resume",
    errno.EDQUOT: "your disk quota is used up: make room, then run the same command again with --resume",
    errno.EROFS: "the file system is read-only: choose another folder with --out",
    errno.EACCES: "permission denied: make the folder writable, or choose another with --out",
    errno.EPERM: "permission denied: make the folder writable, or choose another with --out",
    errno.ENOTDIR: "a file stands where a folder is needed: move it away, or choose another folder with --out",
    errno.EEXIST: "a file stands where a folder is needed: move it away, or choose another folder with --out",
    errno.EISDIR: "a folder stands where the file is to go: move it away, or choose another folder with --out",
    errno.ENAMETOOLONG: "the path is too long: choose a folder nearer to the root with --out",
}

UNFINISHED: Final = ".tmp-"
"""What the name of a file begins with that is being written, or whose writer was killed."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`, making its folder; whoever opens `path` sees the old file or the whole new one.

    Raises StoreError, which says what to do; nothing is left behind then.
    """
    write_pieces(path, (data,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """As `write_atomic`, for what is too large to be held in memory as a whole."""
    # A short name of fixed length: one made from `path` could be too long where `path` itself is not.
    temporary = os.path.join(path.parent, f"{UNFINISHED}{secrets.token_hex(8)}")
    try:
        try:
            # Not tempfile: its files are readable by the owner alone, and stay so after the rename.
            with _made(temporary, path.parent) as file:
                file.writelines(pieces)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise StoreError(f"can't write {line(str(path))}: {_advice(error)}") from error


def _made(path: str, folder: Path) -> BinaryIO:
    """A new file, in a folder that is made where it is not there; strings, for it is done ten times a submission."""
    try:
        return open(path, "xb")
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return open(path, "xb")


def _advice(error: OSError) -> str:
    known = _NEXT.get(error.errno or 0)
    return known or f"{line(error.strerror or str(error))}: mend that, or choose another folder with --out"
