"""Names that older submissions use and that Python or numpy have dropped since: supplied, with a warning."""

from __future__ import annotations

import builtins
import sys
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
    "asscalar": lambda a: a.item(),
    "mat": np.asmatrix,
    "in1d": lambda a, b, **options: np.isin(np.ravel(a), b, **options),
    "trapz": getattr(np, "trapezoid", None),
}


def supply(read_input: Callable[..., str]) -> None:
    """Put the dropped names where submissions look for them; `read_input` takes the place of input()."""
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
        "input": read_input,
        "raw_input": read_input,
        "xrange": _xrange,
        "unicode": str,
        "exit": _leave,
        "quit": _leave,
        "help": lambda *_: None,
    }
    for name, value in names.items():
        setattr(builtins, name, value)


def _xrange(*bounds: int) -> range:
    warnings.warn("xrange is Python 2's: Python 3 has range", DeprecationWarning, stacklevel=2)
    return range(*bounds)


def _leave(code: object = None) -> NoReturn:
    sys.exit(code)  # type: ignore[arg-type]
