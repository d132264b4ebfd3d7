"""Where a class lies: a folder, a zip that is read as such a folder, or a single file.

A place lists what lies directly in it without opening anything, and reads one entry of it at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from os import getpid, scandir
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader import intake
from grader.errors import Unreadable, UsageError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """Something that lies directly in a place."""

    name: str
    folder: bool = False
    special: bool = False
    """Neither a file nor a folder: a link, a named pipe, a device."""


class Place(Protocol):
    """A folder or a zip that holds a class. Can be sent to another process."""

    def entries(self) -> tuple[list[Entry], tuple[str, ...]]:
        """What lies directly in it, and remarks. Raises UsageError."""
        ...

    def items(self, name: str, reader: intake.Reader) -> Iterator[intake.Item]:
        """The sources of the entry `name`. Raises OSError."""
        ...

    def within(self, name: str) -> Place:
        """The folder `name` of this place, as a place."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of the file `name`, which is no submission. Raises Unreadable, or OSError."""
        ...

    def entered(self) -> Place:
        """The place itself, or the one folder in it, where that is what a class was packed in."""
        ...


def open_place(given: str) -> tuple[Place, str | None]:
    """The place that `given` names, and the file in it where it names a single one. Raises UsageError."""
    text = intake.shown(given)
    try:
        real = Path(given).resolve(strict=True)
        is_folder, is_file = real.is_dir(), real.is_file()
    except FileNotFoundError:
        raise UsageError(f"there is no {text}; name the folder, zip or file that holds the submissions") from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise UsageError(f"{text} can't be read: {reason(error)}") from None
    if is_folder:
        return Folder(str(real)), None
    kind = intake.kind_of(real.name) if is_file else None
    if kind == "zip":
        return _zip_place(real, text), None
    if kind is None:
        raise UsageError(f"{text} is neither a folder nor a .py, .ipynb or .zip file")
    return Folder(str(real.parent)), real.name


def reason(error: Exception) -> str:
    """What the system says, without the number and the path that Python puts around it."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk."""

    path: str

    def entries(self) -> tuple[list[Entry], tuple[str, ...]]:
        """What lies in the folder. Raises UsageError where it can't be listed."""
        found = []
        try:
            with scandir(self.path) as listing:
                for entry in listing:
                    folder, file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
                    found.append(Entry(entry.name, folder, not (folder or file)))
        except OSError as error:
            raise UsageError(f"{intake.shown(self.path)} can't be read: {reason(error)}") from None
        return found, ()

    def items(self, name: str, reader: intake.Reader) -> Iterator[intake.Item]:
        """The sources of the entry `name`. Raises OSError."""
        return reader.read_path(str(Path(self.path, name)), name)

    def within(self, name: str) -> Folder:
        """The folder `name` in it."""
        return Folder(str(Path(self.path, name)))

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a regular file in it. Raises Unreadable, or OSError."""
        return intake.read_limited(str(Path(self.path, name)), limit)

    def entered(self) -> Folder:
        """The folder itself: one that holds a single folder is a class of one."""
        return self


@dataclass(frozen=True, slots=True)
class Zip:
    """A zip, or the folder in it that `top` leads to."""

    path: str
    top: tuple[str, ...] = ()

    def entries(self) -> tuple[list[Entry], tuple[str, ...]]:
        """What lies in the zip, or in its folder."""
        groups, unsafe = _opened(self.path).groups(self.top)
        remarks = (f"{unsafe} entries of the zip have a path that leaves it; they are not read",) if unsafe else ()
        return [Entry(name, folder) for name, (folder, _) in groups.items()], remarks

    def items(self, name: str, reader: intake.Reader) -> Iterator[intake.Item]:
        """The sources of the entry `name`. Raises OSError."""
        opened = _opened(self.path)
        _, infos = opened.groups(self.top)[0][name]
        return reader.read_entries(opened.archive, infos, name, skip=len(self.top))

    def within(self, name: str) -> Zip:
        """The folder `name` in it."""
        return Zip(self.path, (*self.top, name))

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of the file called `name`. Raises Unreadable, or OSError."""
        opened = _opened(self.path)
        return intake.read_entry(opened.archive, opened.groups(self.top)[0][name][1][-1], limit)

    def entered(self) -> Zip:
        """The zip, or its single folder where that is the class's and not a student's: when it is called as the zip is,
        or holds folders or zips.
        """
        visible = [entry for entry in self.entries()[0] if not intake.is_noise(entry.name)]
        if len(visible) != 1 or not visible[0].folder:
            return self
        inner = self.within(visible[0].name)
        holds_students = any(entry.folder or intake.kind_of(entry.name) == "zip" for entry in inner.entries()[0])
        return inner if holds_students or visible[0].name == intake.stem_of(Path(self.path).name) else self


def _zip_place(path: Path, text: str) -> Zip:
    """The zip as a place."""
    place = Zip(str(path))
    try:
        opened = _opened(place.path)
    except OSError as error:
        raise UsageError(f"{text} can't be read: {reason(error)}") from None
    except Unreadable as error:
        raise UsageError(f"{text} {error}") from None
    if any(intake.is_encrypted(info) for info in opened.archive.infolist()):
        raise UsageError(f"{text} is encrypted; unpack it and name the folder")
    return place


_Groups = dict[str, tuple[bool, "list[ZipInfo]"]]


class _Opened:
    """An open zip, its entries grouped by the folders that they lie in."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self._levels: dict[int, tuple[dict[tuple[str, ...], _Groups], int]] = {}

    def groups(self, top: tuple[str, ...]) -> tuple[_Groups, int]:
        """Entries under `top` by name, each with whether it is a folder; and how many have unsafe paths."""
        if len(top) not in self._levels:
            self._levels[len(top)] = self._level(len(top))
        folders, unsafe = self._levels[len(top)]
        return folders.get(top, {}), unsafe

    def _level(self, depth: int) -> tuple[dict[tuple[str, ...], _Groups], int]:
        """All folders so deep at once: a class may have thousands of them."""
        folders: dict[tuple[str, ...], _Groups] = {}
        unsafe = 0
        for info in self.archive.infolist():
            name = intake.entry_name(info)
            parts = intake.entry_parts(name)
            if parts is None:
                unsafe += 1
            elif len(parts) > depth:
                groups = folders.setdefault(parts[:depth], {})
                folder, infos = groups.get(parts[depth], (False, []))
                infos.append(info)
                groups[parts[depth]] = (folder or len(parts) > depth + 1 or name.endswith("/"), infos)
        return folders, unsafe


def _opened(path: str) -> _Opened:
    # A fork shares its parent's place in an open file: each process needs its own.
    return _open_once(path, Path(path).stat().st_mtime_ns, getpid())


@lru_cache(maxsize=2)
def _open_once(path: str, _changed: int, _process: int) -> _Opened:
    """The zip, opened once in a process: its table of contents may be long. Raises Unreadable."""
    return _Opened(intake.open_zip(path))
