"""Renders the journal into the output folder: grades.csv, index.html, a JSON and a page a student and assignment, and
where there is a course file, marks.csv.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from grader import columns, grading, held, manual
from grader.course import Explained, explain
from grader.errors import StoreError
from grader.grading import Handed, Prepared, Run
from grader.names import safe_names
from grader.policy import table, told
from grader.policy.marks import AssignmentMark, mark
from grader.policy.reveal import revealed
from grader.report import class_page, feedback, grades_csv, results_json, summary
from grader.report.files import UNFINISHED, write_atomic
from grader.result import Result
from grader.store import Journal

MARKS: Final = "marks.csv"
RAN: Final = "ran"
PAGES: Final = "pages"
"""The facts that say how the run went, and by which course file the pages were written."""


@dataclass(frozen=True)
class Published:
    """What was written."""

    summary: summary.ClassSummary
    assignments: tuple[str, ...]
    set_aside: tuple[str, ...] = ()
    """The manual marks that fit nothing any more, and why, a line each."""


class Publisher:
    """Renders one journal into one folder; who of `handed_in` is not in the journal yet is not graded."""

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        course: Mapping[str, Prepared],
        named: Sequence[str],
        handed_in: Iterable[str],
        run: Run,
    ) -> None:
        self.folder = folder
        self.journal = journal
        self.run = run
        # The assignments of a run are those named, or else those that some submission answers.
        answered = [name for name in journal.assignments() if name in course]
        self.course = {name: course[name] for name in list(named) or answered or sorted(course)}
        self.explained: dict[str, Explained] = {name: explain(p) for name, p in self.course.items()}
        self.known = frozenset(journal.students())
        self.students = sorted(self.known.union(handed_in))
        self.folders = safe_names(self.students)
        self.manual = manual.Marks.of(manual.read(folder))
        self.in_force = held.in_force(journal.facts())
        self.tried_again = journal.has_earlier()

    def results(self) -> Iterator[Result]:
        """Every result of the run, with manual marks: one for every student and assignment, answered or not."""
        for student in self.students:
            yield from map(self.manual.applied, self._graded(student))

    def _graded(self, student: str) -> list[Result]:
        """A student's results as they were graded."""
        given, results = self.journal.read(student) if student in self.known else (_unreached(student), [])
        found = {r.assignment: r for r in results}
        return [found.get(n) or grading.unanswered(given, p, self.run) for n, p in self.course.items()]

    def publish(self, facts: class_page.RunFacts, anew: Collection[str] = ()) -> Published:
        """Write everything that is not there yet as it should be, and the pages of the students `anew`. Raises
        StoreError when the disk does not obey.
        """
        infos = [e.info for e in self.explained.values()]
        # Pages depend on the course file too, and a run may be killed while it writes them anew.
        shown = hashlib.sha256(self.in_force.text.encode()).hexdigest() if self.in_force else ""
        if (before := self.journal.facts().get(PAGES, "")) != shown:
            self.journal.remember({PAGES: "being written"})
            anew = self.students
        marks = [table.header(list(self.course))]
        reducer = summary.summarise(self._written(frozenset(anew), marks))
        if self.in_force:
            write_atomic(self.folder / MARKS, "".join(marks).encode())
        else:
            (self.folder / MARKS).unlink(missing_ok=True)
        write_atomic(self.folder / "grades.csv", grades_csv.render(self.results(), infos).encode())
        by_hand, set_aside = self._by_hand()
        page = class_page.ClassPage(
            summary=reducer,
            assignments=infos,
            run=facts,
            links={(s, n): self._page(s, n) for s in self.students for n in self.course},
            mistakes={(n, m): info for n, e in self.explained.items() for m, info in e.mistakes.items()},
            manual=by_hand,
        )
        write_atomic(self.folder / "index.html", class_page.render(page).encode())
        self._sweep()
        ran = msgspec.json.encode(facts).decode()
        self.journal.remember({columns.FACT: columns.pack(self._columns()), RAN: ran})
        if before != shown:
            self.journal.remember({PAGES: shown})
        return Published(reducer, tuple(self.course), tuple(set_aside))

    def _columns(self) -> columns.Columns:
        """What exports need to know of the run beside the journal's rows."""
        nobody = Handed("", [], [])
        found = [
            columns.Column(name, self.explained[name].info.title, p.max_score, grading.unanswered(nobody, p, self.run))
            for name, p in self.course.items()
        ]
        return columns.Columns(found, [student for student in self.students if student not in self.known])

    def _written(self, anew: Collection[str], marks: list[str]) -> Iterator[Result]:
        """The results on their way to the summary, each written to its files if need be; `marks` gets the lines of
        marks.csv.
        """
        policy = self.in_force.policy
        for student in self.students:
            graded = self._graded(student)
            found: dict[str, AssignmentMark] = {}
            if self.in_force:
                earlier = [results for _, results in self.journal.attempts(student)] if self.tried_again else []
                marked = mark(student, held.lined_up(graded, earlier, self.manual), policy)
                marks.append(table.row(marked, policy))
                found = {each.name: each for each in marked.assignments}
            for result in map(self.manual.applied, graded):
                self._write(result, found.get(result.assignment), anew=student in anew)
                yield result

    def _by_hand(self) -> tuple[list[str], list[str]]:
        """The manual marks in lines, and those of them that are set aside."""
        aside = {given.place: why for given, why in self._set_aside()}
        marks = {given.place: manual.told(given) for given in self.manual.all}
        told = {place: f"{text} (set aside: {aside[place]})" for place, text in marks.items() if place in aside}
        return list((marks | told).values()), list(told.values())

    def _set_aside(self) -> Iterator[tuple[manual.Given, str]]:
        for student in dict.fromkeys(given.student for given in self.manual.all):
            if student not in self.folders:
                yield from ((given, "the student is not in this run") for given in self.manual.of_student(student))
                continue
            earlier = [results for _, results in self.journal.attempts(student)] if student in self.known else []
            yield from held.set_aside(student, self._graded(student), earlier, self.manual)

    def _write(self, result: Result, marked: AssignmentMark | None, *, anew: bool) -> None:
        """A result's JSON and page."""
        data = self.folder / "results" / self.folders[result.student] / f"{result.assignment}.json"
        page = self.folder / self._page(result.student, result.assignment)
        rendered = results_json.render(result)
        # The page is written first: where the JSON is right already, so is the page, whenever a run was cut off.
        if anew or not page.exists() or not _holds(data, rendered):
            info, policy = self.explained[result.assignment], self.in_force.policy
            only_score = policy.reveal == "none"
            notes = [*(map(manual.remark, result.manual) if only_score else ())]
            notes += told.notes(marked, policy) if marked else ()
            shown = feedback.FeedbackPage(
                revealed(result, policy.reveal),
                info.info,
                None if only_score else info.circuit,
                info.mistakes,
                notes,
                only_score=only_score,
            )
            write_atomic(page, feedback.render(shown).encode())
            write_atomic(data, rendered)

    def _sweep(self) -> None:
        """Remove what earlier runs wrote for assignments or folders that are none of this run's, and what they were
        killed in the middle of writing.
        """
        folders = frozenset(self.folders.values())
        stale = list(self.folder.glob(f"{UNFINISHED}*"))
        for kind, suffix in (("results", ".json"), ("feedback", ".html")):
            stale += (self.folder / kind).glob(f"*/{UNFINISHED}*")
            for path in (self.folder / kind).glob(f"*/*{suffix}"):
                if path.parent.name not in folders or path.stem not in self.course:
                    stale.append(path)
        for path in stale:
            try:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
            except OSError as error:
                why = error.strerror or error
                raise StoreError(f"{path}, of an earlier run, can't be removed: {why}") from error

    def _page(self, student: str, assignment: str) -> str:
        return f"feedback/{self.folders[student]}/{assignment}.html"


def _unreached(student: str) -> Handed:
    return Handed(student, [], [], failure="the run was stopped before this submission; run it again to go on")


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file is there with just this content."""
    try:
        return path.read_bytes() == data
    except OSError:
        return False
