"""`grader release`: what students get of an assignment, and nothing else.

    DIR/HOWTO.md              the self-check in a page
        requirements.txt      what it needs: the wheel of this very grader
        NAME/NAME.py          the stub, as it is in the course
             NAME.ipynb       the same as a notebook, with a cell that checks it
             README.md        what is asked, and how it is marked
             ...              the modules that the assignment provides
        course/assignments/   of a course of its own: the public half, which the self-check reads

The same course and grader give the same bytes: no date, no drawn id, nothing of this machine.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

from grader.assignment import Assignment
from grader.catalogue import BUILT_IN, Catalogue
from grader.errors import AssignmentError, MachineError, StoreError, UsageError
from grader.report.escape import line
from grader.report.info import number
from grader.version import __version__

WHEEL: Final = f"backprop_grader-{__version__}-py3-none-any.whl"
COURSE: Final = "course"
"""The folder of a hand-out that holds the public half of a course of its own."""
_HOWTO: Final = Path(__file__).with_name("howto.md")
_TEXTS: Final = frozenset({".py", ".md"})
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest date that a zip can hold."""
_READABLE: Final = 0o100644 << 16

Files = Mapping[str, bytes]
"""What is handed out: the bytes by the path in the hand-out's folder, "/" between its parts."""


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    names: tuple[str, ...]
    to: Path
    everything: bool = False
    zipped: bool = False
    wheel: Path | None = None
    overwrite: bool = False


def release(plan: Plan, course: Catalogue = BUILT_IN) -> list[Path]:
    """Write the hand-out; gives the files. Either all of them are written, or none where one is in the way.

    Raises UsageError for what can't be released or would write over other work, AssignmentError for an assignment that
    lacks what students get, MachineError without jupytext, and StoreError when the folder can't be written.
    """
    files = handout(course.load_all(_chosen(plan, course)), course, _wheel(plan.wheel))
    to = plan.to.expanduser()
    targets = {to.joinpath(*path.split("/")): data for path, data in files.items()}
    if plan.zipped:
        whole = to.resolve()
        targets[whole.parent / f"{whole.name}.zip"] = packed(files, whole.name)
    _write(targets, overwrite=plan.overwrite)
    return list(targets)


def told(plan: Plan, written: Sequence[Path]) -> list[str]:
    """What was written, and what to do next."""
    lines = [f"wrote {path}" for path in written]
    if plan.wheel is None:
        lines.append(f"students also need {WHEEL}: `make wheel` makes it in dist/, and --wheel adds it")
    return lines


def _chosen(plan: Plan, course: Catalogue) -> tuple[str, ...]:
    if plan.everything and plan.names:
        raise UsageError("--all releases every assignment: leave it out, or the names")
    if plan.everything:
        return tuple(course.names())
    if not plan.names:
        raise UsageError(f"say which assignments to release, or --all for {', '.join(course.names())}")
    return plan.names


# --- what is handed out -----------------------------------------------------------------------------------------------


def handout(assignments: Mapping[str, Assignment], course: Catalogue = BUILT_IN, wheel: bytes | None = None) -> Files:
    """The files for these assignments, sorted by path; `wheel` is put beside them."""
    files = {"HOWTO.md": _howto(assignments, course, wheel is not None), "requirements.txt": _requirements()}
    if wheel is not None:
        files[WHEEL] = wheel
    for name, assignment in assignments.items():
        files |= {f"{name}/{file}": data for file, data in _assignment(assignment, course)}
        if course.root is not None:
            files |= {f"{COURSE}/assignments/{name}/{file}": data for file, data in _public(assignment)}
    return dict(sorted(files.items()))


def _assignment(assignment: Assignment, course: Catalogue) -> Iterator[tuple[str, bytes]]:
    stub = _read(assignment, "stub.py")
    yield f"{assignment.name}.py", stub
    yield f"{assignment.name}.ipynb", _notebook(stub.decode("utf-8"), _call(assignment, course, "../"))
    yield "README.md", _read(assignment, "README.md")
    for file in dict.fromkeys(assignment.provided.values()):
        yield file, _read(assignment, f"provided/{file}")


