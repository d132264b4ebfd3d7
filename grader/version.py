"""The version, in a file that imports nothing: the package itself is a door to the self-check."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
