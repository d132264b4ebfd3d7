"""Modules that the course hands out beside a stub: real ones, made from source that came with the submission."""

from __future__ import annotations

import fnmatch
import importlib.abc
import importlib.machinery
import types
from collections.abc import Sequence
from typing import Final

from . import wire

MARK: Final = "__provided__"
"""Stands among the globals of every function that a provided module defines."""
PACKAGE: Final = "submission"


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers imports of provided modules, also by a path (`week5.reg_utils`) or relative (`.reg_utils`)."""

    def __init__(self, modules: Sequence[wire.Module]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's spec, or None for what the course does not hand out."""
        if not self._sources(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin="handed out by the course")

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        """An ordinary module will do."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Run every source of this name by itself, and put all their names together."""
        for number, source in enumerate(self._sources(module.__name__)):
            part = types.ModuleType(module.__name__)
            part.__dict__[MARK] = True
            code = compile(source, f"<provided {module.__name__} {number}>", "exec", dont_inherit=True)
            exec(code, part.__dict__)  # noqa: S102 - the course's own source
            module.__dict__.update({k: v for k, v in part.__dict__.items() if not k.startswith("__")})

    def _sources(self, fullname: str) -> list[str]:
        last = fullname.rpartition(".")[2]
        return [m.source for m in self._modules if fnmatch.fnmatchcase(last, m.pattern)]


def is_provided(function: types.FunctionType) -> bool:
    """Whether a function was defined by a provided module."""
    return MARK in function.__globals__
