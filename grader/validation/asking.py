"""One file, asked for many seeds in one box: loading it costs more than a seed does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from grader.errors import SubmissionError
from grader.grading import Prepared, Submitted
from grader.result import Check
from grader.sandbox import Box, Limits, Wall
from grader.submission import SourceFile, Submission

PATIENT: Final = Limits(question_s=20.0, submission_s=3600.0)
"""For files that end by themselves, however many of us share the machine."""
BRIEF: Final = Limits(question_s=4.0, submission_s=3600.0)
"""For those that may go on for ever."""
OURS: Final = "please report it"
"""In what the instructor is told: our own judging broke."""


@dataclass(frozen=True)
class Told:
    """What the checks say of a file at one seed; keys are "function:check"."""

    score: float
    full: float
    verdicts: dict[str, str]
    """The status and the name of what is not passed; a gradcheck that was not needed is left out."""
    names: dict[str, str]
    remarked: bool
    """Whether there was something to say of what passed."""
    broken: tuple[str, ...] = ()
    """Where our own judging broke."""

    @property
    def loses(self) -> bool:
        """Whether any marks are lost."""
        return self.score < self.full - 1e-9

    @property
    def only_raises(self) -> bool:
        """Whether nothing went wrong but exceptions and hanging."""
        return all(v in {"error", "timeout", "skipped", "missing"} for v in self.verdicts.values())


def told(checks: Sequence[Check]) -> Told:
    """A list of checks, summed up."""
    return Told(
        round(sum(c.points for c in checks), 4),
        round(sum(c.max_points for c in checks), 4),
        {
            f"{c.function}:{c.check}": f"{c.status} {c.diagnosis or ''}".strip()
            for c in checks
            if c.status != "passed" and (c.check, c.status) != ("gradcheck", "skipped")
        },
        {f"{c.function}:{c.check}": c.diagnosis for c in checks if c.diagnosis},
        any(c.remarks or c.instructor for c in checks),
        tuple(text for c in checks for text in c.instructor if OURS in text),
    )


class Asked:
    """A file in a box, to be judged again and again."""

    def __init__(self, file: SourceFile, box: Box) -> None:
        self._box = box
        self._submitted = Submitted(Submission("", (file,), ()), box)

    def judge(self, prepared: Prepared) -> Told:
        """What the prepared checks say of it. Raises WallError when the box breaks."""
        checks, _ = self._submitted.judge(prepared, 0)
        return told(checks)


class _Once(Submitted):
    """A submission whose process is not started again: what breaks it has shown what it is."""

    def reload(self) -> None:
        """Raises SubmissionError."""
        raise SubmissionError("its process is gone")


class AskedOnce(Asked):
    """A mutant in a box: after it hung or died, nothing more is asked of it."""

    def __init__(self, file: SourceFile, box: Box) -> None:
        super().__init__(file, box)
        self._submitted = _Once(Submission("", (file,), ()), box)

    @property
    def lost(self) -> bool:
        """Whether it hung or died."""
        return self._submitted.files[0].loaded is not None and not self._box.holds_source


@contextmanager
def asked(file: SourceFile, wall: Wall) -> Iterator[Asked]:
    """A file in a box of its own."""
    with wall.open() as box:
        yield Asked(file, box)


@contextmanager
def asked_once(file: SourceFile, wall: Wall) -> Iterator[AskedOnce]:
    """A mutant in a box of its own."""
    with wall.open() as box:
        yield AskedOnce(file, box)
