"""What can be kept of a source that does not parse as a whole.

The source is cut where a line begins in the first column; every piece that parses by itself is kept. So one broken
function costs itself and not the file.
"""

from __future__ import annotations

import ast
import re
from typing import Final

from .magics import lines_of

_MAX_TRIES: Final = 2_000
_MAX_REACH: Final = 30
_CONTINUES: Final = re.compile(r"(?:\s|#|$|\)|\]|\}|else\b|elif\b|except\b|finally\b)")


def salvage(source: str, filename: str) -> list[ast.stmt]:
    """The top-level statements of the pieces of `source` that parse, with their own line numbers."""
    lines = [f"{line}\n" for line in lines_of(source)]
    edges = _edges(lines)
    kept: list[ast.stmt] = []
    tries = 0
    at = 0
    while at < len(edges) - 1 and tries < _MAX_TRIES:
        # A piece may reach over several edges: the text of a docstring can begin in the first column.
        for end in range(at + 1, min(at + 1 + _MAX_REACH, len(edges))):
            tries += 1
            piece = _parsed("".join(lines[edges[at] : edges[end]]), filename)
            if piece is not None:
                kept += ast.increment_lineno(piece, edges[at]).body
                at = end
                break
        else:
            at += 1
    return kept


def _edges(lines: list[str]) -> list[int]:
    edges = []
    decorated = False
    for number, line in enumerate(lines):
        if _CONTINUES.match(line):
            continue
        if not decorated:
            edges.append(number)
        decorated = line.startswith("@")
    return [*edges, len(lines)]


def _parsed(text: str, filename: str) -> ast.Module | None:
    try:
        return ast.parse(text, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
