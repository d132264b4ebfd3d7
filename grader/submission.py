"""Submissions: who handed in what, found in a folder, a zip or a single file.

Accepted in a folder or zip SUBMISSIONS, a student's id being the name without its suffix:

    ada.py   ada.ipynb   ada.zip        one file, or a zip of several
    ada/NAME.py   ada/anything.ipynb    a folder with any files of source, in folders up to 8 deep, zips among them

Downloads of learning platforms are recognised (`layouts/`), and a roster says who is who (`roster.py`).

`ada.py` and `ada/` are of the same student; names that differ in case or Unicode form are not. Hidden files,
`__MACOSX`, `__pycache__`, checkpoints and virtual environments are passed over. `find` lists names only;
`Located.read` reads the bytes of one student, so that a class never lies in memory as a whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Final

from grader import intake, layouts, typed
from grader.attempts import Student, sort_out
from grader.errors import MachineError, Unreadable, UsageError
from grader.layouts import Handin, Part
from grader.places import Entry, Place, Zip, open_place, reason
from grader.result import Origin, Problem
from grader.roster import Roster
from grader.sandbox.wire import Cell
from grader.source import read_source

LAYOUTS: Final = "ada.py, ada.ipynb, ada.zip, or a folder ada/ holding .py, .ipynb or .zip files"

TEXT_LIMIT: Final = 16 << 20
"""Characters of source that are kept of one student: a zip of a few KiB can unpack to any number."""
_TOO_MUCH: Final = f"is not read: more than {TEXT_LIMIT >> 20} MiB of source was handed in; hand in the functions alone"
LONGEST_STEM: Final = 1_000
"""Characters of a file's name that may mean an assignment: zips have longer ones, and they take long to compare."""

