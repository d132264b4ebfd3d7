"""Where a course keeps its assignments, and how they are loaded.

A course is a folder:

    assignments/NAME/     the public half: spec.py, stub.py, README.md
    solutions/NAME.py     the secret half: forwards in plain numpy, and the known mistakes
    zoo/NAME/             submissions of known worth, and expect.toml

The course that comes with the grader, `BUILT_IN`, is the same thing in this project's own folders. A course without
solutions can be self-checked but not graded. This file never loads a solution: that is the oracle's to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader import slips
from grader.assignment import Assignment
from grader.errors import AssignmentError, UsageError
from grader.modules import Modules

ROOT: Final = Path(__file__).resolve().parents[1]
LONGEST: Final = 60
"""Characters of an assignment's name: folders and files are called after it."""
LAYOUT: Final = "a course is a folder with assignments/NAME/spec.py in it"


@dataclass(frozen=True)
class Catalogue:
    """The three places of a course."""

    assignments: Path
    solutions: Path
    zoo: Path
    root: Path | None = None
    """What `--course` was given, made absolute; None for the built-in course."""

    # --- places -------------------------------------------------------------------------------------------------------

    def folder(self, name: str) -> Path:
        """The public half of an assignment."""
        return self.assignments / name

    def solution(self, name: str) -> Path:
        """The secret half of an assignment; it need not be there."""
        return self.solutions / f"{name}.py"

    @property
    def option(self) -> str:
        """What a command is given to mean this course: " --course PATH", or nothing."""
        return f" --course {self.root}" if self.root else ""

    @property
    def secrets(self) -> Modules:
        """The solutions as modules. For the oracle alone."""
        return Modules(self.solutions, "" if self.root else "reference.solutions")

    @property
    def _specs(self) -> Modules:
        return Modules(self.assignments, "" if self.root else "assignments")

    # --- assignments --------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """The names of all assignments, sorted: the folders that hold a spec.py."""
        found = (path.parent.name for path in self.assignments.glob("*/spec.py"))
        return sorted(name for name in found if not name.startswith("."))

    def load(self, name: str) -> Assignment:
        """The assignment called `name`.

        Raises UsageError for an unknown name, with the nearest known one, and AssignmentError when its spec is unsound.
        """
        known = self.names()
        if name not in known:
            raise UsageError(self._unknown(name, known))
        path = self.folder(name) / "spec.py"
        if not is_name(name):
            raise AssignmentError(
                f"{path}: an assignment's folder is named like a Python variable, and {name!r} is not: rename it"
            )
        spec = getattr(self._specs.load(f"{name}.spec"), "assignment", None)
        if not isinstance(spec, Assignment):
            raise AssignmentError(f"{path} defines no `assignment`: add `assignment = Assignment(...)`")
        slips.refuse(spec, path)
        return replace(spec, name=name, folder=path.parent)

    def load_all(self, chosen: Sequence[str] = ()) -> dict[str, Assignment]:
        """The chosen assignments by name, or all of them. Raises as `load` does."""
        if chosen:
            return {name: self.load(name) for name in chosen}
        try:
            return {name: self.load(name) for name in self.names()}
        except AssignmentError as error:
            raise AssignmentError(f"{error}; with `-a NAME` the other assignments can be used") from error

    def survey(self) -> dict[str, Assignment | AssignmentError]:
        """All assignments by name, or what is wrong with them."""
        found: dict[str, Assignment | AssignmentError] = {}
        for name in self.names():
            try:
                found[name] = self.load(name)
            except AssignmentError as error:
                found[name] = error
        return found

    def _unknown(self, name: str, known: Sequence[str]) -> str:
        if is_name(name) and len(name) <= LONGEST and self.folder(name).is_dir():
            return f"{self.folder(name)} has no spec.py: `grader new` makes one to start from"
        near = difflib.get_close_matches(name, known, 1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        return f"no assignment is called {name!r}{hint}; `grader list{self.option}` shows them all"


BUILT_IN: Final = Catalogue(ROOT / "assignments", ROOT / "reference" / "solutions", ROOT / "tests" / "zoo")
"""The assignments that come with the grader."""


def is_name(name: str) -> bool:
    """Whether an assignment can be called so: plain letters, digits and underscores, no digit first."""
    return name.isascii() and name.isidentifier()


def course_at(path: Path | None) -> Catalogue:
    """The course in a folder, whatever is there; the built-in one for None."""
    if path is None:
        return BUILT_IN
    root = path.expanduser().resolve()
    if root == ROOT:
        return BUILT_IN
    return Catalogue(root / "assignments", root / "solutions", root / "zoo", root)


def misplaced(path: Path) -> Path | None:
    """The course whose assignments, or one of them, a folder holds; None for a folder that is no such thing."""
    root = path.expanduser().resolve()
    above = (up for up in list(root.parents)[:2] if root.is_relative_to(up / "assignments"))
    return next((up for up in above if course_at(up).names()), None)


def open_course(path: Path | None) -> Catalogue:
    """The course in a folder that holds at least one assignment. Raises UsageError for one that does not."""
    course = course_at(path)
    root = course.root
    if path is None or root is None or course.names():
        return course
    if not root.exists():
        raise UsageError(f"--course {path} does not exist: {LAYOUT}; `grader new NAME --course {path}` makes one")
    if not root.is_dir():
        raise UsageError(f"--course {path} is a file: {LAYOUT}")
    meant = misplaced(path)
    hint = f"did you mean --course {meant}?" if meant else f"`grader new NAME --course {path}` makes the first"
    raise UsageError(f"--course {path} holds no assignment: {LAYOUT}; {hint}")


def home(assignment: Assignment) -> Catalogue:
    """The course that a loaded assignment comes from."""
    if assignment.folder.parent == BUILT_IN.assignments:
        return BUILT_IN
    return course_at(assignment.folder.parent.parent)
