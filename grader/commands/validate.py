"""Proves assignments sound."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from grader.commands.options import Course, lack
from grader.console import console
from grader.errors import MachineError


def validate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="The assignments; all of the course if none is named."),
    ] = None,
    course: Course = None,
    seeds: Annotated[int, typer.Option(min=1, help="Draws of the inputs on which the zoo must hold.")] = 200,
    inputs: Annotated[
        int, typer.Option(min=1, help="Random inputs on which a mutant must equal its original, to count as equal.")
    ] = 10_000,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes at work at once; the number of cores when not given.")
    ] = None,
) -> None:
    """Prove assignments sound: reference, stub, solutions, known mistakes, mutants.

    This runs the files of the course, the zoo's among them, with nothing but limits around them: they are your own.
    """
    try:
        from grader import validate as validating
    except ModuleNotFoundError as error:
        raise MachineError(lack(error.name or "")) from error

    plan = validating.Plan(tuple(names or ()), course, seeds, inputs, jobs or os.cpu_count() or 1)
    code = validating.run(plan, console())
    if code:
        raise typer.Exit(code)
