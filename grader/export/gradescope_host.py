"""What runs on Gradescope's machine: grades `submission/` and writes `results/results.json`, which is valid whatever
fails.

    python -m grader.export.gradescope_host /autograder

The answers lie in the same machine. Of the walls that the zip names, the first that works here stands between them and
the submission; where that is none, the submission runs as nobody, who can read neither the answers nor the results.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from grader import grading
from grader.catalogue import Catalogue, open_course
from grader.errors import GraderError, MachineError, WallError
from grader.export import gradescope
from grader.export.autograder import CONFIG, COURSE
from grader.export.marks import Student
from grader.grading import Run
from grader.layouts import Part
from grader.places import Folder
from grader.policy.reveal import revealed
from grader.policy.rules import Reveal
from grader.result import Origin
from grader.sandbox import Limits, Wall
from grader.sandbox.none_wall import NoneWall
from grader.submission import Located

NOBODY: Final = 65534


class Config(msgspec.Struct, frozen=True):
    """What the zip says."""

    assignments: list[str]
    seed: int
    course: bool
    walls: list[str]
    reveal: Reveal = "all"


def main(root: Path) -> int:
    """Grade and write; the exit code."""
    try:
        data, code = _graded(root), 0
    except GraderError as error:
        print(f"grader: {error}")  # noqa: T201 - for the instructor, who alone sees what is printed
        data, code = gradescope.failure(str(error)), error.exit_code
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no zero
        traceback.print_exc()
        data, code = gradescope.failure(f"the grader failed with {type(error).__name__}."), GraderError.exit_code
    path = root / "results" / "results.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return code


def _graded(root: Path) -> bytes:
    from grader import course

    config = msgspec.json.decode((root / "source" / CONFIG).read_bytes(), type=Config)
    catalogue: Catalogue = open_course(root / "source" / COURSE if config.course else None)
    ready = course.prepare_all(config.assignments, config.seed, catalogue)
    submission = _located(root, catalogue.names()).read()
    with contextlib.ExitStack() as stack:
        wall = stack.enter_context(_wall(config.walls))
        print(f"wall: {wall.name}")  # noqa: T201 - as above
        graded = grading.grade(submission, wall, ready, config.seed)
    run = Run(config.seed, wall.name)
    found = {result.assignment: result for result in graded.results}
    each = (found.get(n) or grading.unanswered(graded.handed, p, run) for n, p in ready.items())
    results = tuple(revealed(result, config.reveal) for result in each)
    return gradescope.results(Student(submission.student, results, submission.origin), wall.name)


def _located(root: Path, known: Sequence[str]) -> Located:
    """The submission, with what Gradescope tells of it."""
    place = Folder(str(root / "submission"))
    parts = tuple(Part(entry.name) for entry in sorted(place.entries()[0]))
    return Located("student", tuple(known), place, parts, _origin(root / "submission_metadata.json"))


def _origin(path: Path) -> Origin:
    """What the metadata say; a field that is missing or odd is passed over, since no mark depends on it."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        told = None
    told = told if isinstance(told, dict) else {}
    before = told.get("previous_submissions")
    created = told.get("created_at")
    return Origin(
        layout="gradescope",
        ids={"gradescope": str(told.get("id", ""))},
        late=_late(told),
        submitted=created if isinstance(created, str) else None,
        attempt=1 + (len(before) if isinstance(before, list) else 0),
    )


def _late(told: dict[str, Any]) -> bool | None:
    """Whether it came after the date on which it was due; a student's own date goes before the assignment's."""
    users = told.get("users")
    dues = [_due(user) for user in users if isinstance(user, dict)] if isinstance(users, list) else []
    due = max((each for each in dues if each), default=None) or _due(told)
    created = _time(told.get("created_at"))
    return None if due is None or created is None else created > due


def _due(holder: dict[str, Any]) -> dt.datetime | None:
    assignment = holder.get("assignment")
    return _time(assignment.get("due_date")) if isinstance(assignment, dict) else None


def _time(text: object) -> dt.datetime | None:
    try:
        when = dt.datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return when.replace(tzinfo=dt.UTC) if when and when.tzinfo is None else when


@contextlib.contextmanager
def _wall(names: Sequence[str]) -> Iterator[Wall]:
    """The first of the walls that can be put up here. Raises MachineError where none can."""
    why = []
    for name in names:
        with contextlib.ExitStack() as stack:
            try:
                wall = stack.enter_context(_made(name))
            except WallError as error:
                why.append(str(error))
                print(f"not used: {error}")  # noqa: T201 - as above
                continue
            yield wall
            return
    raise MachineError(f"no wall can be put up: {'; '.join(why)}")


def _made(name: str) -> Wall:
    if name == "sandlock":
        from grader.sandbox.sandlock_wall import SandlockWall

        return SandlockWall(Limits())
    if name != "none":
        raise WallError(f"{name}: is no wall that can be put up inside Gradescope's container")
    # Only root can run a submission as somebody else.
    return NoneWall(Limits(), user=NOBODY if os.geteuid() == 0 else None)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
