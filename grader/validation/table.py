"""How validation is shown: a row an assignment, then what was found, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from grader.report.escape import line
from grader.validation.finding import Report

LONG: Final = 400
"""Characters of a line."""
MOST: Final = 40
"""Findings of one assignment that are shown."""


def table(reports: Sequence[Report]) -> Table:
    """A row an assignment, in 80 columns."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0, pad_edge=False, show_footer=len(reports) > 1)
    total = _total(reports)
    sound = sum(r.sound for r in reports)
    made.add_column("assignment", f"{sound} of {len(reports)} are sound", no_wrap=True)
    for heading, value in _cells(total).items():
        made.add_column(heading, value, justify="right", no_wrap=True)
    for report in reports:
        style = "green" if report.sound else "bold red"
        mark = Text("sound" if report.sound else "NO", style=style)
        made.add_row(Text(line(report.name)), *list(_cells(report).values())[:-1], mark)
    return made


def _cells(report: Report) -> dict[str, str | Text]:
    m = report.mutation
    return {
        "right": f"{report.rights}/{report.right_files}",
        "wrong": f"{report.mistakes}/{report.mistake_files}",
        "mutants": str(m.made),
        "equal": str(len(m.equivalent)),
        "score": f"{100 * m.score:.4g}%" if m.made else "-",
        "named": str(m.named),
        "s": f"{report.seconds:.0f}",
        "": "",
    }


def progress(report: Report) -> Text:
    """A line when an assignment is through."""
    told = "sound" if report.sound else f"not sound, {len(report.findings)} findings"
    return Text(f"{line(report.name)}: {told} ({report.seconds:.0f} s)")


def _total(reports: Sequence[Report]) -> Report:
    total = Report("")
    for report in reports:
        total.add(report)
    return total


def lines(reports: Sequence[Report]) -> Iterator[Text]:
    """What stands under the table: equal mutants, mutants whose name wavers, and at the end what is wrong."""
    for report in reports:
        m = report.mutation
        if m.equivalent:
            plural = "mutants are" if len(m.equivalent) > 1 else "mutant is"
            yield Text(
                f"{line(report.name)}: {len(m.equivalent)} {plural} equal to the original, "
                f"by {m.inputs:,} random inputs of each function:"
            )
            yield from (Text(f"    {line(what, LONG)}", style="dim") for what in m.equivalent)
        if m.unsteady:
            yield Text(f"{line(report.name)}: mutants whose name depends on the seed:")
            yield from (Text(f"    {line(what, LONG)}", style="yellow") for what in m.unsteady)
    for report in reports:
        if report.findings:
            yield Text(f"{line(report.name)} is not sound:", style="bold red")
            yield from (Text(f"    {line(str(finding), LONG)}") for finding in report.findings[:MOST])
            if len(report.findings) > MOST:
                yield Text(f"    and {len(report.findings) - MOST} more")
