"""Manual marks: points that a person gave to a check, and why, in a file of their own beside the journal.

They survive whatever is graded anew, and `--fresh` too. A mark belongs to the files that it was given to: on others,
and where its check is gone or worth less, it is set aside and told of, never lost.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from grader.errors import StoreError
from grader.report.files import write_atomic
from grader.report.info import number
from grader.result import Check, Manual, Result, decoded

NAME: Final = "manual.json"
SCHEMA: Final = 1


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One manual mark."""

    student: str
    assignment: str
    function: str
    check: str
    points: float
    why: str
    given: str
    """When, in UTC."""
    files: str
    """The hash of the files that it was given to (`files_of`)."""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What it is about: there is one mark a check."""
        return (self.student, self.assignment, self.function, self.check)


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    marks: list[Given]


_decoder: Final = msgspec.json.Decoder(_Document)


def read(folder: Path) -> list[Given]:
    """The manual marks of a run; none where there is no file. Raises StoreError for one that can't be read."""
    path = folder / NAME
    try:
        document = decoded(_decoder, path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):  # whoever makes the folder tells of a file in its place
        return []
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror or error}): it holds the manual marks") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreError(f"{path} is damaged ({error}): it holds the manual marks; mend it or move it away") from error
    if document.schema != SCHEMA:
        raise StoreError(f"{path} has schema {document.schema} and this grader reads {SCHEMA}: use the newer grader")
    return document.marks


def write(folder: Path, marks: Iterable[Given]) -> None:
    """Replace the manual marks of a run. Raises StoreError."""
    ordered = sorted(marks, key=lambda mark: mark.place)
    data = msgspec.json.format(msgspec.json.encode(_Document(schema=SCHEMA, marks=ordered)), indent=2)
    write_atomic(folder / NAME, data + b"\n")


def files_of(result: Result) -> str:
    """A hash of the files that a result is of."""
    sha = hashlib.sha256()
    for file in sorted(result.files, key=lambda file: (file.name.rpartition("/")[2], file.sha256)):
        sha.update(f"{file.sha256}\n".encode())
    return sha.hexdigest()[:16]


# --- applying ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Marks:
    """The manual marks of a run, by student and assignment."""

    all: Sequence[Given] = ()
    _index: Mapping[tuple[str, str], list[Given]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Sequence[Given]) -> Marks:
        """Those of a list."""
        index: dict[tuple[str, str], list[Given]] = defaultdict(list)
        for mark in given:
            index[mark.student, mark.assignment].append(mark)
        return cls(given, index)

    def about(self, result: Result) -> list[Given]:
        """Those for a result's student and assignment."""
        return self._index.get((result.student, result.assignment), [])

    def of_student(self, student: str) -> list[Given]:
        """Those of a student."""
        return [mark for mark in self.all if mark.student == student]

    def applied(self, result: Result) -> Result:
        """The result with the manual marks that fit it."""
        fitting = [mark for mark in self.about(result) if not misfit(mark, result)]
        return apply(result, fitting) if fitting else result


def misfit(mark: Given, result: Result) -> str:
    """Why a manual mark is set aside; empty where it fits."""
    if result.status != "graded":
        return "it is not graded"
    if mark.files != files_of(result):
        return "other files were handed in since"
    check = next((c for c in result.checks if (c.function, c.check) == (mark.function, mark.check)), None)
    if check is None:
        return "the assignment has no such check any more"
    if mark.points > check.max_points:
        return f"the check is worth {number(check.max_points)} now"
    return ""


def apply(result: Result, marks: Sequence[Given]) -> Result:
    """The result with these points in place of its own. What a gradient check earned for its backward goes with it."""
    checks = list(result.checks)
    told = list(result.manual)
    for mark in marks:
        i = next(i for i, c in enumerate(checks) if (c.function, c.check) == (mark.function, mark.check))
        extra = _extra(checks, i)
        automatic = round(checks[i].points + sum(checks[j].points for j in extra), 4)
        for j in extra:
            checks[j] = msgspec.structs.replace(checks[j], points=0.0)
        made = Manual(function=mark.function, check=mark.check, points=mark.points, automatic=automatic, why=mark.why)
        remarks = [remark(made), *checks[i].remarks]
        checks[i] = msgspec.structs.replace(checks[i], points=mark.points, remarks=remarks)
        told.append(made)
    score = round(sum(c.points for c in checks), 4)
    return msgspec.structs.replace(result, checks=checks, score=score, manual=told)


def remark(mark: Manual) -> str:
    """What is said of it beside its check."""
    return f"Marked by hand: {number(mark.points)} instead of {number(mark.automatic)}. {mark.why}"


def told(mark: Given) -> str:
    """A manual mark in a line."""
    return f"{mark.student}, {mark.assignment}, {mark.function}:{mark.check}: {number(mark.points)}. {mark.why}"


def automatic(result: Result) -> float | None:
    """The points without manual marks."""
    if result.score is None:
        return None
    return round(result.score - sum(mark.points - mark.automatic for mark in result.manual), 4)


def _extra(checks: Sequence[Check], i: int) -> list[int]:
    """The gradient checks whose points belong to a backward."""
    if checks[i].check.partition(":")[0] != "backward":
        return []
    return [j for j, c in enumerate(checks) if c.function == checks[i].function and c.points and not c.max_points]


# --- naming a check ---------------------------------------------------------------------------------------------------


def named(text: str, result: Result) -> list[Check]:
    """The checks with points that `text` can mean: FUNCTION:CHECK, or a function or a kind that has only one."""
    worth = [c for c in result.checks if c.max_points]
    wanted = re.sub(r"\s*:\s*", ":", text.strip())
    exact = [c for c in worth if f"{c.function}:{c.check}" == wanted]
    return exact or [c for c in worth if wanted in {c.function, c.check}]
