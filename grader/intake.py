"""What was handed in, as bytes: files, folders and zips, read so that nothing hostile costs more than itself.

- Regular files only. Links are not followed, FIFOs, devices and sockets not opened; a file's size is looked at first
  and its real bytes are counted while reading.
- Zips are read entry by entry into memory. Nothing is extracted, an entry's name is never used as a path, and the sizes
  that a zip claims are not believed: real bytes are counted while unpacking.
- What can't be read is an `Item` with the reason where it is named like source, else a problem; the rest is read on.
- Only the bytes of one file are held at a time.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from grader.errors import Unreadable
from grader.result import Problem
from grader.source import NOTEBOOK_LIMIT, SOURCE_LIMIT

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo  # imported only where a zip is met, for the self-check's sake

MIB: Final = 1 << 20
ZIP_LIMIT: Final = 64 * MIB
UNPACKED_LIMIT: Final = 64 * MIB
"""Bytes that a zip, with the zips inside it, may unpack to."""
STUDENT_LIMIT: Final = 256 * MIB
"""Bytes that are read of one student: of files on disk, and what zips unpack to."""
ENTRY_LIMIT: Final = 1_000
"""Files of source that are read of one student."""
LISTED_LIMIT: Final = 100_000
"""Files of any kind that the zips of one student may list: far more than an environment packed by mistake has."""
DEPTH_LIMIT: Final = 8
NAME_LIMIT: Final = 1_000
"""Characters of an entry's name, folders included. A zip may hold names of 65,535, and no disk does."""
ZIP_DEPTH_LIMIT: Final = 3
DIRECTORY_LIMIT: Final = 4 * MIB
"""Bytes of a student's zip's table of contents: its entries take ten times as much once they are parsed."""
_PROBLEM_LIMIT: Final = 20
_TOO_MUCH: Final = f"more than {STUDENT_LIMIT // MIB} MiB was handed in; this and what follows is not read"

Kind = Literal["python", "notebook", "zip", "html"]
"""`html` is what a student typed into a platform's text box; as a file of a student's own it is no source."""

_SUFFIXES: Final[tuple[tuple[str, Kind], ...]] = (
    # Browsers and mail programs add the second suffixes.
    (".py", "python"),
    (".py.txt", "python"),
    (".pyw", "python"),
    (".ipynb", "notebook"),
    (".ipynb.txt", "notebook"),
    (".ipynb.json", "notebook"),
    (".zip", "zip"),
)
_LIMITS: Final[dict[Kind, int]] = {
    "python": SOURCE_LIMIT,
    "notebook": NOTEBOOK_LIMIT,
    "zip": ZIP_LIMIT,
    "html": SOURCE_LIMIT,
}
_ADVICE: Final[dict[Kind, str]] = {
    "python": "hand in the functions alone",
    "notebook": "clear its outputs and hand it in again",
    "zip": "leave out data and pictures",
    "html": "hand in a file",
}
_NOISE: Final = frozenset(
    {"__macosx", "__pycache__", "node_modules", "venv", "site-packages", "thumbs.db", "desktop.ini", "$recycle.bin"}
)


@dataclass(frozen=True, slots=True)
class Item:
    """A file of source that was handed in: its bytes, or why they can't be had (which goes on from the file's name)."""

    name: str
    kind: Kind
    data: bytes = b""
    error: str | None = None


class _Full(Exception):
    """A limit for everything together is reached: nothing more is read. Carries the reason."""


def kind_of(name: str) -> Kind | None:
    """What a file's name says that it is, or None for what is no source."""
    lower = name.lower()
    return next((kind for suffix, kind in _SUFFIXES if lower.endswith(suffix)), None)


def stem_of(name: str) -> str:
    """A file's name without the suffix that `kind_of` goes by, or without its last suffix."""
    lower = name.lower()
    length = max((len(suffix) for suffix, _ in _SUFFIXES if lower.endswith(suffix)), default=0)
    return name[:-length] if length else PurePosixPath(name).stem


