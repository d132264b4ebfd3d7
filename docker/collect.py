"""Copies what the worker needs out of a base image, and nothing else. Runs in the first stage of the Dockerfile.

    python3 collect.py CONTEXT ROOT

ROOT becomes the whole of the image: the Python that runs this, its standard library, the shared libraries that these
and numpy are linked to, the loader, and /box with a list of it all, sbom.json. No shell, no tool, no package manager.
Works for any base with glibc, wherever its Python lies: Python says where, and the loader says what it would load.
"""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any, Final

import sbom

# Of the standard library and of numpy: tests, and what needs a screen, a terminal, a compiler, a manual or an index.
_UNUSED: Final = frozenset(
    "__pycache__ test tests idlelib turtledemo tkinter turtle.py ensurepip lib2to3 venv pydoc_data curses f2py include "
    "_pyinstaller site-packages dist-packages sitecustomize.py EXTERNALLY-MANAGED".split()
)
_UNUSED_MODULES: Final = (
    *("_test", "_ctypes_test", "_xxtest", "xxlimited", "_tkinter", "_curses", "readline", "nis", "ossaudiodev"),
    *("_dbm", "_gdbm"),
)
"""How the names of shared objects begin. dbm has a form in Python."""
_UNUSED_ENDINGS: Final = (".pyi", ".h", ".a", ".o", ".exe", ".pyc")
_LOCALES: Final = ("C.utf8", "C.UTF-8")
_READABLE, _SEARCHABLE = 0o644, 0o755


def main(context: Path, root: Path) -> None:
    """Fill `root`."""
    tree = Tree(root)
    loader = find_loader(sys.executable)
    python = Path(sys.executable)
    tree.put(python.resolve(), _SEARCHABLE)
    tree.put(loader, _SEARCHABLE)
    tree.link(python.with_name("python3"), python.resolve())
    stdlib = Path(sysconfig.get_path("stdlib"))
    for folder in {stdlib, Path(sysconfig.get_path("platstdlib"))}:
        tree.put_below(folder, folder)
    for name in ("site", "worker"):
        tree.put_below(context / name, Path("/box") / name)
    for path in [python.resolve(), *tree.extensions()]:
        for library in linked(loader, path):
            if not library.is_relative_to(context):
                tree.put(library)
    for name in _LOCALES:
        if (folder := Path("/usr/lib/locale", name)).is_dir():
            tree.put_below(folder, folder)
    index_libraries(root)
    compile_all(root)
    parts = json.loads((context / "parts.json").read_bytes())
    (root / "box/sbom.json").write_text(describe(tree, parts), encoding="utf-8")
    (root / "tmp").mkdir()
    settle(root)


class Tree:
    """The image's files so far. `taken` maps each to the file of the base that it is a copy of."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.taken: dict[Path, Path] = {}

    def put(self, source: Path, mode: int = _READABLE, target: Path | None = None) -> None:
        """Copy a file to where it lies in the base, or to `target`; links on the way are made again."""
        place = self._place(target or source)
        if place not in self.taken:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
            place.chmod(mode)
            self.taken[place] = source.resolve()

    def put_below(self, source: Path, target: Path) -> None:
        """Copy what is wanted of a folder."""
        for folder, folders, files in os.walk(source):
            folders[:] = sorted(name for name in folders if name not in _UNUSED and not name.startswith("config-"))
            for name in sorted(filter(is_wanted, files)):
                path = Path(folder, name)
                self.put(path, target=target / path.relative_to(source))

    def link(self, place: Path, to: Path) -> None:
        """A link, where there is no file."""
        place = self._place(place)
        if not place.exists():
            place.symlink_to(os.path.relpath(self._place(to), place.parent))

    def extensions(self) -> list[Path]:
        """The shared objects of Python's modules and of wheels, as they lie in the base or in the context."""
        return [source for source in self.taken.values() if ".so" in source.suffixes]

    def _place(self, path: Path) -> Path:
        """Where a path of the base lies in the image. Folders that are links (/lib64) stay links."""
        place = self._root
        pending = list(reversed(path.parts[1:]))
        real = Path("/")
        while pending:
            name = pending.pop()
            if name == "..":
                real, place = real.parent, place.parent
                continue
            link = real / name
            if not link.is_symlink():
                real, place = link, place / name
                continue
            target = link.readlink()
            if not os.path.lexists(place / name):
                place.mkdir(parents=True, exist_ok=True)
                (place / name).symlink_to(target)
            if target.is_absolute():
                real, place = Path("/"), self._root
            pending += reversed([part for part in target.parts if part != "/"])
        return place


def is_wanted(name: str) -> bool:
    """Whether a file of the standard library or of a wheel is of use in the box."""
    if ".so" in name:
        return not name.startswith(_UNUSED_MODULES)
    return name not in _UNUSED and not name.endswith(_UNUSED_ENDINGS)


# --- shared libraries -------------------------------------------------------------------------------------------------


