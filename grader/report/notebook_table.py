"""The self-check's table in a notebook: HTML for hosts that show it, the terminal's text for the others.

A notebook's output has no page of its own. So every style is inline, nothing is fetched and nothing runs. The host's
theme is not known either, light or dark: text takes the host's own colour, lines are grey at half strength, and where
colour says something it is a ground of its own under white text. The words say the same.
"""

from __future__ import annotations

import html
import io
from collections.abc import Iterator, Sequence
from typing import Final

from grader.diagnose import GENERAL
from grader.report.info import STATUS_WORDS
from grader.report.told import SIGNS, Case, CheckTold, Line, Told, tell
from grader.result import Result

WIDTH: Final = 80
"""Columns of the plain text."""

# White on each of them has at least 4.5:1.
_GROUNDS: Final = {
    "passed": "#1a7f37",
    "failed": "#c22f2b",
    "error": "#c22f2b",
    "timeout": "#8a5a00",
    "missing": "#8a5a00",
    "skipped": "#5f6670",
}
_OUTCOMES: Final = {"passed": "passed", "lost": "failed", "nothing": "missing"}
_MONO: Final = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:0.92em"
# Hosts give tables columns of one width, and right-aligned, striped cells with a ground of their own.
_TABLE: Final = "border-collapse:collapse;table-layout:auto;width:100%;border:0;font-size:1em"
_CELL: Final = (
    "text-align:left;vertical-align:top;background:none;border:0;white-space:normal;max-width:none;line-height:inherit"
)
_RULE: Final = "border-top:1px solid rgba(128,128,128,0.5)"
_SOFT: Final = "opacity:0.8"


def table_text(results: Sequence[Result]) -> str:
    """The tables as the terminal has them, without colour."""
    from rich.console import Console

    from grader.report.text import check_tables

    out = io.StringIO()
    # In a notebook rich would show the text by itself, and write nothing.
    console = Console(file=out, width=WIDTH, color_system=None, force_terminal=False, force_jupyter=False)
    console.print(check_tables(results, GENERAL))
    return out.getvalue().strip("\n")


def table_html(results: Sequence[Result]) -> str:
    """The tables as one piece of HTML."""
    told = [tell(result, GENERAL) for result in results]
    style = "max-width:60rem;margin:0.3rem 0;line-height:1.45;overflow-wrap:anywhere"
    inner = (part for each in told for part in _assignment(each))
    # Jupyter would set what stands between dollar signs as a formula.
    return f'<div class="tex2jax_ignore mathjax_ignore" style="{style}">{"".join(inner)}</div>'


def _assignment(told: Told) -> Iterator[str]:
    yield _tag("div", "font-weight:600;font-size:1.15em;margin:0.6rem 0 0.3rem", _text(told.assignment))
    rows = (row for function, checks in told.functions.items() for row in _function(function, checks))
    yield _tag("table", f"{_TABLE};margin:0", _tag("tbody", "", *rows))
    for note in told.notes:
        yield _line(note)
    verdict = _badge(_OUTCOMES[told.outcome], told.verdict)
    more = [_text(told.points), _tag("span", _SOFT, _text(told.caveat))] if told.points else []
    yield _tag("div", f"{_RULE};margin:0.5rem 0 0.3rem;padding-top:0.5rem", " ".join([verdict, *more]))


def _function(name: str, checks: tuple[CheckTold, ...]) -> Iterator[str]:
    heading = _tag("th", f"{_CELL};padding:0.7rem 0 0.25rem;font-weight:600;{_MONO}", _text(name), colspan=3)
    yield _row(heading)
    for check in checks:
        word = f"{SIGNS[check.status]} {STATUS_WORDS[check.status]}"
        padding = "padding:0.3rem 0.8rem 0.3rem 0"
        yield _row(
            _tag("td", f"{_CELL};{_RULE};{padding};width:6.5rem", _badge(check.status, word)),
            _tag("td", f"{_CELL};{_RULE};{padding}", _text(check.title)),
            _tag(
                "td",
                f"{_CELL};{_RULE};padding:0.3rem 0;width:5.5rem;text-align:right;white-space:nowrap",
                _text(check.points),
            ),
        )
        if hints := [*map(_line, check.hints), *_case(check.case), *map(_line, check.remarks)]:
            yield _row(_tag("td", f"{_CELL};padding:0 0 0.5rem 0.8rem", *hints, colspan=3))


def _case(case: Case | None) -> Iterator[str]:
    if case is None:
        return
    rows = []
    for value in case.values:
        mark = "border-left:3px solid #c22f2b" if value.wrong else "border-left:3px solid transparent"
        padding = f"padding:0.05rem 0.7rem 0.05rem 0.5rem;{mark}"
        rows.append(
            _row(
                _tag("td", f"{_CELL};{padding};{_SOFT};width:4.5rem", _text(value.kind)),
                _tag("td", f"{_CELL};padding:0.05rem 0.7rem 0.05rem 0;{_MONO};width:4rem", _text(value.name)),
                _tag(
                    "td",
                    f"{_CELL};padding:0.05rem 0;{_MONO};white-space:pre-wrap;{'font-weight:700' * value.wrong}",
                    _text(value.text),
                ),
            )
        )
    yield _tag("table", f"{_TABLE};margin:0.3rem 0", _tag("tbody", "", *rows))
    if case.off:
        yield _line(case.off)


def _line(line: Line) -> str:
    """A line of text; line feeds in it stay."""
    parts = ((line.label, _SOFT), (line.head, "font-weight:600"), (line.text, ""))
    spans = " ".join(_tag("span", style, _text(text)) for text, style in parts if text)
    return _tag("div", "margin:0.2rem 0;white-space:pre-line", spans)


def _badge(status: str, words: str) -> str:
    ground = f"background:{_GROUNDS[status]};color:#fff"
    return _tag(
        "span", f"{ground};border-radius:3px;padding:0.1rem 0.4rem;white-space:nowrap;font-size:0.92em", _text(words)
    )


# --- HTML -------------------------------------------------------------------------------------------------------------


def _row(*cells: str) -> str:
    return _tag("tr", "background:none;border:0", *cells)


def _tag(name: str, style: str, *inner: str, colspan: int = 0) -> str:
    """An element; `inner` is HTML already."""
    attributes = f' style="{style.strip(";")}"' * bool(style) + f' colspan="{colspan}"' * bool(colspan)
    return f"<{name}{attributes}>{''.join(inner)}</{name}>"


def _text(text: str) -> str:
    """Text as HTML: the only way in for what is not ours."""
    return html.escape(text)
