"""From the bytes of a file to its cells of source: a Python file is one, a notebook has one for each code cell.

Nothing here parses or runs Python: that is done in the box. Whatever the bytes are, the outcome is cells with remarks,
or `Unreadable` with one line for the student.

Notebooks are read here and not by nbformat: importing it takes 0.13 s of a student's self-check, converting and
validating takes many times as long as this, and hostile JSON makes it raise whatever comes up. What grading needs of a
notebook is little and has not changed since format 2: code cells and their source. The tests compare with nbformat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from grader.decoding import decode, looks_like
from grader.errors import Unreadable
from grader.sandbox.wire import Cell

SOURCE_LIMIT: Final = 1 << 20
"""Bytes of a `.py` file, and of the code cells of a notebook together: more takes Python minutes to parse."""
NOTEBOOK_LIMIT: Final = 32 << 20
"""Bytes of a notebook with its outputs."""
CELL_LIMIT: Final = 5_000
MENDED_LIMIT: Final = 50_000
"""Cells of any kind in a notebook that has to be mended cell by cell."""

_OPENING: Final = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"(cells|metadata|nbformat|nbformat_minor|worksheets)"\s*:')

Kind = Literal["python", "notebook"]


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """A cell of a notebook as its reader sees it; `number` counts the code cells from 1, and is 0 for others."""

    kind: str
    """What the file says: "code", "markdown", "raw", "heading"."""
    source: str
    number: int = 0
    outputs: bytes = b"[]"
    """The JSON that the file holds for them."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds: its cells, and what is worth telling about how they were read."""

    cells: tuple[Cell, ...]
    remarks: tuple[str, ...] = ()


def read_source(data: bytes, kind: Kind, name: str = "") -> Source:
    """The source in `data`; a Python file is one cell called `name`. Raises Unreadable with the reason."""
    if not data.strip():
        raise Unreadable("is empty")
    looks = looks_like(data)
    if looks:
        raise Unreadable(f"is not {'a notebook' if kind == 'notebook' else 'Python'}: it looks like {looks}")
    if kind == "notebook":
        return read_notebook(data)
    if _is_notebook(data):
        found = read_notebook(data)
        return Source(found.cells, ("is a notebook in a Python file's name, and was read as one", *found.remarks))
    text, remarks = decode(data)
    if not text.strip():
        raise Unreadable("is empty")
    return Source((Cell(name, text),), remarks)


def _is_notebook(data: bytes) -> bool:
    """Whether `data` opens as a notebook's JSON does; no Python program of any use opens so."""
    return bool(_OPENING.match(data[:4096]))


# --- notebooks --------------------------------------------------------------------------------------------------------

_JSON_PIECES: Final = 2_000_000


class _CellJson(msgspec.Struct, gc=False):
    cell_type: str
    source: msgspec.Raw = msgspec.Raw(b"null")
    input: msgspec.Raw = msgspec.Raw(b"null")  # its name before format 4
    language: str = "python"


class _WholeCellJson(_CellJson, gc=False):
    outputs: msgspec.Raw = msgspec.Raw(b"[]")


class _LanguageJson(msgspec.Struct, frozen=True):
    name: str = ""
    language: str = ""


class _MetadataJson(msgspec.Struct, frozen=True):
    kernelspec: _LanguageJson = _LanguageJson()
    language_info: _LanguageJson = _LanguageJson()


class _NotebookJson(msgspec.Struct):
    """The parts of a notebook that count; everything else (outputs above all) is passed over without being built."""

    cells: list[_CellJson]
    metadata: _MetadataJson = _MetadataJson()


class _WholeNotebookJson(_NotebookJson):
    cells: list[_WholeCellJson]  # type: ignore[assignment]  # nothing is ever put into it


_notebook = msgspec.json.Decoder(_NotebookJson)
_whole_notebook = msgspec.json.Decoder(_WholeNotebookJson)
_metadata = msgspec.json.Decoder(_MetadataJson)
_cell = msgspec.json.Decoder(_CellJson)
_text = msgspec.json.Decoder(str | list[str] | None)


def read_notebook(data: bytes) -> Source:
    """The code cells of a notebook of format 2 to 4, raw and markdown cells left out.

    Cell N is the N-th code cell from the top, empty ones counted: what a reader counts, and not the number in brackets,
    which changes with each run. Raises Unreadable for what is not a notebook, not Python's or over a limit.
    """
    found: list[str] = []
    notebook = _read(data, found, _notebook)
    language = _other_language(notebook.metadata)
    if language:
        raise Unreadable(f"is a notebook for {language[:40]}, not for Python")
    cells = tuple(_code_cells(notebook.cells, found))
    if not cells:
        raise Unreadable("is a notebook without code")
    return Source(cells, tuple(found))


def notebook_cells(data: bytes) -> Iterator[NotebookCell]:
    """Every cell of a notebook in order, numbered as `read_notebook` numbers them. Raises Unreadable as it does.

    A notebook that has to be mended has no outputs here.
    """
    number = 0
    for cell in _read(data, [], _whole_notebook).cells:
        number += cell.cell_type == "code"
        outputs = bytes(cell.outputs) if isinstance(cell, _WholeCellJson) else b"[]"
        yield NotebookCell(cell.cell_type, _source_of(cell) or "", number if cell.cell_type == "code" else 0, outputs)


