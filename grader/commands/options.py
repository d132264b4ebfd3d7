"""What several commands take, and what they say when a library is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from grader.errors import UsageError
from grader.sandbox import Limits

DEFAULTS: Final = Limits()


def place(path: Path | None) -> Path | None:
    """A path as it was given, which need not be there. Raises UsageError for one that can't even be looked at."""
    try:
        if path is not None:
            path.expanduser().resolve().stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: nobody's home, a loop of links
        raise UsageError(f"{path} can't be used: {getattr(error, 'strerror', None) or error}") from None
    return path


def places(paths: list[Path]) -> list[Path]:
    """The same of several."""
    for path in paths:
        place(path)
    return paths


Names = Annotated[
    list[str] | None, typer.Option("--assignment", "-a", metavar="NAME", help="Only this assignment; may be repeated.")
]

Course = Annotated[
    Path | None,
    typer.Option(
        "--course",
        metavar="PATH",
        callback=place,
        help="The folder of a course of your own; the built-in one if not given.",
    ),
]

Seed = Annotated[
    int | None, typer.Option(min=0, max=2**31 - 1, help="What the inputs are drawn from; drawn afresh when not given.")
]


def lack(module: str) -> str:
    """What to do about a module that grading needs, and that a student's installation has no use for."""
    if module.partition(".")[0] == "reference":
        return "grading needs a checkout of the project, which holds the secret half; students say `grader check`"
    return f"grading needs {module}, which isn't installed: pip install 'backprop-grader[grade]'"
