"""Writes what students get."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.options import Course
from grader.console import out


def release(
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", help="Where they go: a new folder, or one whose other files then stay."),
    ],
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="The assignments to hand out.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every assignment of the course.")] = False,
    zip_: Annotated[bool, typer.Option("--zip", help="Pack the same into DIR.zip too, for upload.")] = False,
    wheel: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Add what students install, which `make wheel` makes in dist/."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there and differ, such as an older release's.")
    ] = False,
    course: Course = None,
) -> None:
    """Write what students get: stubs, notebooks, texts and the way to the self-check. No answers.

    Each assignment gets a folder NAME with its stub as NAME.py and NAME.ipynb, its README.md and the modules that it
    provides; beside them are HOWTO.md and requirements.txt. The same release twice gives the same bytes.
    """
    from grader import release as releasing
    from grader.catalogue import open_course

    plan = releasing.Plan(tuple(names or ()), to, everything, zip_, wheel, overwrite)
    for text in releasing.told(plan, releasing.release(plan, open_course(course))):
        out(text)
