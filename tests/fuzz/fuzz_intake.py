"""Readers of what was handed in: zips and folders, from the disk to rows that can be written."""

from __future__ import annotations

import io
import os
import shutil
import stat
import struct
import tempfile
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import fuzz_building as building
import fuzz_sources
from fuzz_reader import Reader, promise
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.grading import Graded, digest, handed
from grader.names import MAX_BYTES, safe_names
from grader.row import pack, unpack
from grader.submission import Listing, Submission, find, read_file

KNOWN: Final = ("softmax", "sigmoid_neuron", "matmul_gate", "lab-2")
UNSAFE: Final = frozenset('<>:"/\\|?*~\0')


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = tempfile.mkdtemp()
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_zip(data: bytes) -> bool:
    """A zip as a class, as one student's of a class, and as the one file of a self-check."""
    with scratch() as folder:
        path = folder / "softmax.zip"
        path.write_bytes(data)
        taken = _read_class(path)
        _read_class(folder)
        try:
            found = read_file(path, KNOWN)
        except UsageError:
            return taken
        promise(found.cells or found.error, "a reason where there are no cells")
        return taken


def _read_class(path: Path) -> bool:
    try:
        listing = find(path, KNOWN)
    except UsageError as error:
        promise(str(error), "a reason")
        return False
    read_students(listing)
    return True


def read_students(listing: Listing) -> list[Submission]:
    """Everybody is read, has a folder that is safe, and a row."""
    students = [located.student for located in listing.students]
    promise(students and students == sorted(set(students)), "each student once, sorted")
    hold_safe(safe_names(students), students)
    submissions = []
    for located in listing.students:
        found = located.read()
        promise(found.files or found.problems, "a reason where nothing can be read")
        for file in found.files:
            promise((file.error is None) == bool(file.cells), "cells, or a reason why there are none")
        digest(found)
        row = pack("", Graded(handed(found), []))
        promise(unpack(row.handed).student == found.student, "a row that can be read again")
        found.student.encode()
        submissions.append(found)
    return submissions


def hold_safe(names: dict[str, str], students: Iterable[str]) -> None:
    """Each student has a folder name that is safe on every system and nobody else's."""
    promise(set(names) == set(students), "a name for everybody")
    seen = set()
    for name in names.values():
        promise(name not in {"", ".", ".."} and not UNSAFE & set(name), f"a safe name, not {name!r}")
        promise(len(name.encode()) <= MAX_BYTES, "a short name")
        promise(not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in name), "no control characters")
        promise(name[0] not in ".- " and name[-1] not in ". ", "neither hidden nor an option")
        seen.add(unicodedata.normalize("NFKC", name).casefold())
    promise(len(seen) == len(names), "names that differ in more than case and form")


# --- built ------------------------------------------------------------------------------------------------------------

file_names = st.one_of(
    st.sampled_from((
        "ada.py", "Ada.py", "ada.ipynb", "ada.zip", "softmax.py", "softmax (1).py", "lab-2.py", "README.md", "x.pdf", "e\u0301.py",
        "é.py", ".hidden.py", "__MACOSX", "con.py", "a.py.txt", "pyvenv.cfg", " .py", "..py", "x\u202epy.py", "\udcff.py", "-rf.py",
        "=1+1.py", "ß.py", "ss.py", "SS.py", "x" * 251 + ".py", ".ipynb", ".zip", "a\nb.py", "venv", "ada", "ADA", "a--0123456789ab.py",
    )),
    st.text(st.one_of(st.sampled_from("abAB.-_ ()~'\"=<>&\n\t"), st.sampled_from("é\u0301\u202e\udcff\u200b\x1b İßſ")), min_size=1, max_size=9),
)  # fmt: skip
contents = st.one_of(
    st.sampled_from(
        (b"", b"def f(x):\n    return x\n", b"\xff\xfe", b"%PDF-1.4", b'{"cells": []}', b"\0" * 40, b"PK\x03\x04")
    ),
    fuzz_sources.python,
)
entry_names = st.lists(
    st.one_of(file_names, st.sampled_from(("..", ".", "", "a", "C:", "ada"))), min_size=1, max_size=4
).map("/".join)
modes = st.sampled_from((0, 0, 0, stat.S_IFREG, stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR, 0xF000))
entries = st.tuples(
    st.one_of(
        file_names, entry_names, entry_names.map("/".__add__), entry_names.map(lambda name: name.replace("/", "\\"))
    ),
    contents,
    modes,
    st.sampled_from((0, 8, 8, 12, 14)),
    building.one_in(8, st.sampled_from((1, 0x40, 0x800, 0x2000, 0xFFFF)), st.just(0)),
)


