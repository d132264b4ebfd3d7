"""The marks of a finished run in other tools' formats: one file a format, each from plain marks to bytes."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader import sheet
from grader.errors import UsageError
from grader.export.marks import Marks
from grader.export.written import Written, left_empty
from grader.report.files import write_atomic

NOT_ALL: Final = 1
SUMMARY: Final = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True)
class Options:
    """What the command was given."""

    folder: Path
    format: str
    template: Path | None = None
    to: Path | None = None
    assignments: tuple[str, ...] = ()
    column: str | None = None
    columns: str = ""
    scale: bool = False
    source: Path = Path()


@dataclass(frozen=True)
class _Format:
    """A format: how it is written, and where to if that is not said."""

    write: Callable[[Marks, Options], Written]
    place: str
    needs: tuple[str, ...] = ()
    """The options that it can't do without."""
    takes: tuple[str, ...] = ()
    students: bool = False
    """Whether students read what it writes: they see what the course file reveals."""


def run(options: Options) -> tuple[list[str], list[str], int]:
    """Write the marks: lines for stdout, lines to tell, and the exit code. Raises GraderError."""
    from grader.export.collect import collect

    format_ = _format(options)
    marks = collect(options.folder, options.assignments)
    if not marks.students:
        raise UsageError(f"{options.folder} holds no student: there is nothing to export")
    marks = marks.for_students() if format_.students else marks
    written = format_.write(marks, options)
    to = options.to or options.folder / "export" / format_.place
    if options.template and to.resolve() == options.template.resolve():
        raise UsageError("--to is the template itself, which stays as it came: choose another file")
    printed: list[str] = []
    if options.format == "github":
        from grader.export import github

        printed = github.commands(marks, options.source)
        to = options.to or Path(os.environ.get(SUMMARY) or to)
    _put(to, written.files, append=options.format == "github" and not options.to and SUMMARY in os.environ)
    return printed, [*written.remarks, f"written: {to}"], 0 if written.complete else NOT_ALL


def _put(to: Path, files: Mapping[str, bytes], *, append: bool = False) -> None:
    for name, data in files.items():
        path = to / name if name else to
        before = path.read_bytes() if append and path.is_file() else b""
        write_atomic(path, before + data)


def _format(options: Options) -> _Format:
    """The format of that name, which has the options that it needs. Raises UsageError."""
    name = options.format
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, 1)
        raise UsageError(
            f"there is no format {name!r}: {f'did you mean {near[0]}?' if near else 'choose ' + ', '.join(FORMATS)}"
        )
    found = FORMATS[name]
    given = {
        "template": options.template is not None,
        "to": options.to is not None,
        "column": options.column is not None,
        "columns": bool(options.columns),
        "scale": options.scale,
        "source": options.source != Path(),
    }
    for need in found.needs:
        if not given[need]:
            raise UsageError(f"--format {name} needs --{need}: {_WHY[name, need]}")
    for option in ("template", "column", "columns", "scale", "source"):
        if given[option] and option not in (*found.needs, *found.takes):
            raise UsageError(f"--{option} says nothing to --format {name}: leave it out")
    return found


_WHY: Final = {
    ("canvas", "template"): "the gradebook as Canvas exports it",
    ("moodle", "template"): "the grading worksheet as Moodle exports it",
    ("nbgrader", "to"): "the course's folder, which holds nbgrader_config.py",
}


def _template(options: Options) -> sheet.Sheet:
    if options.template is None:
        raise UsageError("there is no template")
    return sheet.read(options.template)


# Each imports its format when it is asked for: none should make the others need its libraries.


def _gradescope(marks: Marks, _options: Options) -> Written:
    from grader.export import gradescope

    return gradescope.write(marks)


def _autograder(marks: Marks, _options: Options) -> Written:
    from grader.export import autograder

    return autograder.write(marks)


def _canvas(marks: Marks, options: Options) -> Written:
    from grader.export import canvas

    return canvas.fill(_template(options), marks, options.column, scale=options.scale)


def _moodle(marks: Marks, options: Options) -> Written:
    from grader.export import moodle

    return moodle.fill(_template(options), marks, moodle.chosen(options.columns), scale=options.scale)


def _nbgrader(marks: Marks, options: Options) -> Written:
    from grader.export import nbgrader

    if options.to is None or not options.to.is_dir():
        raise UsageError(f"--to {options.to} is no folder: name the nbgrader course's")
    nbgrader.gradebook(marks, options.to)
    return nbgrader.feedback(marks, options.folder)


def _junit(marks: Marks, _options: Options) -> Written:
    from grader.export import junit_xml

    return junit_xml.write(marks)


def _github(marks: Marks, _options: Options) -> Written:
    from grader.export import github

    return Written({"": github.summary(marks).encode()}, left_empty(marks), complete=not marks.ungraded)


def _csv(marks: Marks, _options: Options) -> Written:
    from grader.export import csv_file

    return csv_file.write(marks)


def _json(marks: Marks, _options: Options) -> Written:
    from grader.export import json_file

    return json_file.write(marks)


def _xlsx(marks: Marks, _options: Options) -> Written:
    from grader.export import xlsx_file

    return xlsx_file.write(marks)


FORMATS: Final[dict[str, _Format]] = {
    "gradescope": _Format(_gradescope, "gradescope", students=True),
    "gradescope-autograder": _Format(_autograder, "gradescope-autograder.zip"),
    "canvas": _Format(_canvas, "canvas.csv", ("template",), ("column", "scale")),
    "moodle": _Format(_moodle, "moodle.csv", ("template",), ("columns", "scale"), students=True),
    "nbgrader": _Format(_nbgrader, "", ("to",)),
    "junit": _Format(_junit, "junit.xml"),
    "github": _Format(_github, "summary.md", (), ("source",), students=True),
    "csv": _Format(_csv, "marks.csv"),
    "json": _Format(_json, "marks.json"),
    "xlsx": _Format(_xlsx, "marks.xlsx"),
}
NAMES: Final[Sequence[str]] = tuple(FORMATS)
