"""The self-check inside a notebook: what `from grader import check` leads to.

What is judged is source, in a process of its own, as `grader check` judges a file's. The kernel's functions themselves
are left alone: one that hangs would take the student's work with it, and one that works only by what was deleted since
would pass here and fail when it is handed in. The source is that of the cells that have run, in the order in which they
ran, so that the last definition wins, as it does in the kernel.

A cell that was run again and again counts twice: at its first run, on which other cells may rely, and at its last. What
ran between would take its time again at every check.

This file imports little, so that whatever is wrong with an installation is told in a line, like everything else.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from grader.errors import GraderError, UsageError
from grader.report.escape import line, written

if TYPE_CHECKING:
    from grader.catalogue import Catalogue
    from grader.result import Result
    from grader.submission import SourceFile

SHOWN: Final = "this notebook"
_DEFINED: Final = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """One run of a cell: its number, as the notebook shows it, and its source."""

    number: int
    source: str
    cell_id: str = ""
    """What the frontend calls the cell; empty where it does not tell."""

    @property
    def name(self) -> str:
        """What people know it by."""
        return f"cell [{self.number}]"

    @property
    def cell(self) -> str:
        """Which cell ran: by its id, or else by its text."""
        return f"id {self.cell_id}" if self.cell_id else f"text {self.source}"

    @property
    def defines(self) -> frozenset[str]:
        """The names of its functions and classes."""
        return frozenset(_DEFINED.findall(self.source))


def show(
    names: Sequence[str], course: str | os.PathLike[str] | None, seed: int | None, caller: Mapping[str, Any]
) -> None:
    """Check and show, whatever happens on the way; `caller` holds the globals of whoever asks."""
    try:
        _display(_results(names, course, seed, caller))
    except GraderError as error:
        _say(str(error))
    except KeyboardInterrupt:
        _say("interrupted")
    except ImportError as error:
        name = (error.name or "").partition(".")[0]
        _say(f"{error}: install the grader again, and see that no file of your own here is called {name or '...'}.py")
    except OSError as error:  # a host without processes, or without a disk
        _say(f"the check can't be run here ({error}); save your work and say `grader check FILE` in a terminal")
    except Exception as error:  # noqa: BLE001 - a student's notebook goes on, whatever is wrong with the grader
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}, line {where.lineno}"
        _say(f"this is a bug in the grader; please report it: {type(error).__name__}: {error} ({place})")


def _say(text: str) -> None:
    written(sys.stdout, f"grader: {line(text, 2000)}")


# --- whose source -----------------------------------------------------------------------------------------------------


def _results(
    names: Sequence[str], course: str | os.PathLike[str] | None, seed: int | None, caller: Mapping[str, Any]
) -> list[Result]:
    import secrets

    from grader import selfcheck
    from grader.catalogue import open_course

    if not all(isinstance(name, str) for name in names):
        raise UsageError('an assignment is named in quotes, as in check("softmax"); `grader list` shows them all')
    if seed is not None and not (isinstance(seed, int) and 0 <= seed < 1 << 31):
        raise UsageError("a seed is a whole number from 0 to 2147483647")
    catalogue = open_course(None if course is None else Path(course))
    drawn = secrets.randbits(31) if seed is None else seed
    shell = _shell()
    if shell is not None and (caller is shell.user_global_ns or "__file__" not in caller):
        return check_cells(_ran(shell), names, drawn, catalogue, caller)
    if file := caller.get("__file__"):
        return selfcheck.check(Path(file), names, drawn, course=catalogue)
    raise UsageError(
        "a plain Python prompt keeps no source to check: save your functions in a file and say `grader check FILE`, "
        "or work in a notebook or in IPython"
    )


def check_cells(
    ran: Sequence[Ran], names: Sequence[str], seed: int, course: Catalogue, defined: Mapping[str, Any]
) -> list[Result]:
    """The results for cells that ran in this order; `defined` is what the kernel holds. Raises as `selfcheck` does."""
    import msgspec

    from grader import selfcheck
    from grader.result import Problem

    counted = counting(ran)
    over = {run.name for run in _replaced(counted)}
    results = selfcheck.check_source(source_file(counted), SHOWN, names, seed, course=course)
    found = []
    for result in results:
        problems = [p for p in result.problems if p.where.partition(",")[0] not in over]
        missing = dict.fromkeys(check.function for check in result.checks if check.status == "missing")
        problems += [Problem(name, why) for name in missing if (why := _elsewhere(defined.get(name)))]
        found.append(msgspec.structs.replace(result, problems=problems))
    return found


def _replaced(ran: Sequence[Ran]) -> Iterator[Ran]:
    """The runs of which nothing odd is worth telling any more: the cell ran again, or others define all that it did."""
    cells: set[str] = set()
    defined: set[str] = set()
    for run in reversed(ran):
        if run.cell in cells or (run.defines and run.defines <= defined):
            yield run
        cells.add(run.cell)
        defined |= run.defines


def _elsewhere(value: object) -> str:
    """Why a function that the kernel holds is missing from the cells; empty where it holds none."""
    if not isinstance(value, FunctionType):
        return ""
    module = value.__module__ or "__main__"
    place = "by a file that was run" if module == "__main__" else f"in {module}"
    return f"is defined {place}; what counts is what the notebook's own cells define"


def counting(ran: Sequence[Ran]) -> list[Ran]:
    """The runs that count, as many of the latest as a notebook may hold."""
    from grader.source import CELL_LIMIT, SOURCE_LIMIT

    first = {run.cell: run for run in reversed(ran)}
    last = {run.cell: run for run in ran}
    kept: list[Ran] = []
    size = 0
    for run in reversed([run for run in ran if run in (first[run.cell], last[run.cell])]):
        size += len(run.source.encode("utf-8", "replace"))
        if size > SOURCE_LIMIT or len(kept) == CELL_LIMIT:
            break
        kept.append(run)
    return kept[::-1]


def source_file(ran: Sequence[Ran]) -> SourceFile:
    """The runs as the file that they would be handed in as."""
    from grader.sandbox.wire import Cell
    from grader.source import cell_text
    from grader.submission import SourceFile

    cells = tuple(Cell(run.name, text) for run in ran if (text := cell_text(run.source)).strip())
    sha = hashlib.sha256("\n".join(cell.source for cell in cells).encode("utf-8", "replace"))
    return SourceFile(SHOWN, sha.hexdigest(), cells)


# --- the host ---------------------------------------------------------------------------------------------------------


def _shell() -> Any:
    """The IPython that runs this, in a notebook or in a terminal; None where there is none."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _ran(shell: Any) -> list[Ran]:
    history: list[str] = shell.history_manager.input_hist_raw
    ids = _ids(shell)
    # The last one is the cell that asks. What IPython forgets of its history is not counted from the front.
    first = shell.execution_count - len(history) + 1
    return [Ran(n, text, ids.get((n, text), "")) for n, text in enumerate(history, first) if text.strip()]


