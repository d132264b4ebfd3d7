"""A process that reads students' notebooks for their pages: which cell defines what, and the cells' text as HTML.

Apart from the grader, since highlighters, markdown readers and Python's own parser may take long, or all memory, over a
hostile text: here that costs one notebook its colours, and nobody else anything. It imports nbconvert, which takes half
a second and 50 MiB that no run without notebooks pays for.

Frames on its standard input and output, each a length of four bytes and MessagePack.
"""

from __future__ import annotations

import ast
import contextlib
import re
import signal
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import FrameType
from typing import IO, Final

import msgspec

from grader.report import formatted as formatted_text
from grader.report.outputs import Output, read_outputs
from grader.sandbox.magics import neutralise
from grader.sandbox.python2 import modernise

CPU_S: Final = 3.0
"""Processor time for one notebook; what is not formatted by then is shown as it is."""
MEMORY: Final = 1 << 30
PARSED_LIMIT: Final = 100_000
"""Characters of a cell that is parsed; in a longer one definitions are searched for line by line."""
PAGE_LIMIT: Final = 4 << 20
"""Characters of HTML and pictures of one notebook; what comes after them is shown as plain text."""


class Cell(msgspec.Struct, array_like=True):
    """A cell to format; `outputs` is JSON, empty where they are not asked for."""

    kind: str
    source: str
    outputs: bytes = b""


class Request(msgspec.Struct, array_like=True):
    """The cells of a notebook, how many of them are shown from the first on, and the names that are looked for.

    A cell beyond those is shown where it defines one of the names.
    """

    cells: list[Cell]
    shown: int
    names: list[str]


class Formatted(msgspec.Struct, array_like=True):
    """A cell as HTML without anything that acts, and its outputs; whether it is just the text."""

    html: str
    outputs: list[Output] = []
    plain: bool = False


class Answer(msgspec.Struct, array_like=True):
    """The cells that are shown, by their place; where each name is defined; whether time or memory was used up."""

    cells: dict[int, Formatted]
    places: dict[str, int]
    late: bool = False


class _Late(BaseException):
    """The time for this notebook is used up."""


def defined_in(cells: Iterable[tuple[int, str]], names: Sequence[str], *, parse: bool = True) -> dict[str, int]:
    """The place of the cell that each of the names has from last, as a notebook run from the top has it."""
    places: dict[str, int] = {}
    for place, source in cells:
        if any(name in source for name in names):
            places.update(dict.fromkeys(set(names).intersection(_bound(source, parse)), place))
    return places


def _bound(source: str, parse: bool) -> set[str]:
    """The names that a cell defines at its top level: functions, classes and what is assigned or imported."""
    statements = _parsed(source) if parse and len(source) <= PARSED_LIMIT else None
    if statements is None:
        return set(re.findall(r"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+(\w+)", source, re.MULTILINE))
    return {name for statement in statements for name in _names(statement)}


def _parsed(source: str) -> list[ast.stmt] | None:
    plain = neutralise(source)[0]
    for text in dict.fromkeys((source, plain, modernise(plain)[0])):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse(text).body
    return None


def _names(statement: ast.stmt) -> Iterator[str]:
    todo: list[ast.AST] = [statement]
    while todo:
        each = todo.pop()
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                pass
            case _:
                todo += ast.iter_child_nodes(each)


def answer(request: Request) -> Answer:
    """What a notebook's page needs."""
    cells = request.cells
    first = range(min(request.shown, len(cells)))
    found = Answer({}, {})
    room = PAGE_LIMIT
    try:
        code = ((place, cell.source) for place, cell in enumerate(cells) if cell.kind == "code")
        found.places = defined_in(code, request.names)
        for place in sorted({*first, *found.places.values()}):
            formatted = Formatted(_html(cells[place]), _outputs(cells[place]))
            room -= len(formatted.html) + sum(len(output.text) + len(output.picture) for output in formatted.outputs)
            if room < 0:
                break
            found.cells[place] = formatted
        rest_of_time(0)
    except (_Late, MemoryError):
        found.late = True
    rest_of_time(0)
    for place in sorted({*first, *found.places.values()}.difference(found.cells)):
        found.cells[place] = Formatted(formatted_text.text_html(cells[place].source), plain=True)
    return found


def _html(cell: Cell) -> str:
    formats = {"code": formatted_text.code_html, "markdown": formatted_text.markdown_html}
    try:
        return formats.get(cell.kind, formatted_text.text_html)(cell.source)
    except Exception:  # noqa: BLE001 - a library may raise anything over a hostile text
        return formatted_text.text_html(cell.source)


def _outputs(cell: Cell) -> list[Output]:
    found = read_outputs(cell.outputs) if cell.outputs else []
    return [Output(formatted_text.without_ansi(output.text), output.picture) for output in found]


# --- the process ------------------------------------------------------------------------------------------------------


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None where the other side is gone."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    data = stream.read(length)
    return data if len(data) == length else None


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Send a frame."""
    stream.write(struct.pack(">I", len(data)))
    stream.write(data)
    stream.flush()


def main() -> None:
    """Answer requests until there are no more; the first frame says what is lacking, if anything."""
    _limit_memory()
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, _up)
    try:
        formatted_text.prepare()
    except ModuleNotFoundError as error:
        write_frame(sys.stdout.buffer, (error.name or "nbconvert").encode())
        return
    write_frame(sys.stdout.buffer, b"")
    decoder = msgspec.msgpack.Decoder(Request)
    while (data := read_frame(sys.stdin.buffer)) is not None:
        rest_of_time(CPU_S)
        write_frame(sys.stdout.buffer, msgspec.msgpack.encode(answer(decoder.decode(data))))


def _up(_number: int, _frame: FrameType | None) -> None:
    raise _Late


def rest_of_time(seconds: float) -> None:
    """Let `answer` go on for so much processor time; for any with 0."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