# Handed in, but in a form that can't be read: their student gets a row that says so.
_DOCUMENTS: Final = re.compile(
    r"\.(7z|c|cpp|docx?|gz|java|jl|jpe?g|m|odt|pages|pdf|png|pyc|r|rar|rmd|rtf|tar|tgz|txt)", re.IGNORECASE
)
_NOT_STUDENTS: Final = frozenset({"readme", "license", "licence", "instructions", "notes", "requirements"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of source that was handed in."""

    name: str
    """As handed in, from SUBMISSIONS down, "/" between its parts; a zip counts as a folder ("ada.zip/softmax.py")."""
    sha256: str
    """Of its bytes, in hexadecimal; empty where they were not read."""
    cells: tuple[Cell, ...]
    """A Python file is one cell of the file's own name; a notebook has "cell 1", "cell 2" ... for its code cells."""
    problems: tuple[Problem, ...] = ()
    error: str | None = None
    """Why there are no cells, going on from the file's name ("is empty"). Such a file earns 0 points for it."""
    named_for: str | None = None
    """The assignment that the file is named after."""
    name_distance: int = 0
    """0: exactly; 1: but for case, "-", "_" and spaces; 2: with a suffix such as " (1)"; 3: with the student's id."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything that one student handed in, files sorted by name."""

    student: str
    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    """What is odd about the submission as a whole; each file has its own besides."""
    origin: Origin | None = None
    """What a platform says of it."""


@dataclass(frozen=True, slots=True)
class Located:
    """A student whose files have been found and not yet read. Small, and can be sent to another process."""

    student: str
    known_assignments: tuple[str, ...] = field(repr=False)
    _place: Place
    _parts: tuple[Part, ...]
    origin: Origin | None = None
    problems: tuple[Problem, ...] = ()
    """What its platform says that is worth telling."""

    def read(self) -> Submission:
        """Read the files. Raises MachineError where the disk fails: that is not the student's doing."""
        reader = intake.Reader()
        files: list[SourceFile] = []
        size = 0
        try:
            for part in self._parts:
                reader.typed = part.typed
                for file in self._files(part, reader):
                    size += sum(len(cell.source) for cell in file.cells)
                    over = file.cells and size > TEXT_LIMIT
                    files.append(replace(file, cells=(), error=_TOO_MUCH) if over else file)
        except OSError as error:
            where = intake.shown(os.fsdecode(error.filename)) if error.filename else self.student
            raise MachineError(f"{where} can't be read ({error.strerror or error}); see to it and run again") from error
        problems = (*self.problems, *reader.finish())
        if not files:
            problems += (Problem("", _nothing_readable(reader.others)),)
        return Submission(self.student, tuple(sorted(files, key=lambda file: file.name)), problems, self.origin)

    def notebook(self, name: str, sha256: str) -> bytes | None:
        """The bytes of the notebook called `name`, where they are still those of that hash."""
        reader = intake.Reader()
        try:
            items = (item for part in self._parts for item in self._place.items(part.entry, reader))
            named = (item.data for item in items if item.name == name and item.kind == "notebook")
            return next((data for data in named if hashlib.sha256(data).hexdigest() == sha256), None)
        except OSError:
            return None

    def _files(self, part: Part, reader: intake.Reader) -> Iterator[SourceFile]:
        for item in self._place.items(part.entry, reader):
            called = part.called if item.name == intake.shown(part.entry) else ""
            if item.kind != "html" or item.error:
                yield _source_file(item, self.student, self.known_assignments, called)
            elif source := typed.code(item.data):
                python = replace(item, kind="python", data=source.encode())
                file = _source_file(python, self.student, self.known_assignments, called)
                remark = Problem(item.name, "was typed into the platform's text box, and is read as Python")
                yield replace(file, problems=(remark, *file.problems))
            else:
                reader.others.append(item.name)


@dataclass(frozen=True, slots=True)
class Listing:
    """What `find` found: the students, sorted, and lines to tell about how SUBMISSIONS was understood."""

    students: tuple[Located, ...]
    remarks: tuple[str, ...] = ()
    earlier: tuple[Located, ...] = ()
    """Attempts of these students before the one that counts by itself, in their order."""


def find(
    path: str | os.PathLike[str],
    known_assignments: Collection[str] = (),
    layout: str | None = None,
    roster: Roster | None = None,
) -> Listing:
    """The students in a folder, a zip (read as such a folder) or a single file; no file of theirs is opened.

    A place whose only content is files named after assignments is one student's own: the student is called as the
    folder or zip is. Raises UsageError where there is nothing, nobody or no access.
    """
    given = os.fspath(path)
    place, single = open_place(given)
    known = tuple(sorted(known_assignments))
    if single is not None:
        handin = Handin(intake.shown(intake.stem_of(single)), {}, (Part(single),))
        return _listing(layouts.PLAIN, [handin], place, known, roster, ())
    understood = layouts.read(place, given, layout, known, roster.logins if roster else ())
    if understood is None:
        return _ordinary(place.entered(), given, known, roster)
    name, found, place = understood
    how = "asked for" if layout else "recognised by its names"
    students = len({handin.name for handin in found.handins})
    entries = len({part.entry for handin in found.handins for part in handin.parts})
    kind = f"layout: {name} ({how}): {students} students in {entries} files or folders"
    told = kind if layout else f"{kind}; --layout plain reads it as an ordinary folder"
    remarks = (told, *found.notes, *place.entries()[1])
    return _listing(name, found.handins, place, known, roster, (*remarks, *_strays(found.strays)))


def _listing(
    layout: str,
    handins: list[Handin],
    place: Place,
    known: tuple[str, ...],
    roster: Roster | None,
    remarks: tuple[str, ...],
) -> Listing:
    students, told = sort_out(layout, handins, roster)

    def located(student: Student) -> Located:
        return Located(student.name, known, place, student.parts, student.origin, student.problems)

    earlier = (located(attempt) for student in students for attempt in student.earlier)
    return Listing(tuple(map(located, students)), (*remarks, *told), tuple(earlier))


def _ordinary(place: Place, given: str, known: tuple[str, ...], roster: Roster | None) -> Listing:
    """An ordinary folder of submissions."""
    entries, remarks = place.entries()
    visible = sorted((e for e in entries if not intake.is_noise(e.name)), key=attrgetter("name"))
    sources = [entry for entry in visible if not entry.folder and intake.kind_of(entry.name)]
    if sources and not any(entry.folder for entry in visible) and all(_is_named(e.name, known) for e in sources):
        student = intake.shown(_own_name(Path(given).resolve()))
        remark = f"the files are named after assignments: they are taken for one student's, called {student}"
        handin = Handin(student, {}, tuple(Part(entry.name) for entry in visible))
        return _listing(layouts.PLAIN, [handin], place, known, roster, (*remarks, remark))
    students, ignored = _by_student(visible)
    if not students:
        raise UsageError(f"{intake.shown(given)} holds no submissions; it should hold, for a student ada, {LAYOUTS}")
    if isinstance(place, Zip) and len(visible) == 1 and visible[0].folder:
        remarks = (*remarks, f"everything lies in the folder {visible[0].name}, which is taken for one student's")
    handins = [Handin(who, {}, tuple(map(Part, names))) for who, names in students.items()]
    return _listing(layouts.PLAIN, handins, place, known, roster, (*remarks, *_strays(ignored)))


def _strays(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    some = ", ".join(intake.shown(name) for name in names[:5])
    return (f"not taken for submissions: {some}{f' and {len(names) - 5} more' if len(names) > 5 else ''}",)


def read_file(path: str | os.PathLike[str], known_assignments: Collection[str] = ()) -> SourceFile:
    """One file, a student's own: a `.py`, an `.ipynb` or a zip that holds one of them. Links are followed here.

    Raises UsageError where it is not there, not a file or no source.
    """
    given = Path(path)
    text = intake.shown(str(given))
    kind = intake.kind_of(given.name)
    try:
        real = given.resolve(strict=True)
        if real.is_dir():
            raise UsageError(f"{text} is a folder; name one .py or .ipynb file")
        if kind is None:
            raise UsageError(f"{text} is neither a .py nor an .ipynb file; name one of these")
        # The name says what the file is, also where it is a link to one called otherwise.
        items = list(intake.Reader().read_path(str(real), given.name))
    except FileNotFoundError:
        raise UsageError(f"there is no {text}; name one .py or .ipynb file") from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise UsageError(f"{text} can't be read: {reason(error)}") from None
    if not items:
        raise UsageError(f"{text} holds no .py or .ipynb file")
    if len(items) > 1:
        raise UsageError(f"{text} holds {len(items)} files of source; unpack it and name one")
    return _source_file(items[0], "", tuple(sorted(known_assignments)))


# --- students ---------------------------------------------------------------------------------------------------------


def _by_student(entries: Iterable[Entry]) -> tuple[dict[str, list[str]], list[str]]:
    """The entries' names by student, and the names of those that are nobody's."""
    owners: dict[str, list[str]] = {}
    ignored: list[str] = []
    for entry in entries:
        whole = entry.folder or (entry.special and intake.kind_of(entry.name) is None)
        stem = entry.name if whole else intake.stem_of(entry.name)
        if whole or intake.kind_of(entry.name) or _is_document(entry.name):
            owners.setdefault(stem, []).append(entry.name)
        else:
            ignored.append(entry.name)
    students: dict[str, list[str]] = {}
    # Names in order of their text, so that an escaped byte never takes the id of someone really called so.
    for stem in sorted(owners, key=lambda stem: (intake.shown(stem) != stem, stem)):
        student = intake.shown(stem)
        while student in students:
            student += "'"
        students[student] = owners[stem]
    return students, ignored


def _is_document(name: str) -> bool:
    return bool(_DOCUMENTS.fullmatch(Path(name).suffix)) and Path(name).stem.lower() not in _NOT_STUDENTS


def _nothing_readable(others: list[str]) -> str:
    if not others:
        return "nothing was handed in: there is no .py, .ipynb or .zip file"
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return f"there is no .py, .ipynb or .zip file, only {', '.join(sorted(others)[:5])}{more}"


def _own_name(path: Path) -> str:
    return path.name if path.is_dir() else intake.stem_of(path.name)


# --- files ------------------------------------------------------------------------------------------------------------


def _source_file(item: intake.Item, student: str, known: tuple[str, ...], called: str = "") -> SourceFile:
    base = called or item.name.rsplit("/", 1)[-1]
    named_for, distance = match_name(intake.stem_of(base), known, student) or (None, 0)
    if item.error is not None or item.kind == "zip":
        return SourceFile(item.name, "", (), (), item.error, named_for, distance)
    sha256 = hashlib.sha256(item.data).hexdigest()
    try:
        source = read_source(item.data, "notebook" if item.kind == "notebook" else "python", base)
    except Unreadable as error:
        return SourceFile(item.name, sha256, (), (), str(error), named_for, distance)
    problems = tuple(Problem(item.name, remark) for remark in source.remarks)
    return SourceFile(item.name, sha256, source.cells, problems, None, named_for, distance)


# What systems, browsers and students add to a name that was taken already.
_SUFFIX: Final = re.compile(
    r"(_?\(\d+\)|_copy(_?\(?\d+\)?)?|_\d+|_v(ersion)?_?\d+"
    r"|_(final|solutions?|submission|done|completed?|answers?|checkpoint))$"
)


def match_name(stem: str, known: Iterable[str], student: str = "") -> tuple[str, int] | None:
    """The assignment that a file's stem names, with the distance as in `SourceFile`; None where it names none.

    The exact name comes first, so that an assignment called "lab-2" is never taken for a second try at "lab".
    """
    assignments = sorted(known)
    if len(stem) > LONGEST_STEM:
        return None
    if stem in assignments:
        return stem, 0
    plain = _plain_names(tuple(assignments))
    own = _plain(student) if len(student) <= LONGEST_STEM else ""
    bare = _plain(stem)
    candidates = {bare: 1}
    if own:
        candidates = candidates | {bare.removeprefix(f"{own}_"): 3, bare.removesuffix(f"_{own}"): 3} | candidates
    for candidate, distance in candidates.items():
        for tries, shorter in enumerate(_shortened(candidate)):
            if shorter in plain:
                return plain[shorter], max(distance, 2 if tries else 1)
    return None


@cache
def _plain_names(assignments: tuple[str, ...]) -> dict[str, str]:
    """The assignments by their plain names; of two with the same, the first."""
    return {_plain(name): name for name in reversed(assignments)}


def _shortened(name: str) -> Iterator[str]:
    """`name`, then `name` without its last usual suffix, and so on."""
    yield name
    while (shorter := _SUFFIX.sub("", name)) != name:
        yield (name := shorter)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFKC", name).casefold()).strip("_")


def _is_named(name: str, known: tuple[str, ...]) -> bool:
    return match_name(intake.stem_of(name), known) is not None
