"""Grades backpropagation assignments in a sandbox that never holds the answer.

In a notebook, `from grader import check` is the self-check.
"""

from __future__ import annotations

import os
import sys

from grader.version import __version__

__all__ = ["__version__", "check"]


def check(*names: str, course: str | os.PathLike[str] | None = None, seed: int | None = None) -> None:
    """Check the functions that the cells have defined so far, and show what `grader check` would.

    names: the assignments, such as check("softmax"); all that the cells answer if none is named
    course: the folder of a course of its own; the assignments that come with the grader if not given
    seed: what the inputs are drawn from; drawn afresh if not given

    It never raises: what can't be checked is told in a line.
    """
    from grader import notebook

    notebook.show(names, course, seed, sys._getframe(1).f_globals)  # noqa: SLF001 - whose functions these are
