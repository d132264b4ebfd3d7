"""nbgrader: `submitted/{student}/{assignment}/{notebook}.ipynb` with a `timestamp.txt` beside it; the course's root
holds `gradebook.db` or `nbgrader_config.py` besides.
"""

from __future__ import annotations

from typing import Final

from grader import intake
from grader.errors import Unreadable
from grader.layouts.handin import Found, Handin, Look, Part, inside
from grader.places import Place

SUBMITTED: Final = "submitted"
ROOT: Final = frozenset({"gradebook.db", "nbgrader_config.py", "source", "release"})
TIMESTAMP: Final = "timestamp.txt"
LIMIT: Final = 1 << 20


def read(look: Look) -> Found:
    """The submissions of a course, or of its tree `submitted`."""
    entries = {entry.name: entry for entry in look.visible}
    inner = entries.get(SUBMITTED)
    if inner is not None and inner.folder and ROOT & entries.keys():
        place = look.place.within(SUBMITTED)
        found = _tree(Look(place, tuple(place.entries()[0]), look.known))
        return Found(found.handins, found.strays, sure=True, place=place)
    return _tree(look)


def _tree(look: Look) -> Found:
    """A tree of students; every submission of an ordinary one would hardly have a timestamp."""
    handins, strays = [], []
    sure = True
    for entry in look.visible:
        times = _times(look.place, entry.name) if entry.folder else None
        if times is None:
            strays.append(entry.name)
            continue
        sure = sure and all(times.values())
        student = intake.shown(entry.name)
        told = {intake.shown(name): time for name, time in times.items() if time}
        last = max(times.values()) or None
        handins.append(Handin(student, {"nbgrader": student}, (Part(entry.name),), submitted=last, times=told))
    return Found(handins, strays, sure and bool(handins))


def _times(place: Place, student: str) -> dict[str, str] | None:
    """When each of a student's assignments was handed in, "" where that is not told; None for what is no student's
    folder: it holds nothing but folders, one at least.
    """
    entries = inside(place, student)
    if entries is None:
        return {"": ""}
    visible = [entry for entry in entries if not intake.is_noise(entry.name)]
    if not visible or not all(entry.folder for entry in visible):
        return None
    return {entry.name: _time(place.within(student), entry.name) for entry in visible}


def _time(student: Place, assignment: str) -> str:
    files = {entry.name for entry in inside(student, assignment) or () if not (entry.folder or entry.special)}
    if TIMESTAMP not in files:
        return ""
    try:
        text = student.within(assignment).read(TIMESTAMP, LIMIT).decode("utf-8", "replace").strip()
    except (Unreadable, OSError):
        return ""
    return intake.shown(text.partition("\n")[0][:64])
