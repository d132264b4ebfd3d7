"""The self-check, once or at each save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.commands.options import DEFAULTS, Course, Names, Seed
from grader.console import console, out, say
from grader.errors import UsageError
from grader.sandbox import Limits

if TYPE_CHECKING:
    from grader.catalogue import Catalogue
    from grader.sandbox.launch import Launched


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Your .py file or notebook.")],
    assignment: Names = None,
    course: Course = None,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again each time the file is saved.")] = False,
    seed: Seed = None,
    question_time: Annotated[float, typer.Option(min=0.1, help="Seconds for one question.")] = DEFAULTS.question_s,
) -> None:
    """Check your own work: worked examples, gradients against your own forward, shapes, side effects."""
    from functools import partial

    from grader.sandbox.launch import launch

    ahead = launch()  # before what takes longest here: it takes as long there
    try:
        from grader.catalogue import open_course

        once = partial(_check_once, file, assignment, open_course(course), seed, Limits(question_s=question_time), json)
        if not watch:
            raise typer.Exit(0 if once(ahead) else 1)
    finally:
        ahead.end()
    from grader import selfcheck

    if not file.exists():
        raise UsageError(f"{file} does not exist")
    for _ in selfcheck.changes(file):
        if not json:
            console().clear()
        try:
            once()
        except UsageError as error:
            say(f"grader: {error}")
        if not json:
            out("Watching for changes; ^C ends it.")


def _check_once(
    file: Path,
    chosen: list[str] | None,
    course: Catalogue,
    seed: int | None,
    limits: Limits,
    json: bool,
    ahead: Launched | None = None,
) -> bool:
    import secrets

    from grader import selfcheck

    drawn = secrets.randbits(31) if seed is None else seed
    results = selfcheck.check(file, tuple(chosen or ()), drawn, limits, course, ahead)
    if json:
        import msgspec

        out(msgspec.json.format(msgspec.json.encode(results), indent=2).decode())
    else:
        from grader.diagnose import GENERAL
        from grader.report.text import check_tables

        console().print(check_tables(results, GENERAL))
    return selfcheck.passes(results)
