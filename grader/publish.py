"""Renders the journal into the output folder: grades.csv, index.html, and a JSON and a page a student and
assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader import columns, grading
from grader.course import Explained, explain
from grader.errors import StoreError
from grader.grading import Handed, Prepared, Run
from grader.names import safe_names
from grader.notebooks import Notebooks
from grader.report import class_page, feedback, grades_csv, results_json, summary
from grader.report.files import UNFINISHED, write_atomic
from grader.report.info import NOTEBOOK_SUFFIX
from grader.result import Result
from grader.store import Journal

OUTPUTS: Final = "notebook outputs"
"""The journal's fact of whether pages show what notebooks had printed."""


@dataclass(frozen=True)
class Published:
    """What was written."""

    summary: summary.ClassSummary
    assignments: tuple[str, ...]


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
        self.explained: dict[str, Explained] = {name: explain(p) for name, p in self.course.items()}
        self.known = frozenset(journal.students())
        self.students = sorted(self.known.union(handed_in))
        self.folders = safe_names(self.students)

    def results(self) -> Iterator[Result]:
        """Every result of the run: a result for every student and assignment, answered or not."""
        for student in self.students:
            given, results = self.journal.read(student) if student in self.known else (_unreached(student), [])
            found = {r.assignment: r for r in results}
            for name, prepared in self.course.items():
                yield found.get(name) or grading.unanswered(given, prepared, self.run)

    def publish(self, facts: class_page.RunFacts) -> Published:
        """Write everything that is not there yet as it should be. Raises StoreError when the disk does not obey."""
        infos = [e.info for e in self.explained.values()]
        self._anew = self.journal.facts().get(OUTPUTS, "") != self._outputs
        reducer = summary.summarise(self._written())
        write_atomic(self.folder / "grades.csv", grades_csv.render(self.results(), infos).encode())
        page = class_page.ClassPage(
            summary=reducer,
            assignments=infos,
            run=facts,
            links={(s, n): self._page(s, n) for s in self.students for n in self.course},
            mistakes={(n, m): info for n, e in self.explained.items() for m, info in e.mistakes.items()},
        )
        write_atomic(self.folder / "index.html", class_page.render(page).encode())
        self._sweep()
        self.journal.remember({columns.FACT: columns.pack(self._columns()), OUTPUTS: self._outputs})
        return Published(reducer, tuple(self.course))

    @property
    def _outputs(self) -> str:
        """Whether notebooks are shown with their outputs: what pages hold beside the results."""
        return "shown" if self.notebooks and self.notebooks.outputs else ""

    def _columns(self) -> columns.Columns:
        """What exports need to know of the run beside the journal's rows."""
        nobody = Handed("", [], [])
        found = [
            columns.Column(name, self.explained[name].info.title, p.max_score, grading.unanswered(nobody, p, self.run))
            for name, p in self.course.items()
        ]
        return columns.Columns(found, [student for student in self.students if student not in self.known])

    def _written(self) -> Iterator[Result]:
        """The results on their way to the summary, each written to its files if need be."""
        for result in self.results():
            data = self.folder / "results" / self.folders[result.student] / f"{result.assignment}.json"
            page = self.folder / self._page(result.student, result.assignment)
            rendered = results_json.render(result)
            # Pages are written first: where the JSON is right already, so are they, whenever a run was cut off.
            if self._anew or not page.exists() or not _holds(data, rendered):
                told = self.explained[result.assignment]
                notebook = self._write_notebook(result, page, told)
                html = feedback.render(feedback.FeedbackPage(result, told.info, told.circuit, told.mistakes, notebook))
                write_atomic(page, html.encode())
                write_atomic(data, rendered)
            yield result

    def _write_notebook(self, result: Result, page: Path, told: Explained) -> str:
        """Write the page of the notebook that the result is of, beside its feedback; its name, or nothing."""
        path = page.with_name(result.assignment + NOTEBOOK_SUFFIX)
        html = self.notebooks.page(result, told) if self.notebooks else None
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

    def _page(self, student: str, assignment: str) -> str:
        return f"feedback/{self.folders[student]}/{assignment}.html"


def _unreached(student: str) -> Handed:
    return Handed(student, [], [], failure="the run was stopped before this submission; run it again to go on")


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
