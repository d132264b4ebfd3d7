"""Attacks that are no Python file: what writes them, by "GROUP/NAME"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

MADE: dict[str, Callable[[Path, str], None]] = {}
"""Each is given the folder of the class and the student's id, and writes there what that student hands in."""
