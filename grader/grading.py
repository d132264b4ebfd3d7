"""Grades one submission: opens a box, loads its files, finds what answers what, and judges each assignment."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec
import numpy as np

from grader import judge as judging
from grader.assignment import Assignment
from grader.checks import Check
from grader.errors import SubmissionError
from grader.matching import Answer, Candidate, match
from grader.precedents import Precedents
from grader.result import Check as Judged
from grader.result import File, Origin, Output, Problem, Result
from grader.sandbox import Box, Wall, wire
from grader.submission import SourceFile, Submission
from grader.version import __version__

VERSIONS: Final = {"grader": __version__, "numpy": np.__version__, "python": platform.python_version()}
_TOLD: Final = {
    "stand-in": "{} is not here; a stand-in took its place",
    "magic": "{} was left out",
    "python2": "{} is Python 2's, and was read as Python 3 has it",
    "raised": "raised {}; passed over",
    "syntax": "can't be read: {}",
    "slow": "{}; passed over",
}
"""What is said of an oddity, by the kind of its note."""
_CHECKED: Final = ("stand-in", "grader")
"""The note of a notebook that calls the self-check, of which a stand-in is all that is wanted."""
NOTES: Final = 40
"""How many oddities of a file are listed."""


@dataclass(frozen=True)
class Prepared:
    """An assignment whose checks are drawn, and their expected values worked out, when they are first asked for."""

    assignment: Assignment
    draw: Callable[[], Sequence[Check]]
    fingerprint: str = ""
    """A hash of everything that its results depend on beside the submission."""
    refuse_numerical: bool = False
    """Whether a backward that differentiates numerically earns nothing."""
    precedents: Precedents = field(default_factory=Precedents, compare=False, repr=False)
    """What was judged so far by its checks."""

    @cached_property
    def checks(self) -> Sequence[Check]:
        """The checks of the run. Raises AssignmentError where the assignment can't be drawn from."""
        return self.draw()

    @property
    def max_score(self) -> float:
        """Full marks: what the rows of its checks add up to."""
        return round(sum(row.max_points for check in self.checks for row in check.rows), 4)


@dataclass
class Loaded:
    """A file in the box."""

    file: SourceFile
    loaded: wire.Loaded | None = None
    error: str = ""
    definitions_only: bool = False
    output: list[wire.Output] = field(default_factory=list)


class Submitted:
    """One submission in its box, with the modules that the course hands out."""

    def __init__(self, submission: Submission, box: Box, provided: tuple[wire.Module, ...] = ()) -> None:
        self.submission = submission
        self.box = box
        self.provided = provided
        self.files = [Loaded(f, error=f.error or "") for f in submission.files]
        self.current: int | None = None

    def load(self, index: int) -> wire.Loaded | None:
        """Load a file in a fresh fork; None, with its `error` set, when that can't be done.

        A top level that hangs or kills its process is passed over at the second try: definitions and imports remain.
        """
        entry = self.files[index]
        if entry.error:
            return None
        self.current = None
        try:
            try:
                loaded = self._load(entry)
            except SubmissionError as error:
                if entry.definitions_only:
                    raise
                entry.definitions_only = True
                note = wire.Note("slow", "the top level", f"{error}; only its definitions were kept")
                loaded = self._load(entry)
                loaded = wire.Loaded(loaded.definitions, (note, *loaded.notes), loaded.seconds, loaded.output)
        except SubmissionError as error:
            entry.error = f"can't be loaded: {error}"
            return None
        self.current = index
        if entry.loaded is None:
            entry.loaded = loaded
            entry.output.append(loaded.output)
        return loaded

    def _load(self, entry: Loaded) -> wire.Loaded:
        return self.box.load(entry.file.cells, definitions_only=entry.definitions_only, provided=self.provided)

    def reload(self) -> None:
        """Load the current file anew after a question that broke its process."""
        index, self.current = self.current, None
        if index is None or self.load(index) is None:
            raise SubmissionError("the source could be loaded no second time")

    def answers(self, assignments: Mapping[str, Assignment]) -> dict[str, Answer]:
        """Which file answers which assignment; loads the files whose names do not tell."""
        candidates = []
        for i, entry in enumerate(self.files):
            named = entry.file.named_for if entry.file.named_for in assignments else None
            definitions: tuple[wire.Definition, ...] = ()
            if entry.file.named_for is None and (loaded := self.load(i)):
                definitions = loaded.definitions
            if named or definitions:
                candidates.append(Candidate(i, entry.file.name, named, entry.file.name_distance, definitions))
        return match(candidates, assignments)

    def judge(self, prepared: Prepared, index: int) -> tuple[list[Judged], Output]:
        """The checks of one assignment, asked of one file."""
        entry = self.files[index]
        if self.current != index or not self.box.holds_source:
            self.provided = self.provided or prepared.assignment.modules
            self.load(index)
        if entry.loaded is None or self.current != index:
            return judging.unloadable(prepared.checks, f"{entry.file.name} {entry.error.rstrip('.')}."), Output()
        checks, printed = judging.judge(
            prepared.checks,
            self.box,
            entry.loaded,
            self.reload,
            refuse_numerical=prepared.refuse_numerical,
            precedents=prepared.precedents,
        )
        return checks, _joined([*entry.output, *printed])


