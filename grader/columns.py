"""What a finished run leaves in its journal for those who write its marks elsewhere: the columns, and who was not
reached.

So an export needs the journal alone: neither the assignments, which may have changed meanwhile, nor the answers.
"""

from __future__ import annotations

from typing import Final

import msgspec

from grader.result import Result

FACT: Final = "columns"
"""The fact's key in the journal."""


class Column(msgspec.Struct, frozen=True):
    """An assignment of a run; `blank` is the result of somebody who did not answer it."""

    name: str
    title: str
    max_score: float
    blank: Result


class Columns(msgspec.Struct, frozen=True):
    """The assignments of a run, and the students whom it was stopped before."""

    columns: list[Column]
    unreached: list[str]


_decoder: Final = msgspec.json.Decoder(Columns)


def pack(columns: Columns) -> str:
    """The fact's value."""
    return msgspec.json.encode(columns).decode()


def unpack(text: str) -> Columns:
    """What `pack` made. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(text)
