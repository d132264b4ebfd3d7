"""Whose fault it is.

    GraderError                 anything that this tool raises on purpose; `exit_code` is the command's
    +-- UsageError              wrong use: a name, a path or an option that does not fit (2)
    +-- MachineError            ours or the machine's: never scored, tried again on the next run (3)
    |   +-- WallError           a wall can't be had or has broken
    |   +-- StoreError          the journal or the output folder can't be written
    |   +-- ClusterError        a cluster can't be had, or is gone
    |   +-- AssignmentError     an assignment's own files are unsound
    +-- SubmissionError         the submission's: scored, and explained to the student
        +-- Unreadable          a file that was handed in can't be read as source
        +-- Hung                a question went past its time
        +-- Died                the submission ended its process instead of answering
        +-- Garbled             what came out of the box does not follow the wire format

A message says what is wrong, where, and what to do next, in one line.
"""

from __future__ import annotations

from typing import ClassVar


class GraderError(Exception):
    """Base of everything that this tool raises on purpose."""

    exit_code: ClassVar[int] = 3


class UsageError(GraderError):
    """The command was given something that does not fit."""

    exit_code: ClassVar[int] = 2


class MachineError(GraderError):
    """The grader's own fault or the machine's."""


class WallError(MachineError):
    """A wall can't be had, or broke while it was in use."""


class StoreError(MachineError):
    """The journal or a report can't be read or written."""


class ClusterError(MachineError):
    """A cluster can't be reached, has no worker that fits, or is gone."""


class AssignmentError(MachineError):
    """An assignment's spec or reference is unsound."""


class SubmissionError(GraderError):
    """The submission's own doing."""


class Unreadable(SubmissionError):
    """A file that was handed in can't be read as source; the message goes on from the file's name."""


class Hung(SubmissionError):
    """No answer within the time for a question or for the submission."""


class Died(SubmissionError):
    """The process that held the submission ended before it answered."""


class Garbled(SubmissionError):
    """An answer that no honest worker writes."""


def bug(error: Exception) -> str:
    """What is said of an error that nobody foresaw: our own."""
    return f"the grader failed: {type(error).__name__}: {error}; please report it"
