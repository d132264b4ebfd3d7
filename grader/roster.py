"""Who is who: a table in text (CSV), its columns known by their names.

    student id, name, email, github, canvas id, moodle id     any of these, in any order; other columns don't matter
    Student, ID, SIS User ID, SIS Login ID, Section, ...      a gradebook exported from Canvas
    Identifier, Full name, Email address, ...                 a grading worksheet from Moodle, in any language

In results a student is called by the student id, or else by the login, the address, the name, the platform's id.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader import intake, sheet
from grader.errors import UsageError

_HEADERS: Final = {
    "sid": "student id|student|id|sid|student number|number|sis user id|id number|student no|matriculation number",
    "login": "login|username|user name|user|user id|netid|net id|sis login id|login id",
    "name": "name|full name|student name|display name",
    "first": "first name|given name|firstname",
    "last": "last name|surname|family name|lastname",
    "email": "email|e mail|email address|e mail address|mail",
    "github": "github|github username|github user|github login",
    "canvas": "canvas|canvas id|canvas user id",
    "moodle": "moodle|moodle id|participant|participant id",
    "identifier": "identifier",
}
_KINDS: Final = {name: kind for kind, names in _HEADERS.items() for name in names.split("|")}
KNOWN: Final = "student id, login, name, email, github, canvas id, moodle id"
CALLED: Final = ("sid", "login", "email", "name", "github", "canvas", "moodle")
"""What a student is called by, the first that there is."""
# What a platform's id is looked up as; the surest comes first.
_LOOKED_UP: Final = {
    "canvas": ("canvas",),
    "moodle": ("moodle",),
    "github": ("github", "login"),
    "sid": ("sid",),
    "nbgrader": ("sid", "login", "email"),
    "email": ("email",),
    "plain": ("sid", "login", "email", "github", "name"),
    "name": ("name",),
    "slug": ("slug",),
}
WORKSHEET: Final = 7
"""Columns that a worksheet has at least."""
_PARTICIPANT: Final = re.compile(r"\D*?(\d+)")


@dataclass(frozen=True)
class Person:
    """Somebody on the roster: what results call the student, and every other name by its kind."""

    student: str
    ids: Mapping[str, str]


@dataclass
class Roster:
    """Everybody in a course."""

    people: list[Person]
    _index: dict[tuple[str, str], Person | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person in self.people:
            for key in set(_keys(person)):
                # What two people are called tells neither.
                self._index[key] = None if key in self._index else person

    @property
    def logins(self) -> list[str]:
        """The names of all on GitHub."""
        return [person.ids["github"] for person in self.people if "github" in person.ids]

    def find(self, ids: Mapping[str, str]) -> Person | None:
        """Who has these ids; None where they are nobody's, or fit several."""
        for kind, looked_up in _LOOKED_UP.items():
            for other in looked_up if kind in ids else ():
                person = self._index.get((other, _compared(other, ids[kind])))
                if person is not None:
                    return person
        return None


def read(path: Path) -> Roster:
    """The roster in a file. Raises UsageError for one that names nobody, or two people by one id."""
    table = sheet.read(path)
    told = intake.shown(str(path))
    columns = _canvas(table) or _moodle(table) or _named(table)
    if not columns:
        raise UsageError(f"{told} has no column that says who is who: name its columns, such as {KNOWN}")
    people: dict[str, Person] = {}
    for row in range(1, len(table.rows)):
        ids = _ids(table, row, columns)
        student = next((ids[kind] for kind in CALLED if kind in ids), "")
        if not student:
            continue
        if student in people and people[student].ids != ids:
            raise UsageError(f"{told} has two rows for {student}: give each student an id of their own")
        people[student] = Person(student, ids)
    if not people:
        raise UsageError(f"{told} names nobody")
    return Roster(list(people.values()))


# --- columns ----------------------------------------------------------------------------------------------------------


