"""Which files of this package are the box's side: what an image or a worker's folder gets copies of, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NAMES: Final = (
    *("attempts", "capture", "confine", "limits", "loader", "lookalikes", "magics", "programs", "provided", "python2"),
    *("python_names", "salvage", "scratch", "session", "standins", "start", "transit", "values", "warm", "wire"),
    *("worker",),
)


def paths() -> list[Path]:
    """The files, where they lie."""
    return [Path(__file__).with_name(f"{name}.py") for name in NAMES]
