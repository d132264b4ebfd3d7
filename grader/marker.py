"""What a grading process keeps: the prepared assignments, and a wall."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from typing import Final

from grader import course, grading
from grader.errors import AssignmentError, MachineError, WallError
from grader.grading import Graded, Prepared
from grader.plan import TRIES, Doubted, Plan
from grader.row import Row, failed, pack
from grader.sandbox import Wall
from grader.sandbox.choice import factory
from grader.submission import Located, Submission

WALL_TRIES: Final = 6
"""How often in a row a grading process finds its wall broken before it takes that for the rest of the run."""
PATIENCE_S: Final = 20.0
"""How long it waits for a wall that broke to be had again, such as for an engine that is being restarted."""
PAUSE_S: Final = 0.25
TWINS: Final = 64
"""Submissions that are remembered, so that the same files are judged once."""


class Marker:
    """Grades one submission after another, behind a wall of its own that is put up again when it breaks."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.course: dict[str, Prepared] = course.prepare_all(
            plan.assignments, plan.seed, plan.catalogue, refuse_numerical=plan.refuse_numerical
        )
        found = {name: prepared.fingerprint for name, prepared in self.course.items()}
        if plan.fingerprints and found != plan.fingerprints:
            raise AssignmentError("the assignments were edited while the run was on: run it again")
        self.settings = plan.depends(found)
        self.wall: Wall | None = None
        self.stack = ExitStack()
        self.graded: dict[tuple[object, ...], Graded] = {}
        self.breaks = 0
        """How often in a row the wall was broken."""
        self.why = ""
        self.patience: float | None = None
        """Until when a broken wall is waited for; None while none is broken."""

    def open(self) -> Wall:
        """The wall, put up again after it broke. Raises WallError or OSError when it can't be had."""
        while self.wall is None:
            try:
                wall = factory(self.plan.wall, self.plan.runtime)(self.plan.limits, 1)
                self.wall = self.stack.enter_context(wall)
            except (WallError, OSError):
                if self.patience is None:
                    self.patience = time.monotonic() + PATIENCE_S
                if time.monotonic() > self.patience:
                    raise
                time.sleep(PAUSE_S)
        return self.wall

    def grade(self, located: Located) -> Row | Doubted:
        """One submission."""
        try:
            submission = located.read()
        except MachineError as error:
            return failed(located.student, str(error))
        return self.mark(submission, grading.digest(submission, *self.settings))

    def mark(self, submission: Submission, digest: str) -> Row | Doubted:
        """One submission that has been read."""
        content = grading.content(submission)
        if content and (twin := self.graded.pop(content, None)) is not None:
            self._keep(content, twin)
            return pack(digest, twin.given_to(submission))
        for _ in range(TRIES):
            if self.breaks >= WALL_TRIES:
                break
            try:
                graded = grading.grade(submission, self.open(), self.course, self.plan.seed)
            except AssignmentError as error:
                return failed(submission.student, str(error))
            except (WallError, OSError) as error:  # OSError: no process, no scratch folder, no room
                self.breaks += 1
                self.why = (
                    str(error) if isinstance(error, WallError) else f"{self.plan.wall}: no box can be had: {error}"
                )
                self.close()
            else:
                self.breaks, self.patience = 0, None
                row = pack(digest, graded)
                if graded.doubt:
                    return Doubted(row)
                if content and graded.shared():
                    self._keep(content, graded)
                return row
        return pack(digest, Graded(grading.handed(submission, failure=self.why), []))

    def _keep(self, content: tuple[object, ...], graded: Graded) -> None:
        """Keep what was graded last, for others who hand in the very same, such as the stub as it was given."""
        self.graded[content] = graded
        if len(self.graded) > TWINS:
            del self.graded[next(iter(self.graded))]

    def close(self) -> None:
        """Take the wall down."""
        stack, self.stack, self.wall = self.stack, ExitStack(), None
        with suppress(WallError, OSError):  # what a broken wall leaves, the next one removes
            stack.close()
