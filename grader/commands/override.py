"""Gives points by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import lack
from grader.console import out
from grader.errors import MachineError


def override(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the run.")],
    student: Annotated[str, typer.Argument(metavar="[STUDENT]", help="As grades.csv has it.")] = "",
    assignment: Annotated[str, typer.Argument(metavar="[ASSIGNMENT]", help="The assignment's name.")] = "",
    check: Annotated[
        str,
        typer.Argument(metavar="[CHECK]", help="FUNCTION:CHECK, such as softmax_backward:backward; one name may do."),
    ] = "",
    points: Annotated[
        float | None, typer.Argument(metavar="[POINTS]", help="From 0 to what the check is worth.")
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, which the student reads.")] = "",
    remove: Annotated[
        bool, typer.Option("--remove", help="Take back the mark of CHECK, or all marks of ASSIGNMENT.")
    ] = False,
    later: Annotated[
        bool, typer.Option("--later", help="Leave the reports as they are: quicker where many marks follow.")
    ] = False,
) -> None:
    """Give a check points by hand; without a check, list what was given. It survives regrading and --fresh."""
    try:
        from grader import overriding
    except ModuleNotFoundError as error:
        raise MachineError(lack(error.name or "")) from error

    options = overriding.Options(folder, student, assignment, check, points, why, remove, not later)
    for text in overriding.run(options):
        out(text)
