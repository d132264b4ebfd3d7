"""What `grader similar` shows: a table in the terminal, and a page with both sources of each pair side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich.table import Table
from rich.text import Text

from grader.report import pages
from grader.report.escape import line
from grader.similar import WARNING, Side, Survey

LINES: Final = 1_000
"""Lines of a source that a page shows."""
NOTES: Final = 20
"""Files that were not compared and are told one by one."""


@dataclass(frozen=True)
class _Run:
    """Lines that follow each other, with their numbers from 1, which are all in common or all not."""

    common: bool
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Shown:
    """A side as the page shows it."""

    student: str
    file: str
    percent: str
    common: int
    runs: tuple[_Run, ...]
    left: int


def summary(survey: Survey) -> list[str]:
    """What was compared, and what was left out of it."""
    little = survey.files - survey.compared
    told = [f"{survey.compared:,} files of {survey.students:,} students were compared."]
    told += [f"Left out: the text of the stubs, and passages that more than {survey.common:,} files hold."]
    if little:
        told.append(f"{little:,} more files hold too little of their own then, as short assignments do.")
    if not survey.pairs:
        told.append("No two files of different students have much in common.")
    return told


def brief(notes: Sequence[str]) -> list[str]:
    """The first notes, and how many more there are."""
    more = len(notes) - NOTES
    return [*notes[:NOTES], *([f"and {more:,} more files were not compared"] if more > 0 else [])]


def table(survey: Survey) -> Table:
    """The pairs as a table for the terminal."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("")
    for title in ("one", "other"):
        shown.add_column(title, overflow="fold")
        shown.add_column("share", justify="right")
        shown.add_column("lines", justify="right")
    for number, pair in enumerate(survey.pairs, 1):
        cells = [Text(str(number))]
        for side in pair:
            cells += [_who(side), Text(_percent(side.share)), Text(str(len(side.lines)))]
        shown.add_row(*cells)
    return shown


def _who(side: Side) -> Text:
    """A student, and the file where its name says more."""
    base = side.file.rpartition("/")[2]
    who = Text(line(side.student))
    return who if base.rpartition(".")[0] == side.student else who.append(f" {line(base)}", "dim")


def render(survey: Survey) -> str:
    """The page as HTML, one file that needs nothing else."""
    return pages.template("similar.html.jinja").render(
        facts=f"{survey.students:,} students, {survey.compared:,} files",
        warning=WARNING,
        summary=summary(survey),
        pairs=[(_shown(one), _shown(other)) for one, other in survey.pairs],
        notes=brief(survey.notes),
    )


def _shown(side: Side) -> _Shown:
    lines = side.source.rstrip("\n").split("\n")
    numbered = enumerate(lines[:LINES], 1)
    runs = (_Run(common, tuple(run)) for common, run in groupby(numbered, key=lambda entry: entry[0] - 1 in side.lines))
    left = max(0, len(lines) - LINES)
    return _Shown(side.student, side.file, _percent(side.share), len(side.lines), tuple(runs), left)


def _percent(share: float) -> str:
    """A share in whole percent; 100 only where it is all."""
    return f"{int(100 * share + 1e-9)} %"
