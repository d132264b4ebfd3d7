"""The terminal: what a command prints, where nobody may be reading any more."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from grader.report.escape import written

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str) -> None:
    """One line on stderr."""
    written(sys.stderr, text)


def out(text: str) -> None:
    """One line on stdout; what nobody reads any more changes nothing about the command and its exit code."""
    try:
        written(sys.stdout, text)
    except BrokenPipeError:
        mute()


def mute() -> None:
    """Say nothing from now on, at the interpreter's own flush either: what read our output has left, such as `head`, or
    takes no more.
    """
    with contextlib.suppress(OSError):  # it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console() -> Console:
    """Where tables go."""
    from rich.console import Console

    class Steady(Console):
        """Goes on in silence when its reader leaves: a run is not over because `head` has seen enough."""

        def on_broken_pipe(self) -> None:
            mute()

    return Steady(soft_wrap=False)
