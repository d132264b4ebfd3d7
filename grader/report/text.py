"""Results on a terminal: the table of a student's self-check, and the class at the end of a grade run.

Everything from outside is put in `Text` objects after `escape.plain`, so that neither rich markup nor terminal
sequences in it mean anything. Colour repeats what the words say. Where the terminal can't show the signs (Windows
consoles with an old code page), plain letters stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from grader.diagnose import MistakeInfo
from grader.report.escape import line
from grader.report.info import STATUS_WORDS, number, plural
from grader.report.summary import ClassSummary
from grader.report.told import SIGNS, Case, CheckTold, Line, tell
from grader.result import Result

STYLES: Final = {
    "passed": "green",
    "failed": "bold red",
    "error": "bold red",
    "timeout": "yellow",
    "missing": "yellow",
    "skipped": "dim",
}
_VERDICTS: Final = {"passed": "bold green", "lost": "bold red", "nothing": "yellow"}
_LETTERS: Final = {"passed": "+", "failed": "x", "error": "!", "timeout": "t", "missing": "?", "skipped": "-"}

MOST_REASONS: Final = 5
MOST_MISTAKES: Final = 8


@dataclass(frozen=True)
class _Writable:
    """A renderable whose text fits the terminal's encoding: what that can't show becomes its number."""

    inner: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The inner one's segments."""
        for segment in console.render(self.inner, options):
            if options.ascii_only:
                text = segment.text.encode(options.encoding, "backslashreplace").decode(options.encoding)
                yield Segment(text, segment.style, segment.control)
            else:
                yield segment


@dataclass(frozen=True)
class _CheckTable:
    """A result's self-check; it is laid out when printed, since the signs depend on the terminal."""

    result: Result
    mistakes: Mapping[str, MistakeInfo]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A heading a function, a row a check with its hint underneath, the sum."""
        signs = _LETTERS if options.ascii_only else SIGNS
        told = tell(self.result, self.mistakes)
        for function, checks in told.functions.items():
            yield Text(f"\n{function}", style="bold")
            for check in checks:
                row = Table(box=None, show_header=False, expand=True, padding=(0, 1), pad_edge=False)
                row.add_column(width=11, no_wrap=True)
                row.add_column(ratio=1, overflow="fold")
                row.add_column(width=12, justify="right", no_wrap=True)
                sign = Text(f"{signs[check.status]} {STATUS_WORDS[check.status]}", style=STYLES[check.status])
                row.add_row(sign, Text(check.title), Text(check.points))
                yield row
                yield Padding(Group(*_hints(check)), (0, 0, 0, 4))
        yield Text("")
        for note in told.notes:
            yield _line(note)
        words = Text(told.verdict, style=_VERDICTS[told.outcome])
        for more, style in ((told.points, "not bold default"), (told.caveat, "dim")):
            if more:
                words.append(f" {more}", style=style)
        yield words


def check_table(result: Result, mistakes: Mapping[str, MistakeInfo] | None = None) -> RenderableType:
    """The self-check's table: a row a check, each failure with its hint and failing case underneath.

    `mistakes` explains the names in `Check.diagnosis`; none are needed. Good from 60 columns upwards.
    """
    return _Writable(_CheckTable(result, mistakes or {}))


def check_tables(results: Sequence[Result], mistakes: Mapping[str, MistakeInfo] | None = None) -> RenderableType:
    """The self-check's tables one below the other; where there are several, each has its assignment as a heading."""
    parts: list[RenderableType] = []
    for result in results:
        if len(results) > 1:
            parts.append(Rule(Text(line(result.assignment), style="bold")))
        parts.append(check_table(result, mistakes))
    return Group(*parts)


def _hints(check: CheckTold) -> Iterator[RenderableType]:
    yield from map(_line, check.hints)
    if check.case is not None:
        yield _case(check.case)
    yield from map(_line, check.remarks)


def _line(told: Line) -> Text:
    parts = [(told.label, "dim"), (told.head, "bold"), (told.text, "")]
    return Text(" ").join(Text(text, style=style) for text, style in parts if text)


def class_table(summary: ClassSummary, titles: Mapping[tuple[str, str], str] | None = None) -> RenderableType:
    """The end of a grade run: a row an assignment, the frequent mistakes, what is not graded and why.

    `titles` are those of mistakes by (assignment, name); without one the name stands.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("assignment", overflow="fold", min_width=12)
    for name in ("graded", "mean", "median", "of", "full marks", "not graded"):
        table.add_column(name, justify="right", no_wrap=True)
    for stats in summary.assignments:
        late = Text(str(stats.not_graded), style="yellow") if stats.not_graded else Text("0", style="dim")
        table.add_row(
            Text(line(stats.assignment, 60)),
            str(len(stats.scores)),
            "" if stats.mean is None else number(stats.mean, 2),
            "" if stats.median is None else number(stats.median, 2),
            number(stats.max_score),
            str(stats.full_marks),
            late,
        )
    parts: list[RenderableType] = [table]
    if summary.mistakes:
        parts += [Text("Most frequent mistakes", style="bold"), _mistakes(summary, titles or {}), Text("")]
    for entry in summary.ungraded[:MOST_REASONS]:
        students = ", ".join(line(student, 30) for student in entry.students[:3])
        more = ", ..." if entry.results > len(entry.students[:3]) else ""
        head = (f"not graded: {plural(entry.results, 'result')} ({students}{more}): ", "yellow")
        parts.append(Text.assemble(head, line(entry.reason)))
    if len(summary.ungraded) > MOST_REASONS:
        parts.append(Text(f"and {plural(len(summary.ungraded) - MOST_REASONS, 'more reason')}", style="yellow"))
    if summary.all_refused:
        some = ", ".join(line(refused.student, 30) for refused in summary.refused[:3])
        more = ", ..." if summary.all_refused > len(summary.refused[:3]) else ""
        what = f"refused by the wall: attempts of {plural(summary.all_refused, 'submission')}"
        parts.append(Text(f"{what} ({some}{more}); index.html lists them", style="yellow"))
    students = plural(summary.headcount, "student")
    parts.append(Text(f"{students}, {summary.graded:,} of {plural(summary.results, 'result')} graded."))
    return _Writable(Group(*parts))


def _mistakes(summary: ClassSummary, titles: Mapping[tuple[str, str], str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold", style="dim")
    for count in summary.mistakes[:MOST_MISTAKES]:
        title = titles.get((count.assignment, count.name), count.name)
        grid.add_row(f"{count.submissions:,}", Text(line(title, 80)), Text(line(count.assignment, 40)))
    return grid


def _case(case: Case) -> Group:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="dim", max_width=12)
    grid.add_column(no_wrap=True, max_width=14, overflow="ellipsis")
    grid.add_column(overflow="fold")
    for value in case.values:
        grid.add_row(value.kind, Text(value.name), Text(value.text, style="red" if value.wrong else ""))
    return Group(grid, *([_line(case.off)] if case.off else []))
