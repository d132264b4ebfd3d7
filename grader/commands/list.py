"""Lists the assignments."""

from __future__ import annotations

from grader.commands.options import Course
from grader.console import out


def list(course: Course = None) -> None:  # noqa: A001 - the command is called so
    """List the assignments: title, points, topic of the notes, functions."""
    from grader import listing
    from grader.catalogue import open_course

    for text in listing.lines(open_course(course).survey()):
        out(text)
