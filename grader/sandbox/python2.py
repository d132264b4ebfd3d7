"""Python 2's statements, written as Python 3 has them, with the line numbers kept.

Used only on a source that does not parse as it is. Each logical line is looked at alone, so that what is broken
elsewhere does not keep a line from being mended.
"""

from __future__ import annotations

import io
import itertools
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .magics import Scanner, lines_of

_WORTH_A_LOOK: Final = re.compile(r"\b(?:print|exec|raise|except)\b|<>|\b\d+[lL]\b")
_COMPOUND: Final = frozenset("if elif else for while try except finally with class def".split())
_ENDS: Final = frozenset({tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER})
_NO_OPERAND: Final = frozenset(["=", ".", ",", ")", "]", "}", ":", "+=", "==", "!=", "*", "/", "%", "<", ">"])
"""What may follow `print` where it is a name and no statement."""


def modernise(source: str, tab: int = 8) -> tuple[str, list[tuple[int, str]]]:
    """`source` as Python 3 reads it, and what was rewritten: each kind of statement with its first line.

    Tabs in indentations become spaces up to the next multiple of `tab`: 8 is what Python 2 took, 4 what editors show.
    """
    lines: list[str] = []
    found: dict[str, list[int]] = {}
    for start, text in _logical_lines(lines_of(source)):
        indent = text[: len(text) - len(text.lstrip())]
        mended, kinds = _mended(text[len(indent) :])
        if "\t" in indent:
            indent = indent.expandtabs(tab)
        for kind in kinds:
            found.setdefault(kind, []).append(start)
        lines += (indent + mended).split("\n")
    told = [(at[0], kind if len(at) == 1 else f"{kind} ({len(at)} times)") for kind, at in found.items()]
    return "\n".join(lines) + "\n", told


def _logical_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each logical line with the number of its first line; a bracket or string that never closes ends nothing."""
    scanner = Scanner()
    begun: list[str] = []
    for number, line in enumerate(lines, 1):
        begun.append(line)
        scanner.feed(line)
        if scanner.at_start:
            yield number - len(begun) + 1, "\n".join(begun)
            begun = []
    yield from ((len(lines) - len(begun) + 1 + place, line) for place, line in enumerate(begun))


@dataclass(frozen=True)
class _Edit:
    """Put `text` in place of what lies between two places of a logical line."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def _mended(text: str) -> tuple[str, list[str]]:
    """A logical line without its indentation, mended, and what was mended."""
    if not _WORTH_A_LOOK.search(text):
        return text, []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text + "\n").readline))
    except (tokenize.TokenError, SyntaxError):
        return text, []
    tokens = [t for t in tokens if t.type not in {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}]
    edits: list[_Edit] = []
    kinds: list[str] = []
    for statement in _statements(tokens):
        for kind, made in _edits(statement):
            edits += made
            kinds.append(kind)
    return (_edited(text, edits), kinds) if edits else (text, [])


def _statements(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[list[tokenize.TokenInfo]]:
    """The simple statements of a logical line, and the head of a compound one, each with the token that ends it."""
    depth = 0
    statement: list[tokenize.TokenInfo] = []
    for token in tokens:
        statement.append(token)
        depth += (token.string in {"(", "[", "{"}) - (token.string in {")", "]", "}"})
        head = (
            token.string == ":" and statement[0].string in _COMPOUND and "lambda" not in (t.string for t in statement)
        )
        if depth == 0 and (token.string == ";" or head or token.type in _ENDS):
            yield statement
            statement = []


def _edits(statement: list[tokenize.TokenInfo]) -> Iterator[tuple[str, list[_Edit]]]:
    first, after, end = statement[0], statement[1] if len(statement) > 1 else statement[0], statement[-1]
    match first.string:
        case "print":
            if made := _print(first, after, statement):
                yield "a print statement", made
        case "exec" if after.string not in {"(", "=", "."}:
            yield "an exec statement", [_Edit(first.end, after.start, "("), _closing(statement)]
        case "raise" | "except" if commas := _commas(statement):
            comma = commas[0]
            if first.string == "except":
                yield "a comma in except", [_Edit(comma.start, comma.end, " as")]
            else:
                message = _Edit(comma.start, comma.end, "(")
                rest = [_Edit(commas[1].start, end.start, "")] if len(commas) > 1 else []
                close = _Edit(commas[1].start, commas[1].start, ")") if rest else _closing(statement)
                yield "a comma in raise", [message, close, *rest]
    for one, other in itertools.pairwise(statement):
        if (one.string, other.string) == ("<", ">") and one.end == other.start:
            yield "<>", [_Edit(one.start, other.end, "!=")]
        if one.type == tokenize.NUMBER and other.string in {"l", "L"} and one.end == other.start:
            yield "a long number", [_Edit(other.start, other.end, "")]


def _print(first: tokenize.TokenInfo, after: tokenize.TokenInfo, statement: list[tokenize.TokenInfo]) -> list[_Edit]:
    if after.type in _ENDS or after.string == ";":
        return [_Edit(first.end, first.end, "()")]
    if after.string == ">>":
        commas = _commas(statement)
        stop = commas[0] if commas else statement[-1]
        file = " ".join(t.string for t in statement[2 : statement.index(stop)])
        close = _closing(statement)
        comma = ", " if commas else ""
        return [
            _Edit(first.end, stop.end if commas else stop.start, "("),
            _Edit(close.start, close.end, f"{comma}file={file})"),
        ]
    if after.string in _NO_OPERAND or (after.string == "(" and _closes_last(statement)):
        return []
    return [_Edit(first.end, after.start, "("), _closing(statement)]


def _closes_last(statement: list[tokenize.TokenInfo]) -> bool:
    """Whether the bracket that opens after the first token closes where the statement ends."""
    depth = 0
    for place, token in enumerate(statement[1:], 1):
        depth += (token.string in {"(", "[", "{"}) - (token.string in {")", "]", "}"})
        if depth == 0:
            return place == len(statement) - 2
    return True


def _commas(statement: list[tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    found, depth = [], 0
    for token in statement:
        depth += (token.string in {"(", "[", "{"}) - (token.string in {")", "]", "}"})
        if token.string == "," and depth == 0:
            found.append(token)
    return found


def _closing(statement: list[tokenize.TokenInfo]) -> _Edit:
    """A closing bracket after the statement's last word."""
    place = statement[-2].end
    return _Edit(place, place, ")")


def _edited(text: str, edits: list[_Edit]) -> str:
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        (row, column), (last_row, last_column) = edit.start, edit.end
        joined = lines[row - 1][:column] + edit.text + lines[last_row - 1][last_column:]
        # The lines between stay as empty ones within brackets, so that the numbers of those that follow are kept.
        lines[row - 1 : last_row] = [joined, *[""] * (last_row - row)]
    return "\n".join(lines)
