"""The student's self-check: the worked examples, the gradient check of the backward against the student's own forward,
shapes, extreme inputs and purity. It needs nothing of the secret half and imports nothing of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from grader.assignment import Assignment
from grader.cases import prepare
from grader.catalogue import BUILT_IN, Catalogue
from grader.errors import UsageError
from grader.grading import Prepared, Run, Submitted, answered, handed, provided, unanswered, unread_why
from grader.result import Result
from grader.sandbox import Limits
from grader.sandbox.launch import Launched
from grader.sandbox.none_wall import NoneWall
from grader.submission import SourceFile, Submission, read_file

PASSING = frozenset({"passed", "skipped"})


def check(
    path: Path,
    chosen: Sequence[str],
    seed: int,
    limits: Limits | None = None,
    course: Catalogue = BUILT_IN,
    ahead: Launched | None = None,
) -> list[Result]:
    """The results of the assignments that the file answers, or of those chosen; `ahead` is a process for it.

    Raises UsageError when the file can't be read or answers nothing, and WallError when no process can be started.
    """
    return check_source(read_file(path, course.names()), str(path), chosen, seed, limits, course, ahead)


def check_source(
    file: SourceFile,
    shown: str,
    chosen: Sequence[str],
    seed: int,
    limits: Limits | None = None,
    course: Catalogue = BUILT_IN,
    ahead: Launched | None = None,
) -> list[Result]:
    """`check` for what has been read already; `shown` is what people know the file by. Raises as `check` does."""
    assignments = course.load_all(chosen)
    submission = Submission(Path(shown).stem, (file,), ())
    if file.error:
        raise UsageError(f"{shown} {file.error}")
    with NoneWall(limits or Limits(), ahead=ahead) as wall, wall.open() as box:
        submitted = Submitted(submission, box, provided(assignments.values()))
        answers = submitted.answers(assignments)
        entry = submitted.files[0]
        if not answers and not chosen:
            if why := unread_why(entry):
                raise UsageError(why)
            raise UsageError(
                f"{shown} defines no function of any assignment; `grader list{course.option}` shows their functions"
            )
        run = Run(seed, wall.name)
        found = []
        for name, assignment in assignments.items():
            if name not in answers and not chosen:
                continue
            ready = _prepared(assignment, seed)
            answer = answers.get(name)
            if answer is None:
                found.append(unanswered(handed(submission, unread_why(entry)), ready, run))
            else:
                found.append(answered(submitted, answer, ready, run))
        return found


def _prepared(assignment: Assignment, seed: int) -> Prepared:
    return Prepared(assignment, partial(prepare, assignment, seed, None))


def passes(results: Sequence[Result]) -> bool:
    """Whether nothing is left to mend."""
    return all(c.status in PASSING for r in results for c in r.checks) and any(
        c.status == "passed" for r in results for c in r.checks
    )


def changes(path: Path, sleep: Callable[[float], None] = time.sleep, every_s: float = 0.3) -> Iterator[None]:
    """Once at the start, then each time that the file has been saved."""
    seen: tuple[int, ...] | None = None
    while True:
        try:
            now = path.stat()
        except FileNotFoundError:  # an editor that saves by renaming
            sleep(every_s)
            continue
        state = (now.st_mtime_ns, now.st_size, now.st_ino)
        if state != seen:
            seen = state
            yield
        sleep(every_s)
