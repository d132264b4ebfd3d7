"""Looks at the walls of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.console import console, out


def doctor(
    build: Annotated[bool, typer.Option("--build", help="Build the docker wall's image first.")] = False,
    base: Annotated[
        str, typer.Option(help="With --build: the image to build on, where the usual one can't be fetched.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say which walls this machine offers, try each, and say what weakens it."""
    from grader import doctor as doctoring

    if build:
        from grader.sandbox import engine, image

        image.build(engine.connect(), base or None)
    report = doctoring.examine()
    if json:
        import msgspec

        out(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        terminal = console()
        terminal.print(doctoring.table(report))
        for text in doctoring.lines(report):
            terminal.print(text, markup=False, highlight=False)
    if report.chosen is None:
        raise typer.Exit(3)
