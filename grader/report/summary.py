"""A class in numbers: every result of a run, met once and let go.

`summarise` keeps a score for each student and assignment, a byte a check (questions.py), a few figures a student
(notable.py), counts, and capped lists; never the results themselves, so that a class of thousands fits in memory while
its results are read one by one from the journal.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from grader.report.escape import line
from grader.report.info import LOST, check_title
from grader.report.notable import Notable, NotableReducer
from grader.report.questions import Questions, QuestionsReducer
from grader.result import Check, Result

MOST_PROBLEMS: Final = 300
"""Problems with files that a summary keeps; the rest are counted."""
MOST_REFUSED: Final = 200
"""Students whose refused attempts a summary keeps; the rest are counted."""
MOST_NAMES: Final = 10
"""Students that a summary names for one reason of not being graded, or for one thing that was refused."""
MOST_ATTEMPTS: Final = 200
"""Different things that were refused which a summary keeps; the rest are left to the students' own lists."""


@dataclass(frozen=True)
class StudentRow:
    """A student's scores by assignment, None where it is not graded yet."""

    student: str
    scores: dict[str, float | None]


@dataclass(frozen=True)
class AssignmentStats:
    """How an assignment went: `scores` are those graded, in ascending order."""

    assignment: str
    max_score: float
    scores: tuple[float, ...]
    not_graded: int

    @property
    def mean(self) -> float | None:
        """The mean score of what is graded; None when nothing is."""
        return statistics.fmean(self.scores) if self.scores else None

    @property
    def median(self) -> float | None:
        """The median score of what is graded; None when nothing is."""
        return statistics.median(self.scores) if self.scores else None

    @property
    def full_marks(self) -> int:
        """How many have every point."""
        return sum(score >= self.max_score - 1e-9 for score in self.scores)


@dataclass(frozen=True)
class Example:
    """A check in which a mistake shows: `number` is its place on the feedback page, from 1; `told` says what is off."""

    student: str
    number: int
    told: str
    evident: bool
    """Whether a failing case goes with it."""


@dataclass(frozen=True)
class MistakeCount:
    """In how many submissions to an assignment a mistake was recognised, in which functions, and one of them."""

    assignment: str
    name: str
    submissions: int
    functions: tuple[str, ...]
    example: Example


@dataclass(frozen=True)
class Ungraded:
    """A reason for not grading, how many results it kept back, and the first students that it met."""

    reason: str
    results: int
    students: tuple[str, ...]


@dataclass(frozen=True)
class FileProblem:
    """Something odd about a student's files."""

    student: str
    assignment: str
    where: str
    message: str


@dataclass(frozen=True)
class Refused:
    """What a student's submission tried and the wall refused."""

    student: str
    attempts: tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """Something that the wall refused, how many students' submissions tried it, and the first of them."""

    what: str
    submissions: int
    students: tuple[str, ...]


@dataclass(frozen=True)
class ClassSummary:
    """A whole run: students in sorted order, mistakes and reasons with the most frequent first."""

    headcount: int
    students: tuple[StudentRow, ...]
    assignments: tuple[AssignmentStats, ...]
    questions: tuple[Questions, ...]
    mistakes: tuple[MistakeCount, ...]
    unnamed: int
    """Submissions with something wrong that no mistake's name fits."""
    ungraded: tuple[Ungraded, ...]
    problems: tuple[FileProblem, ...]
    all_problems: int
    """How many problems there are, those beyond the list counted too."""
    refused: tuple[Refused, ...]
    all_refused: int
    """How many students' submissions tried what the wall refused."""
    attempts: tuple[Attempt, ...]
    slowest: tuple[Notable, ...]
    troubled: tuple[Notable, ...]
    all_troubled: int
    """How many submissions were stopped or raised in any check."""
    results: int
    graded: int
    seconds: float
    """Time that grading took in all processes together, as the results say."""
    seeds: tuple[int, ...]
    walls: tuple[str, ...]
    versions: dict[str, tuple[str, ...]]


@dataclass
class _Count:
    """What is known of one assignment so far."""

    max_score: float = 0.0
    scores: list[float] = field(default_factory=list)
    not_graded: int = 0


def brief(summary: ClassSummary) -> ClassSummary:
    """What the end of a run tells: the summary without what it has of every student."""
    return replace(summary, students=(), questions=())


def summarise(results: Iterable[Result]) -> ClassSummary:
    """Reduce the results of a run in one pass. Of two results for one student and assignment the later one counts."""
    return _Reducer().feed(results)


