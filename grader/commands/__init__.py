"""The commands, a file each: thin, they turn options into a call, and what comes back into lines and an exit code.

Each file holds one function of its own name, which typer reads; it is imported when its command is asked for.
"""

from __future__ import annotations

from typing import Final

NAMES: Final = (
    *("grade", "check", "list", "release", "new", "validate", "grades", "regrade", "override", "diff", "export"),
    *("similar", "doctor", "schema"),
)
"""In the order of the help."""
