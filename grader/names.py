"""Folder names made from student ids: safe on Linux, macOS and Windows, and each of another student.

The rule, so that a name can be told from the id alone in nearly every class:

- An id that is a safe name everywhere is its own folder name ("ada", "李雷", "Ada Lovelace").
- Any other id has what is unsafe replaced by "_" (or is cut), then "--" and a hash of the exact id:
  "a/b" has "a_b--c14cddc033f6".
- An id that looks as if it had such a hash already counts as unsafe, so that nobody can take another's name.
- Ids that a file system may take for one another (they differ in case or Unicode form) get a hash each, but for the
  one that is written in lower case and composed form: "ada" stays "ada" whoever else is in the class, and "Ada" becomes
  "Ada--..." only where another spelling is in it too. This is the only influence of the class on a name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

MAX_BYTES: Final = 80
COMPARED: Final = 1_000
"""Characters of a name that is compared with others by more than itself: no file system has longer ones."""

_HASHED: Final = re.compile(r"--[0-9a-f]{12,}$")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$|clock\$)\s*(\.|$)")
# Separators and wildcards of any of the three systems; "~" because Windows answers to short names such as ADALOV~1.
_FORBIDDEN: Final = frozenset('<>:"/\\|?*~')
# Control, format (macOS may skip a zero-width character when it compares), surrogate, private and unassigned
# characters, line and paragraph separators.
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_names(students: Iterable[str]) -> dict[str, str]:
    """A folder name for each student: at most 80 bytes of UTF-8, safe, and unique whatever the file system compares.

    The order and repetition of `students` make no difference; the module's docstring has the rule.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for student in sorted(set(students)):
        groups[_compared(student)].append(student)
    plain: list[str] = []
    hashed: list[str] = []
    for group in groups.values():
        for student in group:
            alone = len(group) == 1 or student == unicodedata.normalize("NFC", student).lower()
            (plain if alone and _is_safe(student) else hashed).append(student)
    # Two lower-case spellings that compare alike ("ß" and "ss") are left over by the rule above.
    kept: dict[str, list[str]] = defaultdict(list)
    for student in plain:
        kept[_compared(student)].append(student)
    hashed += [student for group in kept.values() if len(group) > 1 for student in group]
    names = {group[0]: group[0] for group in kept.values() if len(group) == 1}
    short = {student: _hashed(student, 12) for student in hashed}
    # Twelve digits can be made to collide on purpose, forty can't.
    unique = len({_compared(name) for name in short.values()}) == len(short)
    return names | (short if unique else {student: _hashed(student, 40) for student in hashed})


def _compared(name: str) -> str:
    """A key that is equal wherever some file system takes two names for one (and in a few more cases)."""
    if len(name) > COMPARED:
        return name  # it gets a hash whatever it is like, and thousands of combining marks take their square to order
    # Case and form act on each other, hence the second pass.
    once = unicodedata.normalize("NFKC", name).upper().casefold()
    return unicodedata.normalize("NFKC", once).upper().casefold()


def _is_safe(name: str) -> bool:
    return name == _replaced(name) and not _HASHED.search(_compared(name)) and _bytes(name) <= MAX_BYTES


def _replaced(name: str) -> str:
    """`name` with "_" for whatever is unsafe; itself when nothing is."""
    kept = "".join("_" if c in _FORBIDDEN or unicodedata.category(c) in _FORBIDDEN_CATEGORIES else c for c in name)
    # A leading dot hides, a leading hyphen reads as an option; Windows drops dots and spaces from the end.
    kept = re.sub(r"^[\s.-]|[\s.]$", "_", kept) or "_"
    return f"_{kept}" if _RESERVED.match(_compared(kept)) else kept


def _hashed(student: str, digits: int) -> str:
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
    room = MAX_BYTES - digits - 2
    cut = _replaced(student).encode()[:room].decode("utf-8", "ignore")
    return f"{cut}--{digest}"


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))
