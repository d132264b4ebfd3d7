"""A graded submission as the journal keeps it, encoded in the process that graded it.

So what can't be written is found out there, where it costs one submission, and the process that writes only writes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec

from grader.grading import Graded, Handed
from grader.result import decoded, to_json

_handed: Final = msgspec.json.Decoder(Handed)


@dataclass(frozen=True, slots=True)
class Row:
    """One submission: `digest` says what its results depend on, `results` are (assignment, JSON)."""

    student: str
    digest: str
    failure: str
    """Why it was not graded; empty when it was."""
    handed: bytes
    results: tuple[tuple[str, bytes], ...]

    @property
    def seal(self) -> str:
        """A hash of all of it: without one, a result that was lost or written over would pass for another mark."""
        sha = hashlib.sha256()
        names, results = zip(*sorted(self.results), strict=True) if self.results else ((), ())
        for part in (self.student, self.digest, self.failure, *names):
            sha.update(f"{len(part)} {part}".encode())
        for data in (self.handed, *results):
            sha.update(b"%d %b" % (len(data), data))
        return sha.hexdigest()


def pack(digest: str, graded: Graded) -> Row:
    """The row of a graded submission."""
    given = graded.handed
    results = tuple((result.assignment, to_json(result)) for result in graded.results)
    return Row(given.student, digest, given.failure, msgspec.json.encode(given), results)


def failed(student: str, reason: str) -> Row:
    """The row of a submission of which nothing is known but why it was not graded."""
    return pack("", Graded(Handed(student, [], [], failure=reason), []))


def unpack(data: bytes) -> Handed:
    """What a row's `handed` holds. Raises msgspec.DecodeError when it is damaged."""
    return decoded(_handed, data)
