"""Names that older submissions use and that Python or numpy have dropped since: supplied, those of numpy and `xrange`
with a warning.
"""

from __future__ import annotations

import builtins
import collections.abc
import functools
import itertools
import math
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Final, NoReturn

import numpy as np

_DROPPED: Final[dict[str, Any]] = {
    **dict.fromkeys(("Inf", "Infinity", "infty", "PINF"), np.inf),
    "NINF": -np.inf,
    "NaN": np.nan,
    "NAN": np.nan,
    "PZERO": 0.0,
    "NZERO": -0.0,
    "float": float,
    "int": int,
    "bool": bool,
    "object": object,
    "str": str,
    "complex": complex,
    "long": int,
    "unicode": str,
    "float_": np.float64,
    "complex_": np.complex128,
    "bool8": np.bool_,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "sometrue": np.any,
    "alltrue": np.all,
    "row_stack": np.vstack,
    "round_": np.round,
    "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype),
    "mat": np.asmatrix,
    "in1d": lambda a, b, **options: np.isin(np.ravel(a), b, **options),
    "trapz": getattr(np, "trapezoid", None),
    "math": math,
    "warnings": warnings,
    "rank": np.ndim,
    "alen": len,
    "msort": lambda a: np.sort(a, axis=0),
    "string_": np.bytes_,
    "unicode_": np.str_,
    "int0": np.intp,
    "uint0": np.uintp,
    "cfloat": np.complex128,
    "longfloat": np.longdouble,
    "asscalar": lambda a: np.asarray(a).item(),
}


def supply() -> None:
    """Put the dropped names where submissions look for them: once for all forks of a process."""
    given = np.__dict__.get("__getattr__")

    def dropped(name: str) -> Any:
        value = _DROPPED.get(name)
        if value is not None:
            warnings.warn(f"np.{name} was dropped from numpy", DeprecationWarning, stacklevel=2)
            return value
        if given is None:
            raise AttributeError(f"module 'numpy' has no attribute {name!r}")
        return given(name)

    np.__dict__["__getattr__"] = dropped
    names: dict[str, Any] = {
        "xrange": xrange,
        "unicode": str,
        "unichr": chr,
        "basestring": str,
        "long": int,
        "reduce": functools.reduce,
        "exit": _leave,
        "quit": _leave,
        "help": lambda *_: None,
    }
    for name, value in names.items():
        setattr(builtins, name, value)
    _supply_libraries()


def supply_input(read_input: Callable[..., str]) -> None:
    """Let `read_input` take the place of input()."""
    for name in ("input", "raw_input"):
        setattr(builtins, name, read_input)


def _supply_libraries() -> None:
    """What the standard library, `numpy.lib` and `numpy.random` have dropped."""
    for name in collections.abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    for module, names in _LIBRARIES:
        for name, value in names.items():
            if not hasattr(module, name):
                setattr(module, name, value)


_LIBRARIES: Final[tuple[tuple[Any, dict[str, Any]], ...]] = (
    (itertools, {"izip": zip, "imap": map, "ifilter": filter, "izip_longest": itertools.zip_longest}),
    (time, {"clock": time.perf_counter}),
    (sys, {"maxint": sys.maxsize, "setdefaultencoding": lambda *_: None}),
    (np.lib, {name: getattr(np, name) for name in ("pad", "tile", "flip", "expand_dims")}),
    (np.random, {"random_integers": lambda low, high=None, size=None: _closed_integers(low, high, size)}),
)


def _closed_integers(low: int, high: int | None, size: Any) -> Any:
    first, last = (1, low) if high is None else (low, high)
    return np.random.randint(first, last + 1, size)  # noqa: NPY002 - the generator that the submission seeds


def xrange(*bounds: int) -> range:
    """Python 2's name for a range."""
    warnings.warn("xrange is Python 2's: Python 3 has range", DeprecationWarning, stacklevel=2)
    return range(*bounds)


def _leave(code: object = None) -> NoReturn:
    sys.exit(code)  # type: ignore[arg-type]