def grade(submission: Submission, wall: Wall, course: Mapping[str, Prepared], seed: int) -> Graded:
    """Results for the assignments that the submission answers.

    Whose fault: what breaks after the submission was handed to the box is the submission's, and is in its results.
    What is ours raises MachineError.
    """
    assignments = {name: p.assignment for name, p in course.items()}
    run = Run(seed, wall.name)
    with wall.open() as box:
        submitted = Submitted(submission, box, provided(assignments.values()))
        answers = submitted.answers(assignments)
        results = [answered(submitted, answer, course[name], run) for name, answer in answers.items()]
    results = [msgspec.structs.replace(result, refused=list(box.refused)) for result in results]
    used = {answer.index for answer in answers.values()}
    unused = [unread_why(entry) for i, entry in enumerate(submitted.files) if i not in used]
    return Graded(handed(submission, next(filter(None, unused), "")), results, box.doubt)


def provided(assignments: Iterable[Assignment]) -> tuple[wire.Module, ...]:
    """The modules that a course hands out. A file may import any of them: what it answers is not known before."""
    return tuple(module for assignment in assignments for module in assignment.modules)


def unread_why(entry: Loaded) -> str:
    """Why a file that answers nothing might have, had it been readable; empty when it was."""
    if entry.error:
        return f"{entry.file.name} {entry.error.rstrip('.')}."
    spoilt = next((n for n in entry.loaded.notes if n.kind == "syntax"), None) if entry.loaded else None
    return f"{entry.file.name} can't be read as Python: {spoilt.where}: {spoilt.message.rstrip('.')}." if spoilt else ""


def answered(submitted: Submitted, answer: Answer, prepared: Prepared, run: Run) -> Result:
    """The result of an assignment that a file answers."""
    begun = time.perf_counter()
    checks, output = submitted.judge(prepared, answer.index)
    entry = submitted.files[answer.index]
    return _result(
        submitted.submission.student,
        prepared,
        run,
        checks,
        files=[_file(entry.file)],
        problems=_problems(submitted.submission, entry, answer),
        origin=submitted.submission.origin,
        output=output,
        seconds=time.perf_counter() - begun,
    )


class Handed(msgspec.Struct, frozen=True):
    """What a student handed in, as far as results need it that are made without the files."""

    student: str
    files: list[File]
    problems: list[Problem]
    unreadable: str = ""
    """Why a file that might have answered an assignment could not be read or loaded."""
    failure: str = ""
    """Why it could not be graded: our fault or the machine's."""
    origin: Origin | None = None
    """What the platform says of it that it was downloaded from."""


@dataclass(frozen=True)
class Graded:
    """What grading one submission gave."""

    handed: Handed
    results: list[Result]
    doubt: str = ""
    """Why the machine and not the submission may have ended a question (`Box.doubt`)."""

    def shared(self) -> bool:
        """Whether another student's results would be the same for the same content: nothing in them names a file."""
        told = msgspec.json.encode([msgspec.structs.replace(result, files=[]) for result in self.results])
        names = [msgspec.json.encode(f.name)[1:-1] for f in self.handed.files]
        return not (self.doubt or self.handed.unreadable or self.handed.failure or any(name in told for name in names))

    def given_to(self, submission: Submission) -> Graded:
        """The same for another submission with the same content."""
        mine = handed(submission)
        sources = {theirs.name: own for theirs, own in zip(self.handed.files, mine.files, strict=True)}
        return Graded(
            mine,
            [
                msgspec.structs.replace(
                    result,
                    student=mine.student,
                    files=[sources[f.name] for f in result.files],
                    origin=mine.origin,
                )
                for result in self.results
            ],
        )


