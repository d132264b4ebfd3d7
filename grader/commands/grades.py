"""Shows the marks of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import lack
from grader.console import out
from grader.errors import MachineError


def grades(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="The folder of a finished run, or of several that go together."),
    ],
    explain: Annotated[
        str | None, typer.Option(metavar="STUDENT", help="Show step by step how the mark of this student came about.")
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A course file to try; the one that the run remembers when not given."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the file of --policy in force, and render the reports by it.")
    ] = False,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the marks as a CSV instead.")] = None,
) -> None:
    """Show the marks that a course file makes of the points, and how one came about. Nothing is graded again."""
    try:
        from grader import showing
    except ModuleNotFoundError as error:
        raise MachineError(lack(error.name or "")) from error

    for text in showing.show(showing.Options(tuple(folders), explain, policy, write, to)):
        out(text)
