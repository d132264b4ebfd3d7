"""Stand-ins for the modules that the box does not have.

Submissions import plotting, data loading and whole frameworks, mostly for nothing that is judged. A stand-in lets such
lines pass: it can be called, indexed, unpacked, iterated (it is empty), entered, inherited from and used as a
decorator. Only where a number is wanted of it does it object, and names the module.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import opcode
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NoReturn

import msgspec
import numpy as np

_UNPACK_SEQUENCE: Final = opcode.opmap["UNPACK_SEQUENCE"]
_UNPACK_EX: Final = opcode.opmap["UNPACK_EX"]
_EMPTY_FILE: Final = "a stand-in"

touched: set[str] = set()
"""The modules whose stand-ins were used since this was last cleared."""


def _refuse(self: StandIn, *_: Any, **__: Any) -> NoReturn:
    raise ImportError(StandIn.explain(self))


class StandIn:
    """Whatever an absent module would have given: an object named `name`, of the module `module`."""

    __slots__ = ("_module", "_name")

    def __init__(self, name: str, module: str) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_module", module)

    def explain(self) -> str:
        """Why it has no value, for the student."""
        module = object.__getattribute__(self, "_module")
        return f"{module} is not available here: only numpy and the standard library are"

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _derived(self, f".{name}")

    def __setattr__(self, name: str, value: object) -> None:
        """Forget it: a stand-in has no state."""

    def __call__(self, *_: Any, **__: Any) -> StandIn:
        """What an absent function would have returned."""
        return _derived(self, "()")

    def __getitem__(self, _: Any) -> StandIn:
        return _derived(self, "[]")

    def __setitem__(self, _: Any, value: object) -> None:
        """Forget it."""

    def __delitem__(self, _: Any) -> None:
        """There is nothing to delete."""

    def __iter__(self) -> Iterator[StandIn]:
        # As many as are asked for where it is unpacked, as in `fig, ax = plt.subplots()`; none in a loop.
        frame = sys._getframe(1)  # noqa: SLF001 - only its caller knows how many are wanted
        code, at = frame.f_code.co_code, frame.f_lasti
        wanted = 0
        if code[at] == _UNPACK_SEQUENCE or code[at] == _UNPACK_EX:
            wanted = code[at + 1]
        return iter([_derived(self, f"[{place}]") for place in range(wanted)])

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __contains__(self, _: object) -> bool:
        return False

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        """Let exceptions pass."""

    def __repr__(self) -> str:
        return f"<stand-in for {object.__getattribute__(self, '_name')}>"

    def __format__(self, _: str) -> str:
        return repr(self)

    def __mro_entries__(self, _: tuple[object, ...]) -> tuple[type, ...]:
        return (type("StandInBase", (Base,), {"__module__": object.__getattribute__(self, "_module")}),)

    __hash__ = object.__hash__
    __array_priority__ = 1e6


_BINARY: Final = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or"
_OTHER: Final = "lt le gt ge neg pos abs invert int float complex index round array array_ufunc array_function"

for _operation in (*_BINARY.split(), *(f"r{each}" for each in _BINARY.split()), *_OTHER.split()):
    setattr(StandIn, f"__{_operation}__", _refuse)


def _derived(parent: StandIn, step: str) -> StandIn:
    module = object.__getattribute__(parent, "_module")
    touched.add(module)
    return StandIn((object.__getattribute__(parent, "_name") + step)[:200], module)


class Base:
    """What a class inherits that was derived from a stand-in."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take whatever the absent base would have taken."""

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        module = next((kind.__module__ for kind in type(self).__mro__ if kind.__name__ == "StandInBase"), "its base")
        touched.add(module)
        return StandIn(f"{type(self).__name__}.{name}", module)


def decorator(value: Any) -> Any:
    """`value`, fit to decorate with: a stand-in leaves what it decorates as it is."""
    return (lambda decorated: decorated) if isinstance(value, StandIn) else value


class Module(types.ModuleType):
    """A module that the box does not have."""

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        touched.add(self.__name__)
        return StandIn(f"{self.__name__}.{name}", self.__name__)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers the submission's imports of whatever is neither numpy nor the standard library.

    Python's own and numpy's optional imports (`try: import yaml`) fail as they would anywhere; `met` is told each
    module that is stood in for.
    """

    def __init__(self, met: Callable[[str], None]) -> None:
        self.met = met
        self._ours = tuple(_library_folders())

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A stand-in's spec, or None for what the box has or Python itself asked for."""
        top = fullname.partition(".")[0]
        if top in sys.stdlib_module_names or top in {"numpy", "msgspec", "boxworker", "submission"}:
            return None
        if self._asked_by_library():
            return None
        self.met(fullname)
        return importlib.machinery.ModuleSpec(fullname, self, origin=_EMPTY_FILE, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """The stand-in itself."""
        return Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing in it to run."""

    def _asked_by_library(self) -> bool:
        frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001 - who asks is on the stack
        while frame is not None:
            name = frame.f_code.co_filename
            if not (name == __file__ or name.startswith("<frozen importlib") or "importlib" in name):
                return name.startswith(self._ours)
            frame = frame.f_back
        return False


def _library_folders() -> Iterator[str]:
    for module in (os, msgspec, np):
        if module.__file__:
            yield os.path.dirname(module.__file__)
    yield os.path.dirname(__file__)
    yield "<frozen"