def _canvas(table: sheet.Sheet) -> dict[str, int]:
    """The columns of a gradebook: its first are the names, "ID" follows, "Section" ends what is told of a student."""
    header = [cell.strip() for cell in table.header]
    if "ID" not in header or "Section" not in header or header[0] not in {"Student", "LastName"}:
        return {}
    columns = {"canvas": header.index("ID")}
    columns |= {"name": 0} if header[0] == "Student" else {"last": 0, "first": 1}
    wanted = {"sid": "SIS User ID", "login": "SIS Login ID"}
    return columns | {kind: header.index(title) for kind, title in wanted.items() if title in header}


def _moodle(table: sheet.Sheet) -> dict[str, int]:
    """The columns of a worksheet, whose titles are in the site's language: each row begins with one word and a number
    of its own, and one column is the maximum grade; the name follows, if any, and the address is known by its "@".
    """
    body = [row for row in table.rows[1:] if any(row)]
    found = [re.fullmatch(r"(\D+?)(\d+)", row[0].strip()) for row in body]
    words = {match[1] for match in found if match}
    if not body or None in found or len(words) != 1 or not words.pop().strip() or len(table.header) < WORKSHEET:
        return {}
    if not any(_same_number([row[c] for row in body if len(row) > c]) for c in range(2, len(table.header))):
        return {}
    columns = {"moodle": 0}
    email = _first(c for c in range(1, len(table.header)) if any("@" in r[c] for r in body if len(r) > c))
    if email is None:
        return columns
    return columns | {"name": 1, "email": email} | ({"sid": 2} if email == 3 else {})


def _same_number(cells: list[str]) -> bool:
    return len(set(cells)) == 1 and bool(re.fullmatch(r"\d+(?:[.,]\d+)?", cells[0].strip()))


def _named(table: sheet.Sheet) -> dict[str, int]:
    """Columns by what they are called; of two of a kind the one whose name stands first in the list above."""
    columns: dict[str, int] = {}
    names = list(_KINDS)
    header = [re.sub(r"[\s_\-.]+", " ", cell).strip().casefold() for cell in table.header]
    for name in sorted(set(header) & _KINDS.keys(), key=names.index):
        columns.setdefault(_KINDS[name], header.index(name))
    if "identifier" in columns:  # of a list of GitHub Classroom
        columns.setdefault("sid", columns.pop("identifier"))
    return columns


def _first(columns: Iterator[int]) -> int | None:
    return next(columns, None)


def _ids(table: sheet.Sheet, row: int, columns: Mapping[str, int]) -> dict[str, str]:
    """What a row says of somebody."""
    ids = {kind: table.cell(row, column).strip() for kind, column in columns.items()}
    first, last = ids.pop("first", ""), ids.pop("last", "")
    if first or last:
        ids.setdefault("name", f"{last}, {first}" if first and last else first or last)
    if "canvas" in ids and not ids["canvas"].isdecimal():
        return {}  # the row of the points possible
    if "moodle" in ids:
        ids["moodle"] = (found[1] if (found := _PARTICIPANT.fullmatch(ids["moodle"])) else "") or ""
    if "@" in ids.get("login", ""):
        ids.setdefault("email", ids["login"])
    return {kind: intake.shown(value) for kind, value in ids.items() if value}


# --- looking up -------------------------------------------------------------------------------------------------------


def _keys(person: Person) -> Iterator[tuple[str, str]]:
    for kind, value in person.ids.items():
        yield kind, _compared(kind, value)
    if name := person.ids.get("name"):
        for order in _orders(name):
            yield "name", _compared("name", order)
            yield "slug", _compared("slug", order)


def _orders(name: str) -> list[str]:
    """A name with the family name last and first; without a comma any word may begin it."""
    last, comma, first = name.partition(",")
    if comma:
        return [name, f"{first.strip()} {last.strip()}"]
    words = name.split()
    return [" ".join([*words[i:], *words[:i]]) for i in range(max(1, len(words)))]


def _compared(kind: str, value: str) -> str:
    """What two spellings have in common that mean the same."""
    if kind in {"canvas", "moodle", "sid"}:
        return value
    folded = unicodedata.normalize("NFKC", value).casefold()
    if kind == "name":  # what Moodle leaves out of a file's name
        folded = re.sub(r"[&<>\"`|':\\/]", "", folded)
    return re.sub(r"\W", "", folded) if kind == "slug" else " ".join(folded.split())
