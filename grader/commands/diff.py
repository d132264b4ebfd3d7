"""Compares two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import lack
from grader.console import out
from grader.errors import MachineError


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="The folder of a finished run.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The folder of another.")],
    json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
    everybody: Annotated[bool, typer.Option("--all", help="Tell of every student, and not of the first 20.")] = False,
) -> None:
    """Compare two runs: who moves, by how much, and why. Exit code 0: all the same; 1: not."""
    try:
        from grader import diffing
    except ModuleNotFoundError as error:
        raise MachineError(lack(error.name or "")) from error

    code: list[int] = []
    for text in diffing.diff(diffing.Options(before, after, json, everybody), code):
        out(text)
    if any(code):
        raise typer.Exit(code[0])
