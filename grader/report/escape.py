"""Hostile text made safe to show: one function for what people read, one for CSV, one for what only has to be UTF-8.

Student ids, file names, messages and values are arbitrary text. HTML and rich markup are escaped by their own libraries
(autoescape, `Text` objects); what those let through is dealt with here: control characters and terminal sequences,
direction overrides that make text read as something else, lone surrogates that no file can hold, and sheer length.
"""

from __future__ import annotations

import re
from typing import Final

LIMIT: Final = 4000
"""Characters of one piece of text that a report shows."""

_SURROGATE = re.compile("[\ud800-\udfff]")

# C0 and C1 controls except tab and newline; the direction marks, embeddings, overrides and isolates; line and paragraph
# separators; zero-width space and joiners of words; language tags and noncharacters, which no font shows.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff\U000e0000-\U000e007f]"
)

_FORMULA = re.compile("'*[=+\\-@\t\r\n]")


def encodable(text: str) -> str:
    r"""`text` with every lone surrogate spelled out (`\udc80`), so that it can be written as UTF-8."""
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain(text: str, limit: int = LIMIT) -> str:
    r"""`text` as a person may safely read it, at most `limit` characters.

    Tabs and newlines stay. Other control characters become their pictures (ESC is ``␛``), characters that can't be seen
    or that change the reading direction become their numbers (``⟨U+202E⟩``), lone surrogates are spelled out
    (`\udc80`). Markup is left to the renderer's own escaping.
    """
    # Cut before replacing: a megabyte of control characters must not grow eightfold first.
    cut = text[:limit] if len(text) > limit else text
    seen = _UNSEEN.sub(_visible, cut)
    if len(text) > limit or len(seen) > limit:
        return f"{seen[: limit - 1]}…"
    return seen


def line(text: str, limit: int = 200) -> str:
    """`plain` on one line: newlines and tabs become their pictures too."""
    return plain(text, limit).replace("\n", "␊").replace("\t", "␉")


def csv_cell(text: str) -> str:
    """`text` as a CSV cell that no spreadsheet takes for a formula.

    A leading ``=``, ``+``, ``-``, ``@``, tab, CR or LF is put behind an apostrophe. So is one that stands behind
    apostrophes already, which keeps different ids different.
    """
    text = encodable(text)
    return f"'{text}" if _FORMULA.match(text) else text


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return f"\\u{code:04x}"
    return f"⟨U+{code:04X}⟩"