def zipped(listed: Iterable[Any]) -> bytes:
    """A zip of (name, content, mode, method, flags)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content, mode, method, flags in listed:
            info = zipfile.ZipInfo(name.replace("\0", "").encode("utf-8", "replace").decode()[:60_000] or "x")
            info.external_attr = (mode | 0o644) << 16
            info.compress_type = method
            archive.writestr(info, content)
            info.flag_bits |= flags
    return file.getvalue()


plain_zips = st.lists(entries, max_size=5).map(zipped)
zips = st.one_of(
    plain_zips,
    st.lists(
        st.tuples(
            st.one_of(st.just("ada/x.zip"), st.just("bob.zip"), entry_names), plain_zips, modes, st.just(8), st.just(0)
        ),
        max_size=3,
    ).map(zipped),
)


@cache
def zip_samples() -> Sequence[bytes]:
    """The example class's zips, and small ones of many kinds."""
    found = [path.read_bytes() for path in sorted(fuzz_sources.ROOT.glob("examples/class/*.zip"))]
    right = fuzz_sources.python_samples()[0]
    inner = zipped([("softmax.py", right, 0, 8, 0), ("deep/x.ipynb", b'{"cells": []}', 0, 0, 0)])
    found += [inner, zipped([("ada.zip", inner, 0, 0, 0), ("bob/a.py", right, 0, 8, 0), ("cleo.py", b"x", 0, 12, 0)])]
    found += [
        zipped([("class/ada/a.py", right, 0, 8, 0), ("class/bob/", b"", 0, 0, 0), ("class/ada/a.py", b"x", 0, 0, 0)])
    ]
    found += [
        zipped([("../evil.py", b"x", 0, 0, 0), ("é.py", b"x", 0, 14, 0), ("l.py", b"/etc/passwd", stat.S_IFLNK, 0, 0)])
    ]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("ada.py", "w", force_zip64=True) as entry:
        entry.write(right)
    return [*found, file.getvalue(), b"#!/bin/sh\n" + inner]


# --- folders ----------------------------------------------------------------------------------------------------------

kinds = st.sampled_from(
    ("file", "file", "file", "file", "link", "loop", "dangling", "fifo", "socket", "sparse", "empty folder")
)
trees = st.lists(st.tuples(st.lists(file_names, min_size=1, max_size=3), kinds, contents), max_size=6)


def read_folder(tree: Any) -> bool:
    """A class in a folder."""
    with scratch() as folder:
        root = os.fsencode(folder / "class")
        os.mkdir(root)
        for names, kind, content in tree:
            with_bytes = [os.fsencode(name.replace("/", "_").replace("\0", "_")) for name in names]
            try:
                _make(os.path.join(root, *with_bytes), kind, content)
            except OSError:
                continue  # a name that this disk does not take, or that is taken
        return _read_class(folder / "class")