def is_noise(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or left there by a system or a tool."""
    return name.startswith((".", "~$")) or name.lower() in _NOISE


def shown(name: str) -> str:
    """A file's name as text that can be written anywhere: bytes that are not UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def read_regular(path: str, kind: Kind, left: int = ZIP_LIMIT) -> bytes:
    """The bytes of a regular file. Raises Unreadable for anything else and over the limit of its kind, or OSError."""
    limit = _LIMITS[kind]
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise Unreadable(_too_large(kind, size))
        if size > left:
            raise _Full(_TOO_MUCH)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(_too_large(kind, None))
    return data


def read_limited(path: str, limit: int) -> bytes:
    """The bytes of a regular file that is no submission. Raises Unreadable for anything else, or OSError."""
    with _opened(path) as file:
        return _within(file.read(limit + 1), limit)


def read_entry(archive: ZipFile, info: ZipInfo, limit: int) -> bytes:
    """The bytes of an entry that is no submission. Raises Unreadable."""
    import zipfile

    if unfit := _unfit(info):
        raise Unreadable(unfit)
    try:
        with archive.open(info) as file:
            return _within(file.read(limit + 1), limit)
    except (*_ZIP_ERRORS, zipfile.BadZipFile):
        raise Unreadable("is damaged inside its zip; download it again") from None


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise Unreadable(f"is more than {limit // MIB} MiB")
    return data


def _opened(path: str) -> BinaryIO:
    """A regular file, opened. Raises Unreadable for anything else, or OSError."""
    irregular = _irregular(os.lstat(path).st_mode)
    if irregular:
        raise Unreadable(irregular)
    # The flags hold where the file was exchanged after that look; Windows has none of them, and needs O_BINARY.
    names = ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
    flags = os.O_RDONLY
    for name in names:
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EMLINK}:
            raise Unreadable(_irregular(stat.S_IFLNK)) from None
        raise
    irregular = _irregular(os.fstat(descriptor).st_mode)
    if irregular:
        os.close(descriptor)
        raise Unreadable(irregular)
    return os.fdopen(descriptor, "rb")


def open_zip(file: str | BinaryIO) -> ZipFile:
    """The zip in `file` or at that path. Raises Unreadable for what is no sound zip."""
    import zipfile

    try:
        return zipfile.ZipFile(file)
    except (*_ZIP_ERRORS, zipfile.BadZipFile) as error:
        raise Unreadable(f"is not a zip that can be read ({shown(str(error))[:80]}); make it again") from None


def entry_name(info: ZipInfo) -> str:
    """An entry's name with "/" between its parts."""
    name = info.filename
    if not info.flag_bits & 0x800:  # not said to be UTF-8, which macOS writes all the same
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return name.replace("\\", "/")


def entry_parts(name: str) -> tuple[str, ...] | None:
    """The parts of an entry's name; None where it is absolute or leads out of the zip."""
    parts = tuple(part for part in name.split("/") if part not in {"", "."})
    unsafe = name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or not parts
    return None if unsafe else parts


def is_encrypted(info: ZipInfo) -> bool:
    """Whether an entry can be read with a password only."""
    return bool(info.flag_bits & 0x41)