def _read(data: bytes, remarks: list[str], decoder: msgspec.json.Decoder[Any]) -> _NotebookJson:
    if len(data) > NOTEBOOK_LIMIT:
        raise Unreadable("is over 32 MiB; clear its outputs and hand it in again")
    text, told = decode(data)
    if not text.lstrip().startswith("{"):
        raise Unreadable("is not a notebook: it is not JSON; export it again, or hand in Python as a .py")
    remarks += told
    return _strict(text.encode(), decoder) or _tolerant(text, remarks)


def _code_cells(cells: list[_CellJson], remarks: list[str]) -> Iterator[Cell]:
    code = [cell for cell in cells if cell.cell_type == "code"]
    if len(code) > CELL_LIMIT:
        raise Unreadable(f"has {len(code)} code cells, more than the {CELL_LIMIT} that are read")
    # Escapes make JSON up to six times as long as its text.
    if sum(len(bytes(cell.source)) + len(bytes(cell.input)) for cell in code) > 8 * SOURCE_LIMIT:
        raise Unreadable("has more than 1 MiB of source")
    size = 0
    for number, cell in enumerate(code, 1):
        source = _source_of(cell)
        if source is None:
            remarks.append(f"cell {number} holds no text and was passed over")
        elif cell.language.lower() not in {"python", ""}:
            remarks.append(f"cell {number} is written in {cell.language[:20]} and was passed over")
        elif source.strip():
            size += len(source.encode())
            if size > SOURCE_LIMIT:
                raise Unreadable("has more than 1 MiB of source")
            yield Cell(f"cell {number}", source)


def _source_of(cell: _CellJson) -> str | None:
    try:
        source, before_4 = _text.decode(cell.source), _text.decode(cell.input)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if source is None and isinstance(before_4, list):
        # Format 2 and early 3 left out the line feeds of their lists of lines.
        fed = bool(before_4) and before_4[0].endswith(("\n", "\r"))
        text = ("" if fed else "\n").join(before_4)
    else:
        text = "".join(next((found for found in (source, before_4) if found is not None), ""))
    return cell_text(text)


def cell_text(text: str) -> str:
    """The text of a code cell as it is run: without what editors and systems put into it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").lstrip("\ufeff")


def _strict(data: bytes, decoder: msgspec.json.Decoder[Any]) -> _NotebookJson | None:
    """The notebook where it is sound and of format 4, else None."""
    try:
        found: _NotebookJson = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    except RecursionError:
        raise Unreadable("is not a notebook: its JSON is nested too deeply") from None
    return found


def _tolerant(text: str, remarks: list[str]) -> _NotebookJson:
    """The notebook of any format, what is unsound left out: NaN and half an emoji (both Jupyter's own), odd cells."""
    # Python's own parser builds every piece, so the pieces are counted first.
    if sum(map(text.count, ",[{")) > _JSON_PIECES:
        raise Unreadable("is not a sound notebook, and too large to mend; clear its outputs and hand it in again")
    try:
        found = json.loads(text, parse_constant=lambda _: None, parse_int=lambda _: 0, strict=False)
    except RecursionError:
        raise Unreadable("is not a notebook: its JSON is nested too deeply") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"is not a notebook: its JSON is broken or cut off{where}; export it again") from None
    sheets = [found] + [sheet for sheet in _list(found, "worksheets") if isinstance(sheet, dict)]
    if not any(isinstance(sheet.get("cells"), list) for sheet in sheets):
        raise Unreadable("is JSON but not a notebook: it has no cells")
    raw = [cell for sheet in sheets for cell in _list(sheet, "cells")]
    if len(raw) > MENDED_LIMIT:
        raise Unreadable(f"is not a sound notebook, and has {len(raw)} cells; hand in the functions alone")
    cells = [cell for cell in map(_mended, raw) if cell is not None]
    if len(cells) < len(raw):
        remarks.append(f"{len(raw) - len(cells)} of {len(raw)} cells are malformed and were passed over")
    try:
        metadata = _metadata.decode(_json(found.get("metadata")))
    except (msgspec.DecodeError, RecursionError):
        metadata = _MetadataJson()
    return _NotebookJson(cells=cells, metadata=metadata)


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []


def _mended(cell: object) -> _CellJson | None:
    if not isinstance(cell, dict):
        return None
    try:
        return _cell.decode(_json({key: cell[key] for key in _CellJson.__struct_fields__ if key in cell}))
    except (msgspec.DecodeError, RecursionError):
        return None


def _json(value: object) -> bytes:
    """`value` as JSON, with "?" for lone surrogates."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _other_language(metadata: _MetadataJson) -> str | None:
    """The language of the notebook's kernel, where that is said and is not Python."""
    kernel = metadata.kernelspec
    language = kernel.language or metadata.language_info.name
    if not language and re.match(r"(ir|julia.*|octave|bash|deno|javascript|scala|matlab)$", kernel.name, re.IGNORECASE):
        language = "R" if kernel.name.lower() == "ir" else kernel.name
    pythons = ("python", "ipython", "pypy", "sage", "cython")
    return language if language and not language.lower().startswith(pythons) else None
