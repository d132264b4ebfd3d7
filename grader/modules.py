"""A folder of Python files, importable under a package name of its own, without a place on sys.path.

An author's folder has no package name: it may lie anywhere, and two courses may have assignments of one name. So each
folder becomes a package called after its whole path, and Python's own machinery does the rest: `from . import judges`
works in it, `__init__.py` is optional, and nothing else of the program can see it by accident.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from grader.errors import AssignmentError


@dataclass(frozen=True)
class Modules:
    """The modules of a folder."""

    folder: Path
    package: str = ""
    """The name of a package that can be imported as it is; without one the folder gets a name of its own."""

    def load(self, name: str) -> ModuleType:
        """The module called `name`: "softmax", or "softmax.spec" for a file of a folder in it.

        Raises AssignmentError that says which line of the author's files failed, and why.
        """
        importlib.invalidate_caches()  # the file may have been written a moment ago
        try:
            return importlib.import_module(f"{self.package or self._made()}.{name}")
        except (Exception, SystemExit) as error:
            path = self.folder.joinpath(*name.split(".")).with_suffix(".py")
            raise AssignmentError(f"{path} can't be loaded: {told(error, self.folder)}") from error

    def _made(self) -> str:
        """The name of this folder's package, which is made when it is first asked for."""
        name = f"_folder_{hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]}"
        if name not in sys.modules:
            package = ModuleType(name, f"The files of {self.folder}.")
            package.__path__ = [str(self.folder)]
            sys.modules[name] = package
        return name


def told(error: BaseException, *folders: Path) -> str:
    """An error in one line: what it is, the author's line that it comes from, and what helps if that is known.

    An author's line is one of a file in `folders`. Of an error of ours the text is enough, and the line is that of what
    caused it.
    """
    cause = error.__cause__ if isinstance(error, AssignmentError) else error
    text = str(error) if isinstance(error, AssignmentError) else said(error)
    text = " ".join(text.split())
    if isinstance(cause, SyntaxError):
        return f"{text}; see line {cause.lineno} of {cause.filename}"
    frames = traceback.extract_tb((cause or error).__traceback__)
    mine = [frame for frame in frames if any(Path(frame.filename).is_relative_to(folder) for folder in folders)]
    if mine:
        text = f"{text} (line {mine[-1].lineno} of {mine[-1].filename})"
        if isinstance(cause, ImportError) and (beside := _beside(mine[-1])):
            text += f"; a file beside this one is imported by `from . import {beside}`"
    return text


def said(error: BaseException) -> str:
    """As in "ValueError: too small", whatever the author's own exception does when it is asked."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - its __str__ is the author's
        return f"{type(error).__name__} (its message can't be shown)"


def _beside(asking: traceback.FrameSummary) -> str:
    """The file beside an author's file that its failing line may mean; empty when there is none."""
    words = re.findall(r"\w+", asking.line or "")
    folder = os.path.dirname(asking.filename)  # noqa: PTH120 - as below
    # Of a word that no file can be called this says no, where Path.exists() raises.
    return next((word for word in reversed(words) if os.path.exists(os.path.join(folder, f"{word}.py"))), "")  # noqa: PTH110, PTH118
