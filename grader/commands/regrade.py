"""Grades a run again after something changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import Course, lack, place
from grader.console import console
from grader.errors import MachineError


def regrade(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the run.")],
    submissions: Annotated[
        Path | None,
        typer.Argument(metavar="[SUBMISSIONS]", callback=place, help="Where they lie now; the run remembers where."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write it into the run. Without this nothing of the run is touched.")
    ] = False,
    course: Course = None,
    sandbox: Annotated[
        str | None, typer.Option(metavar="WALL", help="docker, sandlock or none; the run's when not given.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Submissions graded at once; the number of cores when not given.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Tell of every student, and not of the first 20.")] = False,
) -> None:
    """Grade again what has changed, and show who moves, by how much and why, before anything is written.

    With --write the same is written into the run; what was graded to show it is not graded twice.
    """
    try:
        from grader import regrading
    except ModuleNotFoundError as error:
        raise MachineError(lack(error.name or "")) from error

    options = regrading.Options(folder, submissions, course, sandbox, jobs, write, everybody)
    code = regrading.regrade(options, console())
    if code:
        raise typer.Exit(code)
