"""Canvas: a flat folder of files `{name}[_LATE]_{user id}_{attachment id}_{file}`; the name is in lower case and
without what is no letter, digit or underscore. `{name}..._text.html` is an online text, `..._link.html` a link. In an
anonymous assignment `anon_{id}` stands for both name and user id.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader import intake
from grader.layouts.handin import Found, Handin, Look, Part
from grader.result import Problem

# Counted from the left: what follows the two numbers is the student's own, and may hold anything.
_FILE: Final = r"(?:(?P<attachment>\d+)_(?P<called>.+)|(?P<page>text|link)\.html)"
_NAMED: Final = re.compile(rf"(?P<name>\w*?)(?P<late>_LATE)?_(?P<user>\d+)_{_FILE}", re.DOTALL)
_ANONYMOUS: Final = re.compile(rf"(?P<late>LATE_)?(?P<name>anon)_(?P<user>[0-9A-Za-z]+)_{_FILE}", re.DOTALL)
_AGAIN: Final = re.compile(r"(?P<stem>.+?)(?:-(?P<number>[1-9]\d*))?(?P<suffix>(?:\.\w+)*)", re.DOTALL)
LONG: Final = 4
"""Digits of an id that nobody numbers a handful of files with."""


@dataclass(frozen=True)
class _File:
    """A file's name, taken apart."""

    entry: str
    name: str
    user: str
    late: bool
    attachment: int
    called: str
    page: str

    @property
    def anonymous(self) -> bool:
        return self.name == "anon" and not self.user.isdecimal()


def read(look: Look) -> Found:
    """The submissions of a download."""
    files, strays = [], []
    for entry in look.visible:
        parsed = None if entry.folder or entry.special else _taken_apart(entry.name)
        if parsed is None:
            strays.append(entry.name)
        else:
            files.append(parsed)
    users: dict[str, list[_File]] = defaultdict(list)
    for file in files:
        users[file.user].append(file)
    return Found([_handin(of_user) for of_user in users.values()], strays, _sure(files, look.known))


def _taken_apart(name: str) -> _File | None:
    match = _ANONYMOUS.fullmatch(name) or _NAMED.fullmatch(name)
    if match is None:
        return None
    attachment = int(match["attachment"] or 0)
    called = match["called"] or f"{match['page']}.html"
    return _File(name, match["name"], match["user"], bool(match["late"]), attachment, called, match["page"] or "")


def _sure(files: Sequence[_File], known: Iterable[str]) -> bool:
    """Whether the numbers behave as ids do: an attachment has its own, a user has one name, names differ."""
    attachments = [file.attachment for file in files if not file.page]
    names: dict[str, set[str]] = defaultdict(set)
    for file in files:
        names[file.user].add(file.name)
    different = {name for of_user in names.values() for name in of_user}
    if len(set(attachments)) < len(attachments) or any(len(of_user) > 1 for of_user in names.values()):
        return False
    if all(file.anonymous for file in files):
        return bool(files)
    if different & {re.sub(r"\W", "", name.lower()) for name in known}:
        return False
    long = all(len(file.user) >= LONG and (file.page or file.attachment >= 10 ** (LONG - 1)) for file in files)
    return bool(files) and (long if len(names) == 1 else len(different) > len(names) // 2)


def _handin(files: list[_File]) -> Handin:
    first = files[0]
    tries, problems = _tries(files)
    *earlier, kept = tries
    if first.anonymous:
        name, ids = f"anon_{first.user}", {"canvas anonymous": first.user}
    else:
        name, ids = f"{first.name}_{first.user}".lstrip("_"), {"canvas": first.user, "slug": first.name}

    def made(counted: Sequence[tuple[_File, str]], **more: Any) -> Handin:
        return Handin(
            intake.shown(name),
            {kind: intake.shown(value) for kind, value in ids.items()},
            tuple(Part(file.entry, called, file.page == "text") for file, called in counted),
            order=max(file.attachment for file, _ in counted),
            **more,
        )

    before = (made(t, late=any(f.late for f, _ in t), attempt=i) for i, t in enumerate(earlier, 1))
    late = any(file.late for file in files)
    return made(kept, late=late, attempt=1 + len(problems), problems=tuple(problems), earlier=tuple(before))


def _tries(files: Iterable[_File]) -> tuple[list[list[tuple[_File, str]]], list[Problem]]:
    """The files of each attempt, each with its own name, and a problem for each file that a later one replaces.

    Canvas calls a file that is handed in again `softmax-1.py`. Students call files so as well: it is a later attempt
    only beside a `softmax.py` that was handed in before it.
    """
    again: dict[tuple[str, str], list[tuple[int, _File]]] = defaultdict(list)
    for file in files:
        match = _AGAIN.fullmatch(file.called)
        stem, suffix, number = (match["stem"], match["suffix"], match["number"]) if match else (file.called, "", None)
        again[stem, suffix].append((int(number or 0), file))
    found: list[list[tuple[_File, str]]] = []
    problems: list[Problem] = []
    for (stem, suffix), numbered in again.items():
        tries = [file for _, file in sorted(numbered, key=lambda pair: pair[0])]
        uploads = [file.attachment for file in tries]
        if min(numbered, key=lambda pair: pair[0])[0] or uploads != sorted(set(uploads)):
            found += [[(file, file.called)] for file in tries]
            continue
        found.append([(file, f"{stem}{suffix}") for file in tries])
        for i, file in enumerate(tries[:-1], 1):
            later = f"{intake.shown(tries[-1].entry)} was handed in later"
            text = f"attempt {i} of {len(tries)} is not the one shown here: {later}"
            problems.append(Problem(intake.shown(file.entry), text))
    # A file that was handed in once belongs to every attempt: which of them it came with, no name tells.
    most = max(map(len, found))
    return [[of_file[min(i, len(of_file) - 1)] for of_file in found] for i in range(most)], problems
