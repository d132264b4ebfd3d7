"""Hostile text made safe to show: one function for what people read, one for CSV, one for what only has to be UTF-8.

Student ids, file names, messages and values are arbitrary text. HTML and rich markup are escaped by their own libraries
(autoescape, `Text` objects); what those let through is dealt with here: control characters and terminal sequences,
direction overrides that make text read as something else, lone surrogates that no file can hold, and sheer length.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TextIO

LIMIT: Final = 4000
"""Characters of one piece of text that a report shows."""
STACK: Final = 4
"""Marks on one letter that are drawn; no script needs more, and hundreds reach over the lines above and below."""

_SURROGATE = re.compile("[\ud800-\udfff]")

# C0 and C1 controls except tab and newline; the direction marks, embeddings, overrides and isolates; line and paragraph
# separators; zero-width space and joiners of words; letters without a shape; language tags and noncharacters, which no
# font shows. Joiners and variation selectors belong to emoji and to other scripts: after ASCII they only hide.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff\U000e0000-\U000e007f]"
    "|(?<![^\x00-\x7f\u200c\u200d])[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


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
    seen = _unstacked(_UNSEEN.sub(_visible, cut))
    if len(text) > limit or len(seen) > limit:
        return f"{seen[: limit - 1]}…"
    return seen


def line(text: str, limit: int = 200) -> str:
    """`plain` on one line: newlines and tabs become their pictures too."""
    return plain(text, limit).replace("\n", "␊").replace("\t", "␉")


def csv_cell(text: str) -> str:
    """`text` as a CSV cell that no spreadsheet takes for a formula.

    A leading ``=``, ``+``, ``-``, ``@`` (or one of their wide forms), tab, CR or LF is put behind an apostrophe. So is
    one that stands behind apostrophes already, which keeps different ids different.
    """
    text = encodable(text)
    return f"'{text}" if _FORMULA.match(text) else text


def _unstacked(text: str) -> str:
    """`text` with the marks that stand on a letter beyond `STACK` as their numbers."""
    if text.isascii():
        return text
    shown, marks = [], 0
    for character in text:
        category = unicodedata.category(character)
        if category in {"Mn", "Me"}:
            marks += 1
        elif category != "Cf":  # a joiner does not end the letter
            marks = 0
        shown.append(f"⟨U+{ord(character):04X}⟩" if marks > STACK and category != "Cf" else character)
    return "".join(shown)


def written(stream: TextIO, text: str) -> None:
    """Write one line, whatever the stream's encoding can hold."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return f"\\u{code:04x}"
    return f"⟨U+{code:04X}⟩"
