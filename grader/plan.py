"""What a run is to do, and what can become of a submission in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from grader.catalogue import BUILT_IN, Catalogue
from grader.row import Row
from grader.sandbox import Limits

TRIES: Final = 2
"""How often a submission whose grading process died, or that may have suffered from the machine, is tried again."""
AHEAD: Final = 3
"""Submissions handed to each grading process beyond the one that it grades."""
FLUSH_S: Final = 0.5
"""How long results wait at most until they are written: what a crash can cost."""


@dataclass(frozen=True)
class Plan:
    """Everything that a grading process needs to know of a run."""

    assignments: tuple[str, ...]
    seed: int
    wall: str
    runtime: str | None
    limits: Limits
    jobs: int
    catalogue: Catalogue = BUILT_IN
    refuse_numerical: bool = False
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    """The assignments as the run began with them; one that is edited meanwhile is not mixed in."""

    @property
    def settings(self) -> tuple[str, ...]:
        """What results depend on beside the submission and the assignments."""
        limits = self.limits
        return (
            f"seed={self.seed}",
            f"limits={limits}",
            f"assignments={','.join(self.assignments)}",
            f"refuse_numerical={self.refuse_numerical}",
        )

    def depends(self, fingerprints: Mapping[str, str]) -> tuple[str, ...]:
        """What results depend on beside the submission, for assignments with these fingerprints."""
        return (*self.settings, *(f"{name}={fingerprint}" for name, fingerprint in fingerprints.items()))


@dataclass(frozen=True)
class Unchanged:
    """A submission that the journal holds already."""

    student: str


@dataclass(frozen=True)
class Doubted:
    """A submission that may have suffered from the machine: `row` counts if nothing better is to be had."""

    row: Row


@dataclass(frozen=True)
class Lost:
    """A submission that died with the process that had it in hand: `row` counts if it does so again and again."""

    row: Row


Done = Row | Unchanged
Outcome = Done | Doubted | Lost
