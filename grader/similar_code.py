"""What is compared of a source: its code as one line of text in which names, layout and comments don't count.

Students rename variables, move functions, change comments. None of that changes this text: comments, docstrings and
white space go, a string is S, a name is V. What has to be called as it is called stays: Python's own words, and numpy's
names behind a dot, which tell an exponential from a logarithm.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

SOURCE_LIMIT: Final = 64 << 10
"""Characters of a file that is compared: an assignment takes a few thousand."""


@dataclass(frozen=True, slots=True)
class Code:
    """A source's code as text, and the line of the source, from 0, that each of its characters comes from."""

    text: str
    lines: tuple[int, ...]


def code_of(source: str) -> Code:
    """The code in a source, Python or not: what can't be read as Python stays as it is."""
    # Lines end as an editor ends them. Those without code go first: Pygments takes minutes over a file full of them.
    kept = [(number, line) for number, line in enumerate(source.split("\n")) if line.strip()]
    starts, at = [], 0
    for _, line in kept:
        starts.append(at)
        at += len(line) + 1
    pieces: list[str] = []
    lines: list[int] = []
    for index, piece in _pieces("\n".join(line for _, line in kept)):
        pieces.append(piece)
        lines += [kept[bisect_right(starts, index) - 1][0]] * len(piece)
    return Code("".join(pieces), tuple(lines))


def _pieces(source: str) -> Iterator[tuple[int, str]]:
    """The pieces of the code, each with its place in the source."""
    from pygments.token import Comment, Name, String, Text

    before = ""
    for index, kind, value in _lexer().get_tokens_unprocessed(source):
        if kind in Text or kind in Comment or kind in String.Doc:
            continue
        if kind in String:
            piece = "S"
            if before == piece:
                continue
        elif kind in Name and not _stays(kind, value, before):
            piece = "V"
        else:
            piece = value
        yield index, piece
        before = piece


def _stays(kind: Any, name: str, before: str) -> bool:
    from pygments.token import Name

    return (kind in Name.Builtin and kind not in Name.Builtin.Pseudo) or (before == "." and name in _numpy())


@cache
def _lexer() -> Any:
    from pygments.lexers.python import PythonLexer

    return PythonLexer()


@cache
def _numpy() -> frozenset[str]:
    """The public names of numpy, of its arrays and of the two modules that assignments use."""
    import numpy as np

    places = (np, np.ndarray, np.random, np.linalg)
    return frozenset(name for place in places for name in dir(place) if not name.startswith("_"))