@dataclass
class Reader:
    """Reads what one student handed in, and keeps count of it."""

    problems: list[Problem] = field(default_factory=list)
    """What is odd and no `Item`."""
    others: list[str] = field(default_factory=list)
    """Files that are no source, passed over."""
    typed: bool = False
    """Whether what is read now was typed into a platform's text box: then a page in HTML is source, too."""
    _left: int = STUDENT_LIMIT
    _unpacked_left: int = UNPACKED_LIMIT
    _entries: int = 0
    _listed: int = 0
    _unsaid: int = 0

    def read_path(self, path: str, name: str) -> Iterator[Item]:
        """Every source at `path`: a file, a zip or a folder, called `name`. Raises OSError where the disk fails."""
        mode = os.lstat(path).st_mode
        try:
            if stat.S_ISDIR(mode):
                yield from self._folder(path, name, 1)
            else:
                yield from self._file(path, name, mode)
        except _Full as full:
            self._problem(name, str(full))

    def read_entries(self, archive: ZipFile, infos: Iterable[ZipInfo], name: str, skip: int = 0) -> Iterator[Item]:
        """Every source among these entries of a zip that holds a class; `skip` parts of their names are left out."""
        try:
            yield from self._unzip(archive, infos, "", 0, skip)
        except _Full as full:
            self._problem(name, str(full))

    def finish(self) -> tuple[Problem, ...]:
        """All problems, with a word on those left out of a long list."""
        if self._unsaid:
            self.problems.append(Problem("", f"{self._unsaid} more problems of these kinds"))
            self._unsaid = 0
        return tuple(self.problems)

    def _problem(self, where: str, message: str) -> None:
        if len(self.problems) < _PROBLEM_LIMIT:
            self.problems.append(Problem(shown(where), message))
        else:
            self._unsaid += 1

    def _kind(self, name: str) -> Kind | None:
        return "html" if self.typed and name.lower().endswith(".html") else kind_of(name)

    def _count(self) -> None:
        self._entries += 1
        if self._entries > ENTRY_LIMIT:
            raise _Full(f"more than {ENTRY_LIMIT} files of source were handed in; the rest is not read")

    def _refused(self, name: str, kind: Kind | None, why: str) -> Iterator[Item]:
        if kind is None:
            self._problem(name, why)
        else:
            yield Item(shown(name), kind, error=why)

    # Folders

    def _folder(self, path: str, name: str, depth: int) -> Iterator[Item]:
        if depth > DEPTH_LIMIT:
            self._problem(name, f"is more than {DEPTH_LIMIT} folders deep and was not searched")
            return
        with os.scandir(path) as listing:
            entries = sorted((entry for entry in listing), key=lambda entry: entry.name)
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            return
        folders = []
        for entry in entries:
            if is_noise(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry)
            else:
                yield from self._file(entry.path, f"{name}/{entry.name}", entry.stat(follow_symlinks=False).st_mode)
        for folder in folders:
            yield from self._folder(folder.path, f"{name}/{folder.name}", depth + 1)

    def _file(self, path: str, name: str, mode: int) -> Iterator[Item]:
        kind = self._kind(name)
        if kind is not None:
            self._count()
        irregular = _irregular(mode)
        if irregular:
            yield from self._refused(name, kind, irregular)
        elif kind is None:
            self.others.append(shown(name))
        else:
            try:
                data = read_regular(path, kind, self._left)
            except Unreadable as error:
                yield Item(shown(name), kind, error=str(error))
                return
            self._left -= len(data)
            if kind == "zip":
                self._unpacked_left = UNPACKED_LIMIT
                yield from self._zip(data, name, 1)
            else:
                yield Item(shown(name), kind, data)

    # Zips

    def _zip(self, data: bytes, name: str, nesting: int) -> Iterator[Item]:
        if nesting > ZIP_DEPTH_LIMIT:
            yield Item(shown(name), "zip", error=f"is a zip in {nesting - 1} zips; hand in one zip")
            return
        try:
            with open_zip(_Capped(data)) as archive:
                yield from self._unzip(archive, archive.infolist(), f"{name}/", nesting)
        except Unreadable as error:
            yield Item(shown(name), "zip", error=str(error))
        except _Bomb as bomb:
            if nesting > 1:
                raise
            yield Item(shown(name), "zip", error=str(bomb))

    def _unzip(
        self, archive: ZipFile, infos: Iterable[ZipInfo], prefix: str, nesting: int, skip: int = 0
    ) -> Iterator[Item]:
        named = self._named(infos, prefix)
        environments = {name.removesuffix("pyvenv.cfg") for name in named if name.endswith("/pyvenv.cfg")}
        for full, same in sorted(named.items(), key=lambda entry: (entry[0].count("/"), entry[0])):
            parts = entry_parts(full)
            name = prefix + ("/".join(parts[skip:]) if parts else full)
            kind = self._kind(full)
            noise = any(map(is_noise, full.split("/"))) if parts else False
            if full.endswith("/") or noise or not environments.isdisjoint(_folders(full)):
                continue
            if kind is not None:
                self._count()
            refused = "has a path that leaves the zip; it is not read" if parts is None else _unfit(same[-1])
            if refused:
                yield from self._refused(name, kind, refused)
            elif kind is None:
                self.others.append(name)
            elif len(parts or ()) - skip > DEPTH_LIMIT:
                self._problem(name, f"is more than {DEPTH_LIMIT} folders deep and was not read")
            else:
                if len(same) > 1:
                    self._problem(name, f"is in the zip {len(same)} times; the last one counts")
                yield from self._entry(archive, same[-1], name, kind, nesting)

    def _named(self, infos: Iterable[ZipInfo], prefix: str) -> dict[str, list[ZipInfo]]:
        """A zip's entries by name, without those whose name is too long to be a file's."""
        named: dict[str, list[ZipInfo]] = {}
        for info in infos:
            self._listed += 1
            if self._listed > LISTED_LIMIT:
                raise _Full(f"more than {LISTED_LIMIT:,} files lie in zips; this and what follows is not read")
            name = entry_name(info)
            if len(name) > NAME_LIMIT:
                self._problem(f"{prefix}{name[:80]}…", f"has a name of {len(name):,} characters; it is not read")
            else:
                named.setdefault(name, []).append(info)
        return named

    def _entry(self, archive: ZipFile, info: ZipInfo, name: str, kind: Kind, nesting: int) -> Iterator[Item]:
        try:
            data = self._unpack(archive, info, kind)
        except Unreadable as error:
            yield Item(name, kind, error=str(error))
            return
        if kind == "zip":
            yield from self._zip(data, name, nesting + 1)
        else:
            yield Item(name, kind, data)

    def _unpack(self, archive: ZipFile, info: ZipInfo, kind: Kind) -> bytes:
        """The entry's bytes, counted as they come out. Raises Unreadable, or _Bomb where the whole zip is too large."""
        import zipfile

        limit = _LIMITS[kind]
        chunks: list[bytes] = []
        size = 0
        try:
            with archive.open(info) as file:
                while chunk := file.read(64 * 1024):
                    size += len(chunk)
                    self._unpacked_left -= len(chunk)
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise _Full(_TOO_MUCH)
                    if self._unpacked_left < 0:
                        raise _Bomb(f"unpacks to more than {UNPACKED_LIMIT // MIB} MiB; leave out what is not source")
                    if size > limit:
                        raise Unreadable(_too_large(kind, None))
                    chunks.append(chunk)
        except (*_ZIP_ERRORS, zipfile.BadZipFile, OSError) as error:
            # Of a zip on disk a place before its start is an invalid argument; any other failure is the disk's.
            if isinstance(error, OSError) and error.errno != errno.EINVAL:
                raise
            raise Unreadable("is damaged inside its zip; make the zip again") from None
        return b"".join(chunks)


