"""GitHub Classroom: a folder of clones `{assignment}-{user}`, each with its `.git`; downloads of a branch, folders or
zips `{assignment}-{user}-main`, are read only when the layout is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from grader import intake
from grader.layouts.handin import Found, Handin, Look, Part, inside
from grader.places import Entry

_LOGIN: Final = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*-?")
_BRANCHES: Final = ("-main", "-master")


def read(look: Look) -> Found:
    """The repositories of a class."""
    repositories = [entry for entry in look.visible if _may_be_one(entry)]
    strays = [entry.name for entry in look.visible if not _may_be_one(entry)]
    names = {entry.name: _bare(entry) for entry in repositories}
    if len(set(names.values())) < len(names):  # a clone and its download
        return Found([], strays)
    if branch := next((b for b in _BRANCHES if names and all(name.endswith(b) for name in names.values())), ""):
        names = {entry: name.removesuffix(branch) for entry, name in names.items()}
    prefix = _prefix(look, sorted(names.values())) if names else ""
    if not prefix:
        return Found([], strays)
    handins = []
    for entry, name in names.items():
        user = name.removeprefix(prefix)
        if _LOGIN.fullmatch(user):
            handins.append(Handin(user, {"github": user}, (Part(entry),)))
        else:
            strays.append(entry)
    cloned = all(entry.folder and _is_clone(look, entry) for entry in repositories)
    note = f"{prefix} is taken for the assignment's part of each repository's name, what follows for the user's"
    return Found(handins, strays, cloned and len(handins) > 1, notes=(note,))


def _may_be_one(entry: Entry) -> bool:
    return entry.folder or intake.kind_of(entry.name) == "zip"


def _bare(entry: Entry) -> str:
    return entry.name if entry.folder else intake.stem_of(entry.name)


def _is_clone(look: Look, entry: Entry) -> bool:
    return any(inner.name == ".git" for inner in inside(look.place, entry.name) or ())


def _prefix(look: Look, names: Sequence[str]) -> str:
    """The part with its "-" that all names begin with: as the folder says ("hw1-submissions"), or as most users on the
    roster have it, or else the longest.
    """
    first, last = names[0], names[-1]  # sorted: what these two share, all do
    common = next((first[:i] for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), first)
    prefixes = [common[: match.end()] for match in re.finditer("-", common) if match.end() < min(map(len, names))]
    said = f"{look.name.removesuffix('-submissions')}-"
    if said in prefixes:
        return said

    def on_roster(prefix: str) -> int:
        return sum(name.removeprefix(prefix).lower() in look.logins for name in names)

    return max(prefixes, key=lambda prefix: (on_roster(prefix), len(prefix)), default="")