_ATTRIBUTE: Final = "_grader_cell_ids"
_Ids = dict[tuple[int, str], str]


def _ids(shell: Any) -> _Ids:
    """The ids of the cells that have run since this was first asked, by number and text.

    Frontends tell them for the cell that is about to run (JupyterLab and VS Code do), and IPython keeps none.
    """
    ids: _Ids | None = getattr(shell, _ATTRIBUTE, None)
    if ids is None:
        ids = {}
        setattr(shell, _ATTRIBUTE, ids)
        shell.events.register("pre_run_cell", _remember(shell, ids))
    return ids


def _remember(shell: Any, ids: _Ids) -> Callable[[Any], None]:
    def remember(info: Any) -> None:
        if cell_id := getattr(info, "cell_id", None):
            ids[shell.execution_count, info.raw_cell.rstrip("\n")] = str(cell_id)

    return remember


def _display(results: Sequence[Result]) -> None:
    shell = _shell()
    if shell is not None and hasattr(shell, "kernel"):
        from IPython.display import display

        from grader.report.notebook_table import table_html, table_text

        display({"text/html": table_html(results), "text/plain": table_text(results)}, raw=True)
        return
    from rich.console import Console

    from grader.diagnose import GENERAL
    from grader.report.text import check_tables

    Console().print(check_tables(results, GENERAL))
