"""Students' notebooks as pages, each with the marks of one assignment beside its cells.

The files are read anew when reports are written: a journal of notebooks would be as large as all of them, and what is
rendered is the file whose hash was graded, or nothing. A page is for looking at: where one can't be made well, it is
made plainly, and where it can't be made at all, the feedback page says everything by itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final

import msgspec

from grader import formatting
from grader.course import Explained
from grader.errors import Unreadable
from grader.intake import kind_of
from grader.report import notebook_page
from grader.report.formatted import text_html
from grader.report.notebook_page import NotebookPage, ShownCell
from grader.result import Result
from grader.source import NotebookCell, notebook_cells
from grader.submission import Located

SHOWN: Final = 300
"""Cells that are shown from the first on; one that defines a function under test is shown wherever it stands."""
TEXT_SHOWN: Final = 500_000
"""Characters of them."""
DEADLINE_S: Final = 60.0
"""How long the formatting process may take to start, or over one notebook, before it is ended."""
LOSSES: Final = 10
"""How often it is started anew in a run."""

_answers: Final = msgspec.msgpack.Decoder(formatting.Answer)


class Notebooks:
    """The notebooks of a run's submissions. Use as a context manager."""

    def __init__(self, students: Iterable[Located], *, outputs: bool = False) -> None:
        self._students = {located.student: located for located in students}
        self.outputs = outputs
        self._formatter = Formatter()

    def __enter__(self) -> Notebooks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._formatter.close()

    @property
    def remark(self) -> str:
        """Why pages could not be made as they should; empty when they could."""
        return self._formatter.remark

    def page(self, result: Result, told: Explained) -> str | None:
        """The page for a result that a notebook earned; None for any other, and where the notebook is not there."""
        cells = self._cells(result)
        if cells is None:
            return None
        names = [name for name in dict.fromkeys(check.function for check in result.checks) if name.isidentifier()]
        shown = _first(cells)
        request = formatting.Request([self._cell(cell) for cell in cells], shown, names)
        answer = self._formatter.ask(request)
        made = [
            ShownCell(
                "raw" if formatted.plain and not cells[place].number else cells[place].kind,
                cells[place].number,
                formatted.html,
                formatted.outputs,
            )
            for place, formatted in sorted(answer.cells.items())
        ]
        numbers = {place: index for index, place in enumerate(sorted(answer.cells))}
        return notebook_page.render(
            NotebookPage(
                result,
                told.info,
                made,
                {name: numbers[place] for name, place in answer.places.items()},
                told.mistakes,
                left_out=len(cells) - len(made),
                outputs=self.outputs,
                plain=answer.late,
            )
        )

    def _cells(self, result: Result) -> list[NotebookCell] | None:
        located = self._students.get(result.student)
        if located is None or result.status != "graded" or len(result.files) != 1:
            return None
        (file,) = result.files
        if kind_of(file.name) != "notebook" or all(check.status == "missing" for check in result.checks):
            return None
        data = located.notebook(file.name, file.sha256)
        with suppress(Unreadable):
            return list(notebook_cells(data)) if data else None
        return None

    def _cell(self, cell: NotebookCell) -> formatting.Cell:
        return formatting.Cell(cell.kind, cell.source, cell.outputs if self.outputs and cell.kind == "code" else b"")


def _first(cells: Sequence[NotebookCell]) -> int:
    """How many cells are shown from the first on."""
    room = TEXT_SHOWN
    for place, cell in enumerate(cells[:SHOWN]):
        room -= len(cell.source)
        if room < 0:
            return place
    return min(len(cells), SHOWN)


class Formatter:
    """The formatting process, started when it is first asked, and again where it was lost over a notebook."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0
        self.remark = ""

    def ask(self, request: formatting.Request) -> formatting.Answer:
        """What the process makes of a notebook, or the notebook as plain text where it makes nothing of it."""
        data = None
        if self._process is None and self._started <= LOSSES and not self.remark:
            self._start()
        if self._process is not None:
            data = _exchange(self._process, msgspec.msgpack.encode(request))
            if data is None:
                self.close()
        return _answers.decode(data) if data is not None else _plainly(request)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(OSError):
                        stream.close()

    def _start(self) -> None:
        self._started += 1
        # Not as a module by its name: that would look into the folder that the command was called in, where students'
        # files may lie. It finds what this process finds.
        code = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from grader.formatting import main; main()"
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", code, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # ^C is the grader's to heed
            )
        except (OSError, MemoryError) as error:
            self.remark = f"notebooks are shown without colours: {error}"
            return
        lack = _exchange(self._process, None)
        if lack != b"":
            self.close()
            self.remark = "notebooks are shown without colours: " + (
                f"{lack.decode()} isn't installed: pip install 'backprop-grader[grade]'"
                if lack
                else "the process that formats them ended at once; is the machine short of memory?"
            )


def _exchange(process: subprocess.Popen[bytes], data: bytes | None) -> bytes | None:
    """A frame there, if any, and one back; None where the process is gone, or was ended for its time."""
    if process.stdin is None or process.stdout is None:
        return None
    timer = threading.Timer(DEADLINE_S, process.kill)
    try:
        timer.start()
        if data is not None:
            formatting.write_frame(process.stdin, data)
        return formatting.read_frame(process.stdout)
    except (OSError, RuntimeError):  # RuntimeError: no thread could be started
        return None
    finally:
        timer.cancel()


def _plainly(request: formatting.Request) -> formatting.Answer:
    """The notebook as text, in which definitions are found line by line."""
    cells = request.cells
    code = [(place, cell.source) for place, cell in enumerate(cells) if cell.kind == "code"]
    places = formatting.defined_in(code, request.names, parse=False)
    shown = {*range(request.shown), *places.values()}
    html = {place: formatting.Formatted(text_html(cells[place].source), plain=True) for place in shown}
    return formatting.Answer(html, places, late=True)
