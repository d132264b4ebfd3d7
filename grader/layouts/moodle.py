"""Moodle: folders `{name}_{participant}_assignsubmission_file`, or in the older flat form files that begin so; the
online text lies in `..._assignsubmission_onlinetext`. In blind marking the name is "Participant", in teams it is the
group's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from grader import intake
from grader.layouts.handin import Found, Handin, Look, Part

_ENTRY: Final = re.compile(
    r"(?P<name>.*?)(?:_(?P<participant>\d+))?_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<called>.*))?", re.DOTALL
)
BLIND: Final = frozenset({"participant"})
"""What Moodle calls everybody where marking is blind, in English."""


def read(look: Look) -> Found:
    """The submissions of a download. Its names can be nothing else."""
    of: dict[tuple[str, str], list[Part]] = defaultdict(list)
    strays = []
    for entry in look.visible:
        match = _ENTRY.fullmatch(entry.name)
        if match is None or entry.special or not (entry.folder or match["called"]):
            strays.append(entry.name)
            continue
        called = "" if entry.folder else match["called"]
        of[match["name"], match["participant"] or ""].append(Part(entry.name, called, match["kind"] == "onlinetext"))
    return Found([_handin(*who, tuple(parts)) for who, parts in of.items()], strays, bool(of))


def _handin(name: str, participant: str, parts: tuple[Part, ...]) -> Handin:
    ids = {"moodle": participant} if participant else {}
    if name.lower() not in BLIND:
        ids["name"] = intake.shown(name)
    return Handin(intake.shown("_".join(filter(None, (name, participant)))), ids, parts)
