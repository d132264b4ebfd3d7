"""Results on a terminal: the table of a student's self-check, and the class at the end of a grade run.

Everything from outside is put in `Text` objects after `escape.plain`, so that neither rich markup nor terminal
sequences in it mean anything. Colour repeats what the words say. Where the terminal can't show the signs (Windows
consoles with an old code page), plain letters stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from grader.diagnose import MistakeInfo
from grader.report.escape import line, plain
from grader.report.info import LOST, STATUS_WORDS, check_title, number, plural
from grader.report.summary import ClassSummary
from grader.result import Check, Evidence, Result

STYLES: Final = {
    "passed": "green",
    "failed": "bold red",
    "error": "bold red",
    "timeout": "yellow",
    "missing": "yellow",
    "skipped": "dim",
}
_SIGNS: Final = {"passed": "✓", "failed": "✗", "error": "!", "timeout": "◷", "missing": "?", "skipped": "–"}
_LETTERS: Final = {"passed": "+", "failed": "x", "error": "!", "timeout": "t", "missing": "?", "skipped": "-"}

MOST_LINES: Final = 6
"""Lines of one value of the failing case; an array may have many."""
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
    """What `check_table` gives; it is laid out when printed, since the signs depend on the terminal."""

    result: Result
    mistakes: Mapping[str, MistakeInfo]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """A heading a function, a row a check with its hint underneath, the sum."""
        signs = _LETTERS if options.ascii_only else _SIGNS
        function = None
        order = list(dict.fromkeys(check.function for check in self.result.checks))
        for check in sorted(self.result.checks, key=lambda c: order.index(c.function)):
            if check.function != function:
                function = check.function
                yield Text(f"\n{line(function)}", style="bold")
            row = Table(box=None, show_header=False, expand=True, padding=(0, 1), pad_edge=False)
            row.add_column(width=11, no_wrap=True)
            row.add_column(ratio=1, overflow="fold")
            row.add_column(width=12, justify="right", no_wrap=True)
            row.add_row(
                Text(f"{signs[check.status]} {STATUS_WORDS[check.status]}", style=STYLES[check.status]),
                Text(line(check_title(check.check))),
                _points(check),
            )
            yield row
            yield Padding(Group(*self._hints(check)), (0, 0, 0, 4))
        yield Text("")
        for problem in self.result.problems[:10]:
            yield Text.assemble(("note ", "dim"), line(problem.where), ": ", plain(problem.message, 400))
        if len(self.result.problems) > 10:
            yield Text(f"and {plural(len(self.result.problems) - 10, 'more note')}")
        yield self._sum()

    def _hints(self, check: Check) -> list[RenderableType]:
        hints: list[RenderableType] = []
        if check.message:
            hints.append(Text(plain(check.message, 1200)))
        if check.status in LOST:
            mistake = self.mistakes.get(check.diagnosis) if check.diagnosis else None
            if mistake:
                hints.append(Text.assemble((line(mistake.title), "bold"), ". ", plain(mistake.reason, 800)))
                if mistake.read:
                    hints.append(Text.assemble(("read: ", "dim"), line(mistake.read)))
            elif check.diagnosis:
                hints.append(Text(line(check.diagnosis), style="bold"))
            if check.evidence:
                hints.append(_evidence(check.evidence))
        hints.extend(Text.assemble(("remark: ", "dim"), plain(remark, 400)) for remark in check.remarks)
        return hints

    def _sum(self) -> Text:
        result = self.result
        lost = sum(check.status in LOST for check in result.checks)
        asked = sum(check.status != "skipped" for check in result.checks)
        if not asked:
            words = Text("No check was made.", style="yellow")
        elif lost:
            words = Text(f"{lost} of {plural(asked, 'check')} to mend.", style="bold red")
        else:
            words = Text(f"{'All ' if asked > 1 else ''}{plural(asked, 'check')} passed.", style="bold green")
        if result.status == "graded" and result.score is not None and result.max_score > 0:
            words.append(f" {number(result.score)} of {number(result.max_score)} points.", style="not bold default")
            words.append(" Your mark is given on other inputs, against the right answers.", style="dim")
        return words


def check_table(result: Result, mistakes: Mapping[str, MistakeInfo] | None = None) -> RenderableType:
    """The self-check's table: a row a check, each failure with its hint and failing case underneath.

    `mistakes` explains the names in `Check.diagnosis`; none are needed. Good from 60 columns upwards.
    """
    return _Writable(_CheckTable(result, mistakes or {}))


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
    students = plural(len(summary.students), "student")
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


def _points(check: Check) -> Text:
    if check.max_points:
        return Text(f"{number(check.points)} of {number(check.max_points)}")
    return Text(f"+{number(check.points)}" if check.points else "")


def _evidence(evidence: Evidence) -> Group:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, style="dim", max_width=12)
    grid.add_column(no_wrap=True, max_width=14, overflow="ellipsis")
    grid.add_column(overflow="fold")
    for name, value in evidence.inputs.items():
        grid.add_row("input", Text(line(name, 40)), _value(value))
    for name in dict.fromkeys([*evidence.expected, *evidence.got]):
        wrong = "red" if name in evidence.wrong else ""
        if name in evidence.expected:
            grid.add_row("expected", Text(line(name, 40)), _value(evidence.expected[name]))
        grid.add_row("yours", Text(line(name, 40)), _value(evidence.got.get(name, "nothing"), wrong))
    parts: list[RenderableType] = [grid]
    off = ": ".join(text for text in (line(evidence.where), plain(evidence.difference, 400)) if text)
    if off:
        parts.append(Text.assemble(("furthest off: ", "dim"), off))
    return Group(*parts)


def _value(value: str, style: str = "") -> Text:
    lines = plain(value, 600).split("\n")
    more = ["..."] if len(lines) > MOST_LINES else []
    return Text("\n".join(lines[:MOST_LINES] + more), style=style)
