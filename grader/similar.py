"""`grader similar`: which submissions have code in common, as evidence for a person to look at and never as a verdict.

Nothing here runs a submission, touches a mark or uses a network. Files are read as `grade` reads them, reduced to their
code (similar_code.py) and compared (similar_pairs.py); the stubs' text and what very many wrote is left out.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from grader import roster, similar_pairs
from grader.assignment import Assignment
from grader.catalogue import BUILT_IN, Catalogue, open_course
from grader.errors import AssignmentError
from grader.similar_code import SOURCE_LIMIT, code_of
from grader.similar_pairs import Entry, Hashes, Match
from grader.submission import Located, SourceFile, find

WARNING: Final = (
    "Likeness is a reason to look and no proof. One task and one set of notes make people write alike, and in short "
    "assignments everybody does. Look at both sources and ask both people before you conclude anything. No mark "
    "depends on this, and nothing has left this machine."
)
COMMON: Final = 10
"""Files that may hold a passage before it counts as everybody's; in a large class it is a tenth of the files."""
Each = Callable[[Sequence[Located]], Iterable[Located]]
_DEFINED: Final = re.compile(r"^[ \t]*(?:def|class)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Options:
    """What is asked for; `common` of None is a tenth of the files, or COMMON."""

    submissions: Path
    assignments: tuple[str, ...] = ()
    course: Path | None = None
    layout: str | None = None
    roster: Path | None = None
    pairs: int = 50
    common: int | None = None
    seconds: float = 600


@dataclass(frozen=True)
class Side:
    """One file of a pair: its source, the share of its own code that is common, and the lines, from 0, that hold it."""

    student: str
    file: str
    share: float
    source: str
    lines: frozenset[int]


@dataclass(frozen=True)
class Survey:
    """What was found: the pairs, most alike first, and what has to be said of how they were found."""

    pairs: tuple[tuple[Side, Side], ...]
    students: int
    files: int
    compared: int
    common: int
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was not compared, and why."""


@dataclass
class _Read:
    """What was read of a class. Sources are kept packed: a class of thousands fits into memory."""

    entries: list[Entry] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held: int = 0


def survey(options: Options, each: Each = iter) -> Survey:
    """Compare a class; `each` may show how far it is.

    Raises UsageError for submissions or names that aren't there, AssignmentError where a stub can't be read.
    """
    deadline = time.monotonic() + options.seconds
    course = open_course(options.course)
    chosen = course.load_all(options.assignments)
    known = roster.read(options.roster) if options.roster else None
    listing = find(options.submissions, course.names(), options.layout, known)
    asked = frozenset(options.assignments) and _Asked.of(chosen)
    read = _read(listing.students, asked or None, _given(chosen, course), deadline, each)
    common = options.common or max(COMMON, len(read.entries) // 10)
    found = similar_pairs.compare(read.entries, common, options.pairs, deadline)
    if found.ended:
        read.notes.append(f"the {options.seconds:g} seconds of --time ran out: some pairs were not compared")
    return Survey(
        pairs=tuple(_pair(match, read) for match in found.matches),
        students=len(listing.students),
        files=len(read.entries),
        compared=found.compared,
        common=common,
        remarks=listing.remarks,
        notes=tuple(read.notes),
    )


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """The assignments that were named, and what they ask for."""

    names: frozenset[str]
    functions: frozenset[str]

    @classmethod
    def of(cls, assignments: Mapping[str, Assignment]) -> _Asked:
        """What files must be named for, or define, to be of these assignments."""
        asked = (name for a in assignments.values() for name in (*a.functions, *a.classes))
        return cls(frozenset(assignments), frozenset(asked))

    def has(self, file: SourceFile, source: str) -> bool:
        """Whether a file answers one of them: by its name, or else by a function. Nothing is run to tell."""
        if file.named_for is not None:
            return file.named_for in self.names
        return not self.functions.isdisjoint(_DEFINED.findall(source))


def _given(assignments: Mapping[str, Assignment], course: Catalogue = BUILT_IN) -> Hashes:
    """The fingerprints of what the course hands out: stubs and provided modules."""
    found = [similar_pairs.hashes(code_of(text).text) for text in _handed_out(assignments, course)]
    return np.unique(np.concatenate(found)) if found else np.array([], dtype=np.int64)


def _handed_out(assignments: Mapping[str, Assignment], course: Catalogue) -> Iterator[str]:
    for name, assignment in assignments.items():
        path = course.folder(name) / "stub.py"
        try:
            yield path.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise AssignmentError(f"{path} can't be read: {error}; students start from it") from error
        yield from (module.source for module in assignment.modules)


def _read(
    students: Sequence[Located],
    asked: _Asked | None,
    given: Hashes,
    deadline: float,
    each: Each,
) -> _Read:
    read = _Read()
    for number, student in enumerate(each(students)):
        full = read.held >= similar_pairs.ROOM
        if full or time.monotonic() > deadline:
            why = "memory for more fingerprints was full" if full else "time (--time) ran out"
            read.notes.append(f"the {why}: {len(students) - number} of {len(students)} students were not read")
            break
        submission = student.read()
        if not submission.files:
            read.notes += [f"{student.student}: {problem.message}" for problem in submission.problems[-1:]]
        for file in submission.files:
            _add(read, number, student.student, file, asked, given)
    return read


def _add(read: _Read, owner: int, student: str, file: SourceFile, asked: _Asked | None, given: Hashes) -> None:
    """Take up a file, or note why not."""
    source = source_of(file)
    if file.error is None and asked is not None and not asked.has(file, source):
        return
    if file.error is not None:
        read.notes.append(f"{file.name} {file.error}")
    elif len(source) > SOURCE_LIMIT:
        read.notes.append(f"{file.name} has more than {SOURCE_LIMIT >> 10} KiB of source and was not compared")
    else:
        text = code_of(source).text
        hashes = np.setdiff1d(similar_pairs.hashes(text), given, assume_unique=True)
        read.entries.append(Entry(owner, text, hashes))
        read.names.append((student, file.name))
        read.packed.append(zlib.compress(source.encode("utf-8", "surrogatepass"), 1))
        read.held += len(hashes)


def source_of(file: SourceFile) -> str:
    """A file's source as people read it: a notebook's cells one below the other, each under its name."""
    cells = file.cells
    if len(cells) == 1 and not cells[0].name.startswith("cell "):
        text = cells[0].source
    else:
        text = "\n\n".join(f"# {cell.name}\n{cell.source}" for cell in cells)
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- showing ----------------------------------------------------------------------------------------------------------


def _pair(match: Match, read: _Read) -> tuple[Side, Side]:
    one, other = (_side(match, i, read) for i in (0, 1))
    return one, other


def _side(match: Match, which: int, read: _Read) -> Side:
    number = match.files[which]
    student, file = read.names[number]
    source = zlib.decompress(read.packed[number]).decode("utf-8", "surrogatepass")
    lines = code_of(source).lines
    return Side(student, file, match.shares[which], source, _common(lines, match.places[which]))


def _common(lines: Sequence[int], places: Collection[tuple[int, int]]) -> frozenset[int]:
    """The lines of which at least half of the code lies in common passages."""
    total = np.bincount(np.asarray(lines, dtype=np.int64))
    inside = [number for start, end in places for number in lines[start:end]]
    common = np.bincount(np.asarray(inside, dtype=np.int64), minlength=len(total))
    return frozenset(np.flatnonzero((total > 0) & (2 * common >= total)).tolist())