def find_loader(program: str) -> Path:
    """The dynamic loader that `program` names."""
    return next(path for path in _trace([program], {"LD_TRACE_LOADED_OBJECTS": "1"}) if path.name.startswith("ld"))


def linked(loader: Path, path: Path) -> list[Path]:
    """The libraries that the loader would load for `path`."""
    return _trace([str(loader), "--list", str(path)], {})


def _trace(command: list[str], environment: dict[str, str]) -> list[Path]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if "not found" in done.stdout or (done.returncode and "statically linked" not in done.stdout + done.stderr):
        raise SystemExit(f"the base can't load {command[-1]}: {' '.join((done.stdout + done.stderr).split())}")
    found = [line.split("=>")[-1].split("(")[0].strip() for line in done.stdout.splitlines()]
    return [Path(os.path.normpath(each)) for each in found if each.startswith("/")]


def index_libraries(root: Path) -> None:
    """Write the loader's index, for libraries outside its default folders (/usr/local/lib)."""
    configuration = [Path("/etc/ld.so.conf"), *sorted(Path("/etc/ld.so.conf.d").glob("*.conf"))]
    copied = [root / path.relative_to("/") for path in configuration if path.is_file()]
    for path in copied:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path("/") / path.relative_to(root), path)
    subprocess.run(["/sbin/ldconfig", "-X", "-r", str(root)], check=True)
    for path in copied:
        path.unlink()
    shutil.rmtree(root / "etc/ld.so.conf.d", ignore_errors=True)
    shutil.rmtree(root / "var", ignore_errors=True)


# --- finishing --------------------------------------------------------------------------------------------------------


def compile_all(root: Path) -> None:
    """Compile every module, for the root is read-only when it runs; without times, so that a build can be repeated."""
    compileall.compile_dir(
        root,
        maxlevels=30,
        quiet=2,
        workers=0,
        stripdir=root,
        prependdir="/",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def settle(root: Path) -> None:
    """One owner, no special mode, one time for everything."""
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in [*folders, *files]):
            if not path.is_symlink():
                path.chmod(_SEARCHABLE if path.is_dir() or path.stat().st_mode & 0o100 else _READABLE)
            os.chown(path, 0, 0, follow_symlinks=False)
            os.utime(path, (0, 0), follow_symlinks=False)
    (root / "tmp").chmod(0o1777)
    os.utime(root, (0, 0))


# --- the bill of materials --------------------------------------------------------------------------------------------


def describe(tree: Tree, parts: dict[str, Any]) -> str:
    """What the image consists of. `parts` is what the builder says of it: itself, the base, the worker, the wheels."""
    version = platform.python_version()
    python = {
        "type": "application",
        "name": "python",
        "version": version,
        "cpe": f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
        "purl": f"pkg:generic/python@{version}",
        "hashes": sbom.sha256(digest(Path(sys.executable))),
    }
    wheels = [
        sbom.package(each["name"], each["version"], hashes=sbom.sha256(each["sha256"])) for each in parts["wheels"]
    ]
    worker = {"type": "application", "name": "worker", **parts["worker"]}
    properties = [{"name": "base", "value": parts["base"]}]
    subject = {"type": "container", "name": parts["name"], "version": parts["version"], "properties": properties}
    return sbom.bill(subject, [python, *wheels, worker, *debian_packages(set(tree.taken.values()))])


def debian_packages(taken: set[Path]) -> list[dict[str, Any]]:
    """The packages that files of the image come from, each with its libraries and programs; none outside Debian."""
    status = Path("/var/lib/dpkg/status")
    if not status.is_file():
        return []
    release = platform.freedesktop_os_release()
    found = []
    for fields in map(_fields, status.read_text(encoding="utf-8").split("\n\n")):
        files = sorted(_files(fields) & taken) if fields else []
        if files:
            name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
            purl = f"pkg:deb/{release['ID']}/{name}@{version.replace('+', '%2B').replace(':', '%3A')}"
            parts = [(str(path), digest(path)) for path in files if is_binary(path)]
            component: dict[str, Any] = {"type": "library", "name": name, "version": version}
            component["purl"] = f"{purl}?arch={architecture}"
            component["components"] = [{"type": "file", "name": p, "hashes": sbom.sha256(d)} for p, d in parts]
            found.append(component)
    return sorted(found, key=lambda each: str(each["name"]))


def _fields(paragraph: str) -> dict[str, str]:
    lines = [line.partition(": ") for line in paragraph.splitlines() if not line.startswith(" ")]
    return {key: value for key, _, value in lines}


def _files(fields: dict[str, str]) -> set[Path]:
    info = Path("/var/lib/dpkg/info")
    names = (f"{fields['Package']}.list", f"{fields['Package']}:{fields['Architecture']}.list")
    lists = [path.read_text(encoding="utf-8") for name in names if (path := info / name).is_file()]
    listed = (Path(line) for text in lists for line in text.splitlines())
    return {_real(path.parent) / path.name for path in listed}


_real = cache(Path.resolve)


def is_binary(path: Path) -> bool:
    """Whether a file is a program or a shared object."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def digest(path: Path) -> str:
    """A file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
