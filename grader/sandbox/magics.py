"""Notebook syntax that is not Python: magics, shell escapes and help, taken out with the line numbers kept.

Used only on a source that does not parse as it is, and only where a logical line begins, so that `%` and `!` inside an
expression or a string stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_KEEPS_BODY: Final = frozenset({"time", "timeit", "capture", "prun", "snakeviz", "memit", "mprun", "lprun", "heat"})
_RUNS_REST: Final = re.compile(r"%(?:time|prun)\s+(?=\S)")
# No two repetitions that may take the same white space: a long run of it would cost its square.
_HELP: Final = re.compile(r"(?:\?{1,2}\s*[\w.*%]+|%{0,2}[\w.*\[\]]+\s*\?{1,2})\s*(?:;\s*)?$")
_ASSIGNED: Final = re.compile(r"(?P<target>[A-Za-z_][\w.,\s\[\]'\"]*)=\s*[!%]")
_TRIPLE: Final = re.compile(r"[rRbBuUfF]{0,2}('''|\"\"\")")
_BRACKETS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def lines_of(source: str) -> list[str]:
    """The lines of a source as Python counts them: `splitlines` would break one at a page break or U+2028 as well."""
    return source.removesuffix("\n").split("\n")


def neutralise(source: str) -> tuple[str, list[tuple[int, str]]]:
    """`source` without notebook syntax, and what was passed over as (line, text)."""
    lines = lines_of(source)
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    passed: list[tuple[int, str]] = []
    if first is not None and lines[first].startswith("%%") and not _HELP.match(lines[first]):
        passed.append((first + 1, lines[first].strip()))
        name = re.match(r"%%(\w*)", lines[first])
        if name is None or name[1] not in _KEEPS_BODY:
            return "\n" * len(lines), passed
        lines[first] = ""
    kept = list(_lines(lines, passed))
    return "\n".join(kept) + "\n", passed


def _lines(lines: list[str], passed: list[tuple[int, str]]) -> Iterator[str]:
    scanner = Scanner()
    in_escape = False
    for number, line in enumerate(lines, 1):
        if in_escape:
            in_escape = line.rstrip().endswith("\\")
            yield ""
            continue
        kept = line
        if scanner.at_start and (replaced := _replacement(line)) is not None:
            passed.append((number, line.strip()))
            in_escape = line.rstrip().endswith("\\")
            kept = replaced
        scanner.feed(kept)
        yield kept


def _replacement(line: str) -> str | None:
    """What stands for a line of notebook syntax; None where the line is Python."""
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    if running := _RUNS_REST.match(text):
        return indent + text[running.end() :]
    if text.startswith(("%", "!", "?")) or _HELP.match(text):
        return indent + "pass"
    if assigned := _ASSIGNED.match(text):
        return f"{indent}{assigned['target'].rstrip()} = []"
    return None


class Scanner:
    """Follows brackets, strings and continuations from line to line, to know where a logical line begins."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def at_start(self) -> bool:
        """Whether a logical line begins with the next line."""
        return not (self._depth or self._quote or self._continued)

    def feed(self, line: str) -> None:
        """Take the next line."""
        place = 0
        self._continued = False
        while place < len(line):
            place = self._in_string(line, place) if self._quote else self._in_code(line, place)
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""  # a plain string ends with its line

    def _in_string(self, line: str, place: int) -> int:
        if line[place] == "\\":
            return place + 2
        if line.startswith(self._quote, place):
            place += len(self._quote)
            self._quote = ""
            return place
        return place + 1

    def _in_code(self, line: str, place: int) -> int:
        char = line[place]
        if char == "#":
            return len(line)
        if triple := _TRIPLE.match(line, place):
            self._quote = triple[1]
            return triple.end()
        if char in "'\"":
            self._quote = char
        elif char == "\\" and place == len(line.rstrip()) - 1:
            self._continued = True
        else:
            self._depth = max(0, self._depth + _BRACKETS.get(char, 0))
        return place + 1
