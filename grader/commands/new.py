"""Lays out a new assignment."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.commands.options import Course
from grader.console import out


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The assignment's name; its functions are called after it.")
    ],
    course: Course = None,
) -> None:
    """Lay out a new assignment that is sound from the first minute, for you to replace bit by bit."""
    from grader import new as newly

    for text in newly.told(newly.new(name, course)):
        out(text)
