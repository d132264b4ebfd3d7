"""The catalogue as `grader list` shows it: an assignment's title, points, topic of the notes and functions, in lines of
at most 80 characters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

from grader.assignment import Assignment
from grader.errors import AssignmentError
from grader.report.escape import line
from grader.report.info import number

WIDTH: Final = 80


def lines(found: Mapping[str, Assignment | AssignmentError]) -> Iterator[str]:
    """The lines for a whole course; an assignment that can't be used says why and leaves the others alone."""
    for name, entry in found.items():
        if isinstance(entry, AssignmentError):
            yield from _wrapped(f"{name}: can't be used: {entry}", "")
            continue
        yield from _wrapped(f"{name}: {entry.title}, {number(entry.max_points)} points", "")
        yield from _wrapped(entry.topic, "    ")
        for function, parameters in entry.functions.items():
            yield from _wrapped(f"{function}({', '.join(parameters)})", "    ")


def _wrapped(text: str, indent: str) -> list[str]:
    """The text in lines; what goes on is indented further, and a path is never broken."""
    return textwrap.wrap(
        line(text, 2000),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
