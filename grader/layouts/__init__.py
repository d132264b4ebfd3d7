"""Downloads of learning platforms, recognised by their names: one file a layout.

A layout turns the entries of a place into hand-ins. It is taken for granted only where it explains every entry in a way
that an ordinary folder does not show by chance, and no other layout does; else the folder is an ordinary one.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from grader import intake
from grader.errors import UsageError
from grader.layouts import canvas, github, gradescope, moodle, nbgrader
from grader.layouts.handin import Found, Handin, Layout, Look, Part, inside
from grader.places import Place

__all__ = ["NAMES", "PLAIN", "Found", "Handin", "Look", "Part", "read"]

PLAIN: Final = "plain"
_LAYOUTS: Final[dict[str, Layout]] = {
    "canvas": canvas.read,
    "moodle": moodle.read,
    "gradescope": gradescope.read,
    "nbgrader": nbgrader.read,
    "github": github.read,
}
NAMES: Final = (*_LAYOUTS, PLAIN)


def read(
    place: Place, path: str, asked: str | None = None, known: Collection[str] = (), logins: Collection[str] = ()
) -> tuple[str, Found, Place] | None:
    """The layout of a place, how it understands it and where its entries lie; None for an ordinary folder.

    `asked` forces a layout. Raises UsageError for one that there isn't, or that finds nobody.
    """
    if asked is not None and asked not in NAMES:
        near = difflib.get_close_matches(asked, NAMES, 1)
        raise UsageError(
            f"there is no layout {asked!r}: {f'did you mean {near[0]}?' if near else 'choose ' + ', '.join(NAMES)}"
        )
    if asked == PLAIN:
        return None
    for look in _looks(place, Path(path).resolve(), tuple(sorted(known)), frozenset(map(str.lower, logins))):
        if asked is not None:
            found = _LAYOUTS[asked](look)
            if found.handins:
                return asked, found, found.place or look.place
            continue
        sure = [(name, found) for name, layout in _LAYOUTS.items() if _explains(found := layout(look))]
        if len(sure) == 1:
            name, found = sure[0]
            return name, found, found.place or look.place
    if asked is not None:
        raise UsageError(f"{intake.shown(path)} holds nothing that the layout {asked} knows: leave --layout out")
    return None


def _explains(found: Found) -> bool:
    return found.sure and bool(found.handins) and not found.strays


def _looks(place: Place, path: Path, known: tuple[str, ...], logins: frozenset[str]) -> Iterator[Look]:
    """The place, and the folder in it where it holds nothing else: what a download was packed in."""
    look = Look(place, tuple(place.entries()[0]), known, logins, path.name if path.is_dir() else path.stem)
    yield look
    if len(look.visible) == 1 and look.visible[0].folder:
        name = look.visible[0].name
        yield Look(place.within(name), tuple(inside(place, name) or ()), known, logins, name)