class _Bomb(_Full):
    """A zip that unpacks to more than is read."""


class _Capped(io.BytesIO):
    """A zip's bytes that refuse the one read whose length the zip itself dictates: its table of contents."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = len(self.getbuffer()) if size is None or size < 0 else size
        if min(wanted, len(self.getbuffer()) - self.tell()) > DIRECTORY_LIMIT:
            raise Unreadable("lists too many files; leave out what is not source")
        return super().read(size)


# What zipfile raises for hostile bytes besides BadZipFile, as fuzzing it shows; UnicodeDecodeError is a ValueError.
_ZIP_ERRORS: Final = (zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)


def _folders(name: str) -> Iterator[str]:
    """The folders that an entry lies in, each with its "/", as deep as entries are read."""
    at = -1
    for _ in range(DEPTH_LIMIT + 2):
        at = name.find("/", at + 1)
        if at < 0:
            return
        yield name[: at + 1]


def _unfit(info: ZipInfo) -> str | None:
    """Why an entry is not read, told from its header; None for one that is."""
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) and _irregular(mode):
        return _irregular(mode)
    if is_encrypted(info):
        return "is encrypted; make the zip without a password"
    # Stored and deflated. The decoders of the other methods give out as much at once as a bomb holds.
    if info.compress_type not in {0, 8}:
        return f"is packed by method {info.compress_type}, which is not read; make the zip with the system's own tool"
    return None


def _irregular(mode: int) -> str | None:
    """Why a file of this mode is not read; None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    what = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFBLK: "a device",
        stat.S_IFCHR: "a device",
    }.get(stat.S_IFMT(mode), "no regular file")
    return f"is {what}, which is not read; hand in the file itself"


def _too_large(kind: Kind, size: int | None) -> str:
    found = f"is {size / MIB:.1f} MiB, more" if size is not None else "is more"
    what = {"python": "a Python file", "notebook": "a notebook", "zip": "a zip", "html": "a text"}[kind]
    return f"{found} than the {_LIMITS[kind] // MIB} MiB that {what} may have; {_ADVICE[kind]}"
