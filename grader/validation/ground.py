"""An assignment with all that belongs to it, and its checks prepared for many seeds."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from grader import oracle as oracles
from grader.assignment import Assignment
from grader.cases import prepare
from grader.catalogue import course_at, open_course
from grader.checks.gradcheck import GradCheck
from grader.errors import AssignmentError
from grader.grading import Prepared
from grader.oracle import Oracle
from grader.submission import SourceFile, read_file

FIRST: Final = 1
"""The seed that expect.toml speaks of."""


@dataclass(frozen=True)
class Animal:
    """A file of the zoo, with its entry in expect.toml."""

    path: Path
    expected: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What its name begins with: "right", "wrong", "unfinished" or "other"."""
        return self.path.stem.split("_")[0]

    @property
    def mistake(self) -> str:
        """The mistake that a wrong one's name promises: "wrong_MISTAKE_more.py"."""
        return [*self.path.stem.split("_"), ""][1]


KEPT: Final = 450
"""Prepared seeds that are kept, of a MiB or so each: 200 of all parts, and 200 of some."""


@dataclass
class Ground:
    """An assignment to validate."""

    assignment: Assignment
    oracle: Oracle
    zoo: Path
    course: Path | None = None
    _prepared: dict[tuple[int, tuple[str, ...] | None], Prepared] = field(default_factory=dict)

    @property
    def stub(self) -> Path:
        """What students are given."""
        return self.assignment.folder / "stub.py"

    def prepared(self, seed: int, parts: Collection[str] | None = None) -> Prepared:
        """The checks for a seed: all of them, or those of the parts that define one of `parts`."""
        key = (seed, None if parts is None else tuple(sorted(parts)))
        found = self._prepared.pop(key, None)
        if found is None:
            wanted = self.assignment if parts is None else self.narrowed(parts)
            checks = prepare(wanted, seed, self.oracle)
            found = Prepared(wanted, lambda: checks)
            while len(self._prepared) >= KEPT:
                del self._prepared[next(iter(self._prepared))]
        self._prepared[key] = found  # the last one asked for comes last
        return found

    def brief(self, seed: int, parts: Collection[str] | None = None) -> Prepared:
        """The same without gradchecks, for files whose score need not be known to the point.

        A gradcheck is what takes longest in a wrong file; it names nothing, and what it gives never makes full marks.
        """
        whole = self.prepared(seed, parts)
        return replace(whole, draw=lambda: [check for check in whole.checks if not isinstance(check, GradCheck)])

    def narrowed(self, functions: Collection[str]) -> Assignment:
        """The assignment with those of its parts alone that ask for one of `functions`."""
        parts = tuple(part for part in self.assignment.parts if not part.functions.keys().isdisjoint(functions))
        return replace(self.assignment, parts=parts)

    def read(self, path: Path) -> SourceFile:
        """A file as it would be handed in for this assignment."""
        return replace(read_file(path, [self.assignment.name]), named_for=self.assignment.name)

    @cached_property
    def animals(self) -> list[Animal]:
        """The zoo, sorted by name. Raises AssignmentError for an expect.toml that can't be read."""
        expected = self._expected()
        files = sorted(p for p in self.zoo.glob("*") if p.suffix in {".py", ".ipynb"})
        names = {p.name for p in files}
        if strangers := sorted(expected.keys() - names):
            raise AssignmentError(f"{self.zoo}/expect.toml speaks of {', '.join(strangers)}, which is not there")
        return [Animal(p, expected.get(p.name, {})) for p in files]

    def _expected(self) -> dict[str, dict[str, Any]]:
        path = self.zoo / "expect.toml"
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:  # RecursionError: nested too deeply
            raise AssignmentError(f"{path} can't be read: {' '.join(str(error).split())}") from error
        if odd := sorted(name for name, entry in found.items() if not isinstance(entry, dict)):
            raise AssignmentError(f"{path}: {', '.join(odd)} is no table; each file has one, headed by its name")
        return found


def names(chosen: Sequence[str], course: Path | None) -> list[str]:
    """The assignments to validate: those chosen, or all. Raises UsageError for an unknown name."""
    catalogue = open_course(course)
    known = catalogue.names()
    for name in chosen:
        if name not in known:
            catalogue.load(name)  # says so, with the nearest name
    return list(dict.fromkeys(chosen)) or known


def load(name: str, course: Path | None) -> Ground:
    """The assignment called `name`. Raises UsageError for an unknown name, AssignmentError for an unsound one."""
    catalogue = course_at(course)
    found = catalogue.load(name)
    return Ground(found, oracles.load(found), catalogue.zoo / name, course)