class _Reducer:
    """The running totals of `summarise`."""

    def __init__(self) -> None:
        self.scores: dict[str, dict[str, float | None]] = {}
        self.max_scores: dict[str, float] = {}
        self.mistakes: Counter[tuple[str, str]] = Counter()
        self.functions: dict[tuple[str, str], dict[str, None]] = {}
        self.examples: dict[tuple[str, str], Example] = {}
        self.questions = QuestionsReducer()
        self.notable = NotableReducer()
        self.unnamed = 0
        self.reasons: Counter[str] = Counter()
        self.reason_students: dict[str, dict[str, None]] = {}
        self.problems: list[FileProblem] = []
        self.all_problems = 0
        self.refused: dict[str, tuple[str, ...]] = {}
        self.all_refused: set[str] = set()
        self.attempts: Counter[str] = Counter()
        self.attempt_students: dict[str, list[str]] = {}
        self.count = 0
        self.seconds = 0.0
        self.seeds: dict[int, None] = {}
        self.walls: dict[str, None] = {}
        self.versions: dict[str, dict[str, None]] = {}

    def feed(self, results: Iterable[Result]) -> ClassSummary:
        for result in results:
            self._score(result)
            self._mistakes(result)
            self._facts(result)
            self._refused(result)
            self.questions.add(result)
            self.notable.add(result)
        return self._summary()

    def _score(self, result: Result) -> None:
        graded = result.status == "graded"
        # Each result that is read brings strings of its own: of equal ones, one is kept.
        of_student = self.scores.setdefault(sys.intern(result.student), {})
        of_student[sys.intern(result.assignment)] = result.score if graded else None
        self.max_scores[result.assignment] = result.max_score
        if not graded:
            # Reasons hold paths and other text of any length.
            reason = line(result.reason or "no reason given")
            self.reasons[reason] += 1
            named = self.reason_students.setdefault(reason, {})
            if len(named) < MOST_NAMES:
                named[result.student] = None

    def _mistakes(self, result: Result) -> None:
        lost = [check for check in result.checks if check.status in LOST]
        named = {check.diagnosis: None for check in lost if check.diagnosis}
        for name in named:
            key = (result.assignment, name)
            self.mistakes[key] += 1
            functions = self.functions.setdefault(key, {})
            functions.update(
                {check.function: None for check in lost if check.diagnosis == name and len(functions) < 20}
            )
            known = self.examples.get(key)
            if known is None or not known.evident:
                self.examples[key] = _example(result, name, known)
        # What is not there, or does not run, has its reason; what is wrong and fits no mistake is worth a look.
        self.unnamed += any(check.status == "failed" for check in lost) and not named

    def _facts(self, result: Result) -> None:
        self.count += 1
        self.seconds += result.seconds
        self.seeds[result.seed] = None
        self.walls[result.sandbox] = None
        for name, version in result.versions.items():
            self.versions.setdefault(name, {})[version] = None
        self.all_problems += len(result.problems)
        for problem in result.problems[: MOST_PROBLEMS - len(self.problems)]:
            self.problems.append(FileProblem(result.student, result.assignment, problem.where, problem.message))

    def _refused(self, result: Result) -> None:
        # The same stands in each result of a submission.
        if not result.refused or result.student in self.all_refused:
            return
        self.all_refused.add(result.student)
        tried = tuple(dict.fromkeys(map(line, result.refused)))
        if len(self.refused) < MOST_REFUSED:
            self.refused[result.student] = tried
        for what in tried:
            if what in self.attempts or len(self.attempts) < MOST_ATTEMPTS:
                self.attempts[what] += 1
                students = self.attempt_students.setdefault(what, [])
                if len(students) < MOST_NAMES:
                    students.append(result.student)

    def _summary(self) -> ClassSummary:
        counts = {name: _Count(max_score) for name, max_score in self.max_scores.items()}
        for of_student in self.scores.values():
            for assignment, score in of_student.items():
                if score is None:
                    counts[assignment].not_graded += 1
                else:
                    counts[assignment].scores.append(score)
        return ClassSummary(
            headcount=len(self.scores),
            students=tuple(StudentRow(student, self.scores[student]) for student in sorted(self.scores)),
            assignments=tuple(
                AssignmentStats(name, count.max_score, tuple(sorted(count.scores)), count.not_graded)
                for name, count in sorted(counts.items())
            ),
            questions=self.questions.questions(),
            mistakes=tuple(
                MistakeCount(
                    assignment,
                    name,
                    number,
                    tuple(self.functions[assignment, name]),
                    self.examples[assignment, name],
                )
                for (assignment, name), number in sorted(self.mistakes.items(), key=lambda item: (-item[1], item[0]))
            ),
            unnamed=self.unnamed,
            ungraded=tuple(
                Ungraded(reason, number, tuple(self.reason_students[reason]))
                for reason, number in sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
            ),
            problems=tuple(self.problems),
            all_problems=self.all_problems,
            refused=tuple(Refused(student, attempts) for student, attempts in sorted(self.refused.items())),
            all_refused=len(self.all_refused),
            attempts=tuple(
                Attempt(what, number, tuple(self.attempt_students[what]))
                for what, number in sorted(self.attempts.items(), key=lambda item: (-item[1], item[0]))
            ),
            slowest=self.notable.slowest(),
            troubled=self.notable.troubled(),
            all_troubled=self.notable.all_troubled(),
            results=self.count,
            graded=sum(len(count.scores) for count in counts.values()),
            seconds=self.seconds,
            seeds=tuple(self.seeds),
            walls=tuple(self.walls),
            versions={name: tuple(found) for name, found in self.versions.items()},
        )


def _example(result: Result, name: str, known: Example | None) -> Example:
    """The check of `result` that shows the mistake best; `known`, of an earlier result, where it shows no better."""
    shown = [(number, check) for number, check in enumerate(result.checks, 1) if check.diagnosis == name]
    number, check = next(
        ((number, check) for number, check in shown if check.evidence and check.status in LOST),
        next((number, check) for number, check in shown if check.status in LOST),
    )
    if known and not check.evidence:
        return known
    return Example(result.student, number, _told(check), check.evidence is not None)


def _told(check: Check) -> str:
    """What is off, on one short line."""
    evidence = check.evidence
    if evidence and (evidence.where or evidence.difference):
        return line(": ".join(part for part in (evidence.where, evidence.difference) if part), 100)
    return line(check.message or f"{check.function}, {check_title(check.check).lower()}", 100)


def totals(summary: ClassSummary, assignments: Sequence[str]) -> list[float | None]:
    """Each student's total over `assignments`, in the order of `summary.students`; None unless all are graded."""
    found: list[float | None] = []
    for row in summary.students:
        scores = [row.scores.get(name) for name in assignments]
        known = [score for score in scores if score is not None]
        found.append(math.fsum(known) if len(known) == len(scores) else None)
    return found
