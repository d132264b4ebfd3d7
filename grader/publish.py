"""Renders the journal into the output folder: grades.csv, index.html, a JSON and a page a student and assignment, where
there is a course file marks.csv, and beside the page of a notebook the notebook itself.

What was written stays known (`_Written`): a student of whom nothing has changed since is passed over, and where nobody
has changed, all is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from grader import columns, grading, held, manual
from grader.course import Explained, explain
from grader.errors import StoreError
from grader.grading import Handed, Prepared, Run
from grader.names import safe_names
from grader.notebooks import Notebooks
from grader.policy import table, told
from grader.policy.marks import AssignmentMark, mark
from grader.policy.reveal import revealed
from grader.report import class_page, feedback, grades_csv, results_json, summary
from grader.report.files import UNFINISHED, write_atomic, write_pieces
from grader.report.info import NOTEBOOK_SUFFIX
from grader.result import Result
from grader.store import Journal

GRADES: Final = "grades.csv"
MARKS: Final = "marks.csv"
CLASS: Final = "index.html"
RAN: Final = "ran"
WRITTEN: Final = "written"
SUMMARY: Final = "summary"
"""The facts that say how the run went, what was written, and the class in numbers as it was then."""


@dataclass(frozen=True)
class Published:
    """What was written."""

    summary: summary.ClassSummary
    assignments: tuple[str, ...]
    set_aside: tuple[str, ...] = ()
    """The manual marks that fit nothing any more, and why, a line each."""


class _Written(msgspec.Struct, frozen=True):
    """What the files in the folder are made of.

    `look` is what all of them depend on beside the results, and `students` a hash of what each student's depend on and
    their size: whoever changed a file by hand gets it back. `whole` says that nothing was left to write.
    """

    look: str = ""
    students: dict[str, tuple[str, int]] = {}
    whole: bool = False


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
        notebooks: Notebooks | None = None,
    ) -> None:
        self.folder = folder
        self.journal = journal
        self.run = run
        self.notebooks = notebooks
        # The assignments of a run are those named, or else those that some submission answers.
        answered = [name for name in journal.assignments() if name in course]
        self.course = {name: course[name] for name in list(named) or answered or sorted(course)}
        self.known = frozenset(journal.students())
        self.students = sorted(self.known.union(handed_in))
        self.folders = safe_names(self.students)
        self.manual = manual.Marks.of(manual.read(folder))
        self.in_force = held.in_force(journal.facts())
        self.tried_again = journal.has_earlier()
        self.sheets = feedback.Sheets()

    @cached_property
    def explained(self) -> dict[str, Explained]:
        """What the reports tell of the assignments."""
        return {name: explain(p) for name, p in self.course.items()}

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
        look, seals = self._look(), self._seals()
        before = _remembered(self.journal.facts().get(WRITTEN, ""))
        same = set[str]()
        if look == before.look:
            kept = {s for s in self.students if s in before.students and seals[s] == before.students[s][0]}
            same = {s for s in kept.difference(anew) if self._size(s) == before.students[s][1]}
        by_hand, set_aside = self._by_hand()
        whole = before.whole and len(same) == len(self.students) == len(before.students) and self._tables_there()
        if whole and (found := self._summary()) is not None:
            return Published(found, tuple(self.course), tuple(set_aside))
        # A run may be killed while it writes: then what it was at is looked at again, or written anew where all was.
        begun = _Written(look if look == before.look else "", {s: before.students[s] for s in same})
        self.journal.remember({WRITTEN: _packed(begun)})
        infos = [e.info for e in self.explained.values()]
        marks = [table.header(list(self.course))]
        grades = grades_csv.Grades(infos)
        anew = self.students if look != before.look else anew
        reducer = summary.summarise(self._written(frozenset(anew), same, grades, marks))
        if self.in_force:
            write_atomic(self.folder / MARKS, "".join(marks).encode())
        else:
            (self.folder / MARKS).unlink(missing_ok=True)
        write_atomic(self.folder / GRADES, grades.text().encode())
        page = class_page.ClassPage(
            summary=reducer,
            assignments=infos,
            run=facts,
            links=_Links(self.folders, list(self.course)),
            mistakes={(n, m): info for n, e in self.explained.items() for m, info in e.mistakes.items()},
            manual=by_hand,
        )
        write_pieces(self.folder / CLASS, (piece.encode() for piece in class_page.written(page)))
        self._sweep()
        self.journal.remember(
            {
                columns.FACT: columns.pack(self._columns()),
                RAN: msgspec.json.encode(facts).decode(),
                SUMMARY: msgspec.json.encode(summary.brief(reducer)).decode(),
                WRITTEN: _packed(_Written(look, {s: (seals[s], self._size(s)) for s in self.students}, whole=True)),
            }
        )
        return Published(reducer, tuple(self.course), tuple(set_aside))

    # --- what has changed ---------------------------------------------------------------------------------------------

    def _look(self) -> str:
        """A hash of what every page depends on beside the results."""
        look = hashlib.sha256(self.in_force.text.encode())
        shown = "shown" if self.notebooks and self.notebooks.outputs else ""
        prints = [f"{name} {prepared.fingerprint}" for name, prepared in self.course.items()]
        for part in (shown, self.run.sandbox, *prints):
            look.update(f"\n{part}".encode())
        return look.hexdigest()[:20]

    def _seals(self) -> dict[str, str]:
        """A hash of each student's results and marks by hand."""
        found, seals = {}, self.journal.seals()
        for student in self.students:
            sha = hashlib.sha256()
            for part in (*seals.get(student, ()), *map(manual.told, self.manual.of_student(student))):
                sha.update(f"{part}\n".encode())
            found[student] = sha.hexdigest()[:20]
        return found

    def _size(self, student: str) -> int:
        """Bytes of a student's files, those of notebooks aside; -1 where one is not there."""
        # Strings: paths as objects take longer than the disk does.
        top, folder = str(self.folder), self.folders[student]
        try:
            return sum(
                os.stat(f"{top}/{place}").st_size  # noqa: PTH116 - see above
                for name in self.course
                for place in (_data(folder, name), _page(folder, name))
            )
        except OSError:
            return -1

    def _tables_there(self) -> bool:
        """Whether the files about the whole class are there."""
        names = [GRADES, CLASS, *([MARKS] if self.in_force else [])]
        return all((self.folder / name).exists() for name in names)

    def _summary(self) -> summary.ClassSummary | None:
        """The class in numbers as it was when all was written; None where that can't be read."""
        try:
            return msgspec.json.decode(self.journal.facts().get(SUMMARY, ""), type=summary.ClassSummary)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _columns(self) -> columns.Columns:
        """What exports need to know of the run beside the journal's rows."""
        nobody = Handed("", [], [])
        found = [
            columns.Column(name, self.explained[name].info.title, p.max_score, grading.unanswered(nobody, p, self.run))
            for name, p in self.course.items()
        ]
        return columns.Columns(found, [student for student in self.students if student not in self.known])

    # --- a student's files --------------------------------------------------------------------------------------------

    def _written(
        self, anew: Collection[str], same: Collection[str], grades: grades_csv.Grades, marks: list[str]
    ) -> Iterator[Result]:
        """The results on their way to the summary, each written to its files if need be; `grades` and `marks` get their
        lines.
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
            results = [self.manual.applied(result) for result in graded]
            grades.add(student, results)
            for result in results:
                if student not in same:
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
        """A result's JSON and pages."""
        data, page = self._data(result.student, result.assignment), self._file(result.student, result.assignment)
        rendered = results_json.render(result)
        # Pages are written first: where the JSON is right already, so are they, whenever a run was cut off.
        if anew or not page.exists() or not _holds(data, rendered):
            info, policy = self.explained[result.assignment], self.in_force.policy
            only_score = policy.reveal == "none"
            notes = [*(map(manual.remark, result.manual) if only_score else ())]
            notes += told.notes(marked, policy) if marked else ()
            seen = revealed(result, policy.reveal)
            shown = feedback.FeedbackPage(
                seen,
                info.info,
                None if only_score else info.circuit,
                info.mistakes,
                notes,
                only_score=only_score,
                notebook=self._write_notebook(seen, page, None if only_score else info),
            )
            write_atomic(page, feedback.render(shown, self.sheets).encode())
            write_atomic(data, rendered)

    def _write_notebook(self, result: Result, page: Path, told: Explained | None) -> str:
        """Write the page of the notebook that the result is of, beside its feedback; its name, or nothing."""
        path = page.with_name(result.assignment + NOTEBOOK_SUFFIX)
        html = self.notebooks.page(result, told) if self.notebooks and told else None
        if html is None:
            # What an earlier run wrote is of another file, which the new page does not lead to.
            _remove(path)
            return ""
        write_atomic(path, html.encode())
        return path.name

    def _sweep(self) -> None:
        """Remove what earlier runs wrote for assignments or folders that are none of this run's, and what they were
        killed in the middle of writing.
        """
        folders = frozenset(self.folders.values())
        stale = list(self.folder.glob(f"{UNFINISHED}*"))
        for kind, suffix in (("results", ".json"), ("feedback", ".html")):
            stale += (self.folder / kind).glob(f"*/{UNFINISHED}*")
            for path in (self.folder / kind).glob(f"*/*{suffix}"):
                if (
                    path.parent.name not in folders
                    or path.name.removesuffix(NOTEBOOK_SUFFIX).removesuffix(suffix) not in self.course
                ):
                    stale.append(path)
        for path in stale:
            _remove(path)

    def _data(self, student: str, assignment: str) -> Path:
        return self.folder / _data(self.folders[student], assignment)

    def _file(self, student: str, assignment: str) -> Path:
        return self.folder / self._page(student, assignment)

    def _page(self, student: str, assignment: str) -> str:
        return _page(self.folders[student], assignment)


