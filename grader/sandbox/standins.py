"""Stand-ins for the modules that the box does not have.

Submissions import plotting, data loading and whole frameworks, mostly for nothing that is judged. A stand-in lets such
lines pass: it can be called, indexed, unpacked, entered, inherited from and used as a decorator. Where a number is
wanted of it, or a loop runs over it, it objects and names the module: an empty loop would pass for a result. Pictures
are the exception, since nothing is computed from them.
"""

from __future__ import annotations

import importlib
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

from .lookalikes import NAMES

_UNPACK_SEQUENCE: Final = opcode.opmap["UNPACK_SEQUENCE"]
_UNPACK_EX: Final = opcode.opmap["UNPACK_EX"]
_EMPTY_FILE: Final = "a stand-in"
_PACKAGE: Final = "submission."
"""How what the submission imports relative to itself (`from .layers import *`) begins."""
_PICTURES: Final = frozenset(
    "matplotlib mpl_toolkits pylab seaborn plotly bokeh altair IPython ipywidgets PIL graphviz networkx".split()
)

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
        # As many as are asked for where it is unpacked, as in `fig, ax = plt.subplots()`.
        frame = sys._getframe(1)  # noqa: SLF001 - only its caller knows how many are wanted
        code, at = frame.f_code.co_code, frame.f_lasti
        wanted = 0
        if code[at] == _UNPACK_SEQUENCE or code[at] == _UNPACK_EX:
            wanted = code[at + 1]
        elif not _is_picture(self):
            _refuse(self)
        return iter([_derived(self, f"[{place}]") for place in range(wanted)])

    def __len__(self) -> int:
        return 0 if _is_picture(self) else _refuse(self)

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


def _is_picture(value: StandIn) -> bool:
    module: str = object.__getattribute__(value, "_module")
    return module.partition(".")[0] in _PICTURES


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

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        whole = f"{self.__name__}.{name}"
        if whole in NAMES:
            return importlib.import_module(whole)
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
        top = fullname.removeprefix(_PACKAGE).partition(".")[0]
        is_relative = fullname.startswith(_PACKAGE)
        if not is_relative and (
            top in sys.stdlib_module_names or top in {"numpy", "msgspec", "boxworker", "submission"}
        ):
            return None
        if self._asked_by_library():
            return None
        self.met(fullname.removeprefix(_PACKAGE))
        return importlib.machinery.ModuleSpec(fullname, self, origin=_EMPTY_FILE, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """The stand-in itself, with what matters of it."""
        module = Module(spec.name.removeprefix(_PACKAGE))
        given = NAMES.get(module.__name__, {})
        module.__dict__.update({k: v for k, v in given.items() if not k.startswith("__")})
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing in it to run."""

    def _asked_by_library(self) -> bool:
        frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001 - who asks is on the stack
        while frame is not None:
            name = frame.f_code.co_filename
            if not (name == __file__ or "importlib" in name):
                return name.startswith(self._ours)
            frame = frame.f_back
        return False


def _library_folders() -> Iterator[str]:
    for module in (os, msgspec, np):
        if module.__file__:
            yield os.path.dirname(module.__file__)
    yield os.path.dirname(__file__)
    yield "<frozen"
