"""Writes a run's marks in other tools' formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import Names, lack
from grader.console import out, say
from grader.errors import MachineError
from grader.report.escape import line


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a finished run: what --out was given.")],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="gradescope, gradescope-autograder, canvas, moodle, nbgrader, junit, github, csv, json or xlsx.",
        ),
    ],
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For canvas and moodle: the table that the platform exported, to be filled."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The file or folder to write; DIR/export/... when not given.")
    ] = None,
    assignment: Names = None,
    column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For canvas: the id or title of the column that all points go to."),
    ] = None,
    columns: Annotated[
        str,
        typer.Option(metavar="NAME=TITLE,...", help="For moodle: which column is what, where it can't be told."),
    ] = "",
    scale: Annotated[
        bool, typer.Option("--scale", help="For canvas and moodle: convert to the points that the platform has.")
    ] = False,
    source: Annotated[
        Path, typer.Option(metavar="DIR", help="For github: where the submissions lie in the repository.")
    ] = Path(),
) -> None:
    """Write the marks of a finished run in another tool's format. Exit code 1: not every mark could be written."""
    try:
        from grader import export as exporting
    except ModuleNotFoundError as error:
        raise MachineError(lack(error.name or "")) from error

    options = exporting.Options(
        folder=folder,
        format=format_,
        template=template,
        to=to,
        assignments=tuple(assignment or ()),
        column=column,
        columns=columns,
        scale=scale,
        source=source,
    )
    printed, told, code = exporting.run(options)
    for text in printed:
        out(text)
    for text in told:
        say(line(text, 2000))
    if code:
        raise typer.Exit(code)