class _Links(Mapping[tuple[str, str], str]):
    """The path of every student's page of an assignment, made when it is asked for: a class has a great many."""

    def __init__(self, folders: Mapping[str, str], names: Sequence[str]) -> None:
        self._folders = folders
        self._names = names

    def __getitem__(self, key: tuple[str, str]) -> str:
        """Raises KeyError for who or what is not in the run."""
        student, assignment = key
        if assignment not in self._names:
            raise KeyError(key)
        return _page(self._folders[student], assignment)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((student, name) for student in self._folders for name in self._names)

    def __len__(self) -> int:
        return len(self._folders) * len(self._names)


def _data(folder: str, assignment: str) -> str:
    return f"results/{folder}/{assignment}.json"


def _page(folder: str, assignment: str) -> str:
    return f"feedback/{folder}/{assignment}.html"


def _unreached(student: str) -> Handed:
    return Handed(student, [], [], failure="the run was stopped before this submission; run it again to go on")


def _packed(written: _Written) -> str:
    return msgspec.json.encode(written).decode()


def _remembered(text: str) -> _Written:
    """What was written; nothing where that can't be read: then everything is looked at."""
    try:
        return msgspec.json.decode(text, type=_Written) if text else _Written()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Written()


def _remove(path: Path) -> None:
    """Remove what an earlier run wrote, and its folder where it was the last in it."""
    try:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise StoreError(f"{path}, of an earlier run, can't be removed: {error.strerror or error}") from error


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file is there with just this content."""
    try:
        return path.read_bytes() == data
    except OSError:
        return False
