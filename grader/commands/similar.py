"""Shows which submissions have code in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.commands.options import Course, Names, place
from grader.console import console, out, say
from grader.errors import MachineError
from grader.report.escape import line

if TYPE_CHECKING:
    from grader.submission import Located


def similar(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="A folder or zip of submissions, as for `grade`.")
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE.html", callback=place, help="Write a page with the sources of each pair."),
    ] = None,
    assignment: Names = None,
    course: Course = None,
    layout: Annotated[
        str | None, typer.Option(metavar="NAME", help="The platform that the download is from, as for `grade`.")
    ] = None,
    roster: Annotated[Path | None, typer.Option(metavar="FILE", help="A CSV of who is who, as for `grade`.")] = None,
    pairs: Annotated[int, typer.Option(min=1, max=1000, help="The most pairs to show.")] = 50,
    common: Annotated[
        int | None,
        typer.Option(
            min=2,
            metavar="N",
            help="Leave out passages that more than N files hold; 10 or a tenth of the files when not given.",
        ),
    ] = None,
    time: Annotated[float, typer.Option(min=1, help="Seconds after which what is left is not compared.")] = 600,
) -> None:
    """Show which submissions have code in common, as evidence to look at; no verdict, and no mark depends on it.

    The text of the stubs is left out. Nothing is run and nothing leaves this machine.
    """
    from rich.progress import track

    try:
        from grader import similar as comparing
        from grader import similar_page, similar_pairs
        from grader.report.files import write_atomic

        similar_pairs.library()
    except ModuleNotFoundError as error:
        raise MachineError(f"comparing needs {error.name}, which isn't installed: pip install {error.name}") from error

    options = comparing.Options(
        submissions=submissions,
        assignments=tuple(assignment or ()),
        course=course,
        layout=layout,
        roster=roster,
        pairs=pairs,
        common=common,
        seconds=time,
    )

    def shown(students: Sequence[Located]) -> Iterable[Located]:
        terminal = console()
        return track(students, "reading", console=terminal, transient=True, disable=not terminal.is_terminal)

    survey = comparing.survey(options, shown)
    if to is not None:
        write_atomic(to, similar_page.render(survey).encode())
    for remark in survey.remarks:
        out(line(remark, 2000))
    for note in similar_page.brief(survey.notes):
        say(f"grader: {line(note, 400)}")
    for text in similar_page.summary(survey):
        out(text)
    if survey.pairs:
        console().print(similar_page.table(survey))
    out(comparing.WARNING)
    if to is not None:
        out(f"page: {line(str(to))}")