def _public(assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """What the self-check reads of an assignment: its folder, without what is hidden or made by Python itself."""
    for path in sorted(assignment.folder.rglob("*")):
        place = path.relative_to(assignment.folder)
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in place.parts):
            yield place.as_posix(), _read(assignment, place.as_posix())


def _read(assignment: Assignment, file: str) -> bytes:
    path = assignment.folder / file
    try:
        if path.suffix in _TEXTS:
            return path.read_text(encoding="utf-8").encode()  # the same on a checkout whose lines end otherwise
        return path.read_bytes()
    except FileNotFoundError:
        raise AssignmentError(f"{path} is not there, and students get it: write one") from None
    except (OSError, ValueError) as error:
        raise AssignmentError(f"{path} can't be read: {error}") from error


def _notebook(stub: str, call: str) -> bytes:
    """The stub as a notebook, as Jupyter itself would write it, and a last cell that checks it."""
    try:
        import jupytext
    except ImportError as error:
        raise MachineError(
            "releasing needs jupytext, which isn't installed: pip install 'backprop-grader[grade]'"
        ) from error
    read = jupytext.reads(stub, fmt="py:percent").cells
    cells = [_cell(n, c.cell_type, c.source, dict(c.metadata)) for n, c in enumerate(read, 1)]
    cells.append(_cell(len(cells) + 1, "code", f"from grader import check\n\n{call}", {}))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _cell(place: int, kind: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": f"cell-{place}", "metadata": metadata, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _call(assignment: Assignment, course: Catalogue, up: str = "") -> str:
    return f'check("{assignment.name}"{_argument(course, up)})'


def _argument(course: Catalogue, up: str) -> str:
    return f', course="{up}{COURSE}"' if course.root else ""


def _howto(assignments: Mapping[str, Assignment], course: Catalogue, has_wheel: bool) -> bytes:
    rows = (f"| `{name}` | {_in_table(a.title)} | {number(a.max_points)} |" for name, a in assignments.items())
    text = Template(_HOWTO.read_text(encoding="utf-8")).substitute(
        rows="\n".join(rows),
        wheel=WHEEL,
        source="lies beside this page" if has_wheel else "your course hands out and you put beside this page",
        name=next(iter(assignments)),
        option=f" --course {COURSE}" if course.root else "",
        argument=_argument(course, "../"),
    )
    return text.encode()


def _in_table(text: str) -> str:
    return line(text).replace("|", "\\|")


def _requirements() -> bytes:
    # By its file: a name would be looked up on an index, where anybody may take it.
    return f"# What `grader check` needs; HOWTO.md says where it comes from.\n./{WHEEL}\n".encode()


def _wheel(path: Path | None) -> bytes | None:
    """The wheel that students install; refused where it is another version's or holds answers."""
    if path is None:
        return None
    if path.name != WHEEL:
        raise UsageError(f"--wheel {path}: this grader's is called {WHEEL}; `make wheel` makes it in dist/")
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            secret = [name for name in archive.namelist() if name.startswith(("reference/solution", "tests/"))]
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"--wheel {path} can't be read ({error}); `make wheel` makes it in dist/") from error
    if secret:
        raise UsageError(f"--wheel {path} holds {secret[0]}, which is no student's: `make wheel` makes one without")
    return data


# --- writing ----------------------------------------------------------------------------------------------------------


def packed(files: Files, top: str) -> bytes:
    """A zip of the files in a folder `top`, the same bytes on every machine: nothing is compressed or dated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{top}/{path}", _EPOCH)
            entry.create_system, entry.external_attr = 3, _READABLE
            archive.writestr(entry, data)
    return out.getvalue()


def _write(targets: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write the files; what else lies in their folders stays. What is there and says something else is refused."""
    for target, data in targets.items():
        if not overwrite and _differs(target, data):
            raise UsageError(
                f"{target} is there already and is not what would be written: choose another folder, "
                "or say --overwrite to replace it"
            )
    for target, data in targets.items():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as error:
            raise StoreError(f"{target} can't be written ({error.strerror or error}): choose another folder") from error


def _differs(target: Path, data: bytes) -> bool:
    """Whether something else is there."""
    try:
        return target.read_bytes() != data
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # a folder, or what nobody may read
