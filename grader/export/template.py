"""Which row of a platform's table is whose."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from grader.export.marks import Student

Key = tuple[str, str]
"""A kind of name, and a name."""


@dataclass
class Matched:
    """Rows by student, and the students who have none, with the reason where it is not plain absence."""

    rows: dict[str, int] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)


def match(
    students: Iterable[Student], rows: Mapping[int, Iterable[Key]], keys: Callable[[Student], Iterator[Key]]
) -> Matched:
    """Each student's row: that of the first of the student's keys which one row alone has.

    A row that two students fit is neither's.
    """
    index: dict[Key, set[int]] = defaultdict(set)
    for row, keys_of_row in rows.items():
        for key in keys_of_row:
            index[_compared(key)].add(row)
    claims: dict[int, list[str]] = defaultdict(list)
    found = Matched()
    for student in students:
        hits = (index[key] for key in map(_compared, keys(student)) if key[1] and key in index)
        fits: set[int] = next((hit for hit in hits if len(hit) == 1), set())
        for row in fits:
            claims[row].append(student.name)
        if not fits:
            found.unmatched.append(student.name)
    for row, names in claims.items():
        if len(names) == 1:
            found.rows[names[0]] = row
        else:
            found.unmatched += [f"{name} (whose row fits {len(names)} students)" for name in names]
    return found


def _compared(key: Key) -> Key:
    kind, value = key
    if kind not in {"name", "email"}:
        return kind, value.strip()
    return kind, " ".join(re.sub(r"[=\"']", "", unicodedata.normalize("NFKC", value)).casefold().split())
