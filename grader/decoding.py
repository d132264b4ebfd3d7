"""From bytes to text, with a plain word for what is no text at all.

Nothing here parses or runs Python. Whatever the bytes are, the outcome is text with remarks on how it was read, or
`Unreadable` with one line for the student.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from grader.errors import Unreadable

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "a PDF document; hand in the source itself"),
    (b"\x89PNG", "a PNG picture; hand in the source itself"),
    (b"\xff\xd8\xff", "a JPEG picture; hand in the source itself"),
    (b"GIF8", "a GIF picture; hand in the source itself"),
    (b"{\\rtf", "an RTF document; save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel document; save it as plain text"),
    (b"\x1f\x8b", "a gzip archive; hand in a .zip"),
    (b"Rar!", "a RAR archive; hand in a .zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; hand in a .zip"),
    (b"\x7fELF", "a program; hand in the source itself"),
    (b"SQLite format 3", "a database; hand in the source itself"),
    (b"version https://git-lfs", "a Git LFS pointer; hand in the file that it points to"),
)
_PAGE: Final = re.compile(rb"\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|\?xml)", re.IGNORECASE | re.DOTALL)
_COMPILED: Final = re.compile(rb".{2}\r\n\x00\x00|.{2}\r\n[\x01-\x03]\x00\x00\x00", re.DOTALL)


def looks_like(data: bytes) -> str | None:
    """What the first bytes say that `data` is, with advice, where that is neither text nor a notebook."""
    start = data[:4096].removeprefix(codecs.BOM_UTF8)
    if start.startswith(b"PK\x03\x04"):
        office = any(mark in start for mark in (b"[Content_Types].xml", b"word/", b"_rels/"))
        return "a Word or other Office document; save it as plain text" if office else "a zip; name it .zip"
    for magic, what in _MAGIC:
        if start.startswith(magic):
            return what
    if _PAGE.match(start):
        return "a web page; download the raw file instead of saving the page"
    if _COMPILED.match(start):
        return "compiled Python (.pyc); hand in the .py"
    return None


_BOMS: Final = (  # UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLANK: Final = re.compile(rb"[ \t\f]*(#.*)?$")
_CODING: Final = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263's own
# What no source holds: neither white space, nor the page break, nor the escape of terminal colours.
_CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1b"})
# Python's names of the encodings in which an ASCII coding line can be read. Not among them: what turns bytes to bytes,
# what runs escapes (unicode_escape, idna, punycode), UTF-7 (which hides code from the eye), UTF-16 and 32, EBCDIC.
_ENCODINGS: Final = re.compile(
    r"utf-8(-sig)?|ascii|iso8859-\d+|cp(437|7\d\d|8[56]\d|874|9\d\d|1006|1125|125\d)|mac-\w+|koi8-[rtu]|kz1048|ptcp154"
    r"|gb(2312|k|18030)|hz|big5(hkscs)?|shift_jis\w*|euc_\w+|iso2022_\w+|johab|tis-620|hp-roman8"
)


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text in `data` with a line feed for every line ending, and a remark where it was not plain UTF-8.

    Tried in turn: a byte order mark (where Python refuses a coding line that says otherwise, the mark counts), the
    coding line (PEP 263), UTF-8, cp1252. Raises Unreadable for what is not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _marked(data.removeprefix(mark), encoding)
    remarks: list[str] = []
    if b"\x00" in data:
        data = _without_nul(data)
        remarks.append("NUL bytes were taken out")
    if _share_of_controls(data) > 0.02:
        raise Unreadable("is not text: it holds bytes that no source has; hand in the source, saved as UTF-8")
    named = _coding_line(data)
    claimed = _known(named) if named else "utf-8"
    if claimed is None:
        remarks.append(f"its coding line names {named!r:.40}, which is no text encoding that is read here")
    for attempt in dict.fromkeys((claimed or "utf-8", "utf-8")):
        try:
            text = data.decode(attempt)
        except (UnicodeDecodeError, ValueError):  # ValueError: some of Python's decoders answer hostile bytes so
            continue
        if attempt not in {"utf-8", "utf-8-sig"}:
            remarks.append(f"read as {attempt}, as its coding line says")
        elif claimed not in {attempt, None}:
            remarks.append(f"read as UTF-8: it is not the {claimed} that its coding line names")
        return _tidy(text), tuple(remarks)
    # cp1252 leaves five bytes undefined; other encodings have them in comments, where a lost letter costs nothing.
    remarks.append("read as cp1252, since it is not UTF-8; save it as UTF-8 if letters come out wrong")
    return _tidy(data.decode("cp1252", "replace")), tuple(remarks)


def _marked(data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    remarks: tuple[str, ...] = () if encoding == "utf-8" else (f"read as {encoding}, as its byte order mark says",)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            why = f"opens as {encoding} text and breaks off at byte {error.start}; save it as UTF-8"
            raise Unreadable(why) from None
        text = data.decode("cp1252", "replace")
        remarks = ("read as cp1252, since it is not the UTF-8 that its byte order mark says",)
    if "\x00" in text:
        return _tidy(text.replace("\x00", "")), (*remarks, "NUL characters were taken out")
    return _tidy(text), remarks


def _without_nul(data: bytes) -> bytes:
    """`data` without stray NUL bytes, as editors and full disks leave them. Raises Unreadable where they are many."""
    kept = data.replace(b"\x00", b"")
    if not kept.strip():
        raise Unreadable("holds nothing but NUL bytes, as a file does that was cut off while being saved")
    tail = len(data) - len(data.rstrip(b"\x00"))
    if len(data) - len(kept) - tail > len(data) // 100:
        raise Unreadable("is not text: it holds many NUL bytes; if it is UTF-16, save it as UTF-8")
    return kept


def _coding_line(data: bytes) -> str | None:
    """The encoding that the first or second line names; the second counts where the first is blank or a comment."""
    for line in re.split(rb"\r\n|\r|\n", data[:2000], maxsplit=2)[:2]:
        found = _CODING.match(line)
        if found:
            return found[1].decode("ascii", "replace")
        if not _BLANK.match(line):
            return None
    return None


def _known(named: str) -> str | None:
    """Python's name for the encoding, where it is one of those that are allowed."""
    try:
        canonical = codecs.lookup(named).name
    except (LookupError, ValueError):  # ValueError: a name that can't be a module's
        return None
    return canonical if _ENCODINGS.fullmatch(canonical) else None


def _share_of_controls(data: bytes) -> float:
    return 1 - len(data.translate(None, _CONTROLS)) / max(1, len(data))


def _tidy(text: str) -> str:
    """`text` without byte order marks at its start and with a line feed for every line ending."""
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
