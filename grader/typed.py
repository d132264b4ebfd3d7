"""What a student typed into a platform's text box: a page in HTML, from which Python is read as it was meant."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from grader.decoding import decode
from grader.errors import Unreadable

_BREAKS: Final = frozenset("address blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul".split())
_UNSEEN: Final = frozenset({"script", "style", "title"})
# Not html.parser: on pages made for it, that takes time that grows with the square of their length.
_PIECE: Final = re.compile(
    r"<(?P<end>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)(?![A-Za-z0-9])[^<>]*>|<![^<>]*>|(?P<text>[^<]+|<)"
)
_CODE: Final = re.compile(r"(?:import|from|def|class|async def)\s+\w|@\w|#|\w+\s*=[^=]")
_DEFINES: Final = re.compile(r"^[ \t]*(?:async\s+def|def|class)\s+\w", re.MULTILINE)


def code(page: bytes) -> str | None:
    """The Python in a page, from its first line of code on; None where nothing is defined in it.

    What stands before that is the platform's heading, or a greeting.
    """
    try:
        text, _ = decode(page)
    except Unreadable:
        return None
    lines = _lines(text)
    first = next((i for i, line in enumerate(lines) if _CODE.match(line)), len(lines))
    found = "\n".join(lines[first:]).rstrip() + "\n"
    return found if _DEFINES.search(found) else None


def _lines(page: str) -> list[str]:
    """A page's text as a browser shows it: lines where blocks and breaks are, spaces where they count."""
    lines: list[str] = []
    line: list[str] = []
    preformatted = unseen = 0
    for match in _PIECE.finditer(_without_comments(page)):
        if (tag := (match["tag"] or "").lower()) and not unseen and tag in _BREAKS and (line or tag == "br"):
            lines.append("".join(line))
            line = []
        step = -1 if match["end"] else 1
        preformatted = max(0, preformatted + step * (tag == "pre"))
        unseen = max(0, unseen + step * (tag in _UNSEEN))
        if not match["text"] or unseen:
            continue
        text = unescape(match["text"])
        if preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            for more in rest:
                lines.append("".join([*line, first]))
                line, first = [], more
        else:
            # White space of the page's own is one space, and none where a line begins.
            first = re.sub(r"[ \t\r\n\f]+", " ", text)
            first = first if line else first.lstrip(" ")
        line += [first] if first else []
    # Editors indent by spaces that don't break.
    return [text.replace("\u00a0", " ").rstrip() for text in (*lines, "".join(line))]


def _without_comments(page: str) -> str:
    first, *rest = page.split("<!--")
    return first + "".join(piece.partition("-->")[2] for piece in rest)