def _make(path: bytes, kind: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    match kind:
        case "link":
            os.symlink(b"/etc/passwd", path)
        case "loop":
            os.symlink(path, path)
        case "dangling":
            os.symlink(b"nowhere", path)
        case "fifo":
            os.mkfifo(path)
        case "socket":
            os.mknod(path, stat.S_IFSOCK | 0o600)
        case "empty folder":
            os.mkdir(path)
        case _:
            with open(path, "xb") as file:
                file.write(content)
                if kind == "sparse":
                    file.truncate(1 << 34)


# --- names ------------------------------------------------------------------------------------------------------------

ids = st.lists(st.one_of(building.text, file_names, st.text(max_size=40)), min_size=1, max_size=6)


def read_ids(students: list[str]) -> bool:
    """Student ids, each to the name of a folder."""
    hold_safe(safe_names(students), students)
    return True


# --- at the limits ----------------------------------------------------------------------------------------------------


def bomb(levels: int) -> bytes:
    """A zip of ten zips of ten zips ..., of a MiB of nothing each."""
    data = zipped([(f"{i}.py", bytes(1 << 20), 0, 8, 0) for i in range(10)])
    for _ in range(levels):
        data = zipped([(f"{i}.zip", data, 0, 8, 0) for i in range(10)])
    return data


def claimed(size: int) -> bytes:
    """A zip whose end says that its table of contents is so long."""
    data = bytearray(zipped([("ada.py", b"x = 1\n", 0, 0, 0)]) + bytes(20 << 20))
    place = data.rfind(b"PK\x05\x06")
    data[place + 12 : place + 16] = struct.pack("<I", size)
    return bytes(data)


ZIP_EXTREMES: Final = {
    "many": lambda: zipped([(f"s{i}.py", b"x", 0, 0, 0) for i in range(1000)]),
    "many-own": lambda: zipped([("ada/" + "d/" * (i % 9) + f"{i}.py", b"x", 0, 0, 0) for i in range(20_000)]),
    "long-names": lambda: zipped([("x" * 60_000 + f"{i}.py", b"x", 0, 0, 0) for i in range(100)]),
    "slashes": lambda: zipped([("a/" * 30_000 + f"{i}.py", b"x", 0, 0, 0) for i in range(60)]),
    "environments": lambda: zipped([(f"e{i}/pyvenv.cfg", b"", 0, 0, 0) for i in range(20_000)]),
    "one-name": lambda: zipped([("ada.py", b"x", 0, 0, 0)] * 20_000),
    "bomb": lambda: bomb(1),
    "deep-bomb": lambda: zipped([("ada.zip", bomb(2), 0, 0, 0)]),
    "zeros": lambda: zipped([("ada.py", bytes(200 << 20), 0, 8, 0)]),
    "claims": lambda: claimed(19 << 20),
    "comment": lambda: zipped([("ada.py", b"x", 0, 0, 0)]) + b"PK\x05\x06" * 200_000,
    "alike": lambda: zipped([("É" * 20 + "\u0301" * i + ".py", b"x", 0, 0, 0) for i in range(300)]),
}
FOLDER_EXTREMES: Final = {
    "deep": lambda: [(["d"] * 100 + ["x.py"], "file", b"x")],
    "many": lambda: [([f"s{i}.py"], "file", b"x") for i in range(5000)],
    "many-own": lambda: [(["ada", f"{i}.py"], "file", b"x") for i in range(5000)],
    "sparse": lambda: [(["ada", f"{i}.ipynb"], "sparse", b"x") for i in range(50)],
}
NAME_EXTREMES: Final = {
    "long": lambda: ["a" * 1_000_000, "a" * 1_000_001],
    "combining": lambda: ["a" + "\u0301\u0323" * 100_000],
    "ligatures": lambda: ["\ufdfa" * 100_000],
    "many": lambda: [f"s{i}" for i in range(100_000)],
}

READERS: Final = (
    Reader("zip", read_zip, zips, zip_samples, ZIP_EXTREMES),
    Reader("folder", read_folder, trees, extremes=FOLDER_EXTREMES),
    Reader("ids", read_ids, ids, extremes=NAME_EXTREMES),
)
