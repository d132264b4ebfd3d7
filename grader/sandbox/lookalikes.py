"""Small modules that submissions import for a name or two on which results depend: given for real.

A stand-in in the place of `xrange`, `prange` or `tqdm` would turn a loop into nothing, and numpy under another
library's name is numpy. What else such a module has is stood in for as usual.
"""

from __future__ import annotations

import builtins
import functools
import io
import itertools
import numbers
import pickle
import queue
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from .python_names import xrange


class Progress:
    """A loop over `items` that shows nothing."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)  # type: ignore[arg-type]

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        """Let exceptions pass."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def _progress(iterable: Any = None, *_: Any, **__: Any) -> Any:
    return Progress(() if iterable is None else iterable)


def _old_div(a: Any, b: Any) -> Any:
    return a // b if isinstance(a, numbers.Integral) and isinstance(b, numbers.Integral) else a / b


def _metaclass(_: type, *bases: type) -> type:
    return type("temporary", bases or (object,), {})


def _listed(function: Callable[..., Any]) -> Callable[..., list[Any]]:
    return lambda *arguments: list(function(*arguments))


_PYTHON_3: Final = {
    name: getattr(builtins, name)
    for name in "ascii bytes chr dict filter hex input int list map max min next object oct open pow range round str "
    "super zip".split()
}
_PAST: Final = {
    **{name: _listed(getattr(builtins, name)) for name in ("filter", "map", "range", "zip")},
    "basestring": str,
    "chr": chr,
    "dict": dict,
    "long": int,
    "str": str,
    "unicode": str,
    "unichr": chr,
    "intern": sys.intern,
    "raw_input": lambda *_: "",
    "reduce": functools.reduce,
}
_ITERATORS: Final[dict[str, Any]] = {
    "iteritems": lambda d, **_: iter(d.items()),
    "iterkeys": lambda d, **_: iter(d.keys()),
    "itervalues": lambda d, **_: iter(d.values()),
    "viewitems": lambda d: d.items(),
    "viewkeys": lambda d: d.keys(),
    "viewvalues": lambda d: d.values(),
    "listitems": lambda d: list(d.items()),
    "listvalues": lambda d: list(d.values()),
    "lrange": _listed(range),
    "lmap": _listed(map),
    "lzip": _listed(zip),
}
_SIX: Final[dict[str, Any]] = {
    **_ITERATORS,
    "PY2": False,
    "PY3": True,
    "PY34": True,
    "MAXSIZE": sys.maxsize,
    "next": next,
    "print_": print,
    "string_types": (str,),
    "integer_types": (int,),
    "text_type": str,
    "binary_type": bytes,
    "class_types": (type,),
    "u": lambda s: s,
    "b": lambda s: s.encode("latin-1"),
    "get_function_code": lambda f: f.__code__,
    "add_metaclass": lambda _: lambda kind: kind,
    "with_metaclass": _metaclass,
    "StringIO": io.StringIO,
}
_MOVES: Final[dict[str, Any]] = {
    "xrange": xrange,
    "reduce": functools.reduce,
    "cPickle": pickle,
    "queue": queue,
    "StringIO": io.StringIO,
    "zip_longest": itertools.zip_longest,
}
_PROGRESS: Final[dict[str, Any]] = {
    **dict.fromkeys(("tqdm", "tqdm_notebook", "tqdm_gui", "progress_bar", "master_bar", "track"), _progress),
    "trange": lambda *bounds, **_: Progress(range(*bounds)),
}


NAMES: Final[dict[str, dict[str, Any]]] = {
    "past.builtins": {**_PAST, "xrange": xrange},
    "past.utils": {"old_div": _old_div},
    "future.builtins": _PYTHON_3,
    "future.utils": {**_ITERATORS, "PY2": False, "PY3": True, "with_metaclass": _metaclass},
    "six": _SIX,
    "six.moves": {**_PYTHON_3, **_MOVES},
    "six.moves.cPickle": vars(pickle),
    "cPickle": vars(pickle),
    "Queue": vars(queue),
    "__builtin__": vars(builtins),
    "StringIO": {"StringIO": io.StringIO},
    "cStringIO": {"StringIO": io.StringIO},
    **dict.fromkeys(("tqdm", "tqdm.auto", "tqdm.notebook", "fastprogress", "rich.progress"), _PROGRESS),
    "numba": {"prange": range},
    **dict.fromkeys(("autograd.numpy", "minpy.numpy", "jax.numpy", "cupy"), vars(np)),
}
"""What a module of this name really has."""