@dataclass(frozen=True)
class Run:
    """What the results of a run have in common."""

    seed: int
    sandbox: str


def handed(submission: Submission, unreadable: str = "", failure: str = "") -> Handed:
    """What there is to keep of a submission."""
    return Handed(
        submission.student,
        [_file(f) for f in submission.files],
        _unread(submission),
        unreadable,
        failure,
        submission.origin,
    )


def unanswered(given: Handed, prepared: Prepared, run: Run) -> Result:
    """The result of an assignment that nothing answers.

    `not_graded` where the submission could not be graded, `error` where a file that might have answered can't be read,
    `missing` otherwise.
    """
    if given.failure:
        checks = None
    elif given.unreadable:
        checks = judging.unloadable(prepared.checks, given.unreadable)
    else:
        checks = judging.unanswered(prepared.checks)
    return _result(
        given.student,
        prepared,
        run,
        checks,
        files=given.files,
        problems=given.problems,
        origin=given.origin,
        reason=given.failure or None,
    )


def digest(submission: Submission, *settings: str) -> str:
    """A hash of everything that the results of a submission depend on."""
    sha = hashlib.sha256()
    # Of what could not be read there is no hash, only the reason.
    read = (f"{f.name}\0{f.sha256}\0{f.error or ''}" for f in submission.files)
    odd = (f"{p.where}\0{p.message}" for p in submission.problems)
    told = (repr(submission.origin),) if submission.origin else ()
    for text in (*settings, *read, *odd, *told):
        sha.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return sha.hexdigest()


def content(submission: Submission) -> tuple[object, ...] | None:
    """What a submission is but for whose it is and where it lies; None for one with something odd to be told of."""
    if _unread(submission):
        return None
    return tuple((f.sha256, tuple(c.name for c in f.cells), f.named_for, f.name_distance) for f in submission.files)


# --- putting a result together ----------------------------------------------------------------------------------------


def _result(
    student: str,
    prepared: Prepared,
    run: Run,
    checks: list[Judged] | None,
    *,
    files: list[File],
    problems: list[Problem],
    origin: Origin | None = None,
    output: Output | None = None,
    seconds: float = 0.0,
    reason: str | None = None,
) -> Result:
    return Result(
        student=student,
        assignment=prepared.assignment.name,
        status="not_graded" if checks is None else "graded",
        score=None if checks is None else round(sum(c.points for c in checks), 4),
        max_score=prepared.max_score,
        seed=run.seed,
        sandbox=run.sandbox,
        files=files,
        versions={**VERSIONS, "assignment": prepared.fingerprint},
        seconds=round(seconds, 6),
        checks=checks or [],
        output=output or Output(),
        problems=problems,
        origin=origin,
        reason=reason,
    )


def _problems(submission: Submission, entry: Loaded, answer: Answer) -> list[Problem]:
    problems = list(_unread(submission))
    if answer.others:
        problems.append(Problem(entry.file.name, f"counts, and not {', '.join(answer.others)}: {answer.why}."))
    notes = [note for note in entry.loaded.notes if (note.kind, note.message) != _CHECKED] if entry.loaded else []
    problems += [Problem(note.where, _TOLD.get(note.kind, "{}").format(note.message)) for note in notes[:NOTES]]
    if len(notes) > NOTES:
        problems.append(Problem(entry.file.name, f"{len(notes) - NOTES} more oddities are left out."))
    return problems


def _unread(submission: Submission) -> list[Problem]:
    found = list(submission.problems)
    for f in submission.files:
        found += f.problems
        if f.error:
            found.append(Problem(f.name, f.error))
    return found


def _file(file: SourceFile) -> File:
    return File(file.name, file.sha256)


def _joined(outputs: Sequence[wire.Output]) -> Output:
    return Output("".join(o.stdout for o in outputs), "".join(o.stderr for o in outputs))
