"""What travels between a run and the workers of a cluster: plain data, which each side reads as what it must be.

A job goes to each worker once, a submission there and what became of it back. Dask pickles the bytes that these are;
what is in them comes out of students' files and of boxes, and is never unpickled.
"""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from grader.errors import MachineError
from grader.plan import Doubted, Plan
from grader.result import decoded, from_json
from grader.row import Row, unpack
from grader.sandbox import Limits
from grader.submission import Submission
from grader.version import __version__

CODE: Final = Path(__file__).resolve().parents[1]


class Job(msgspec.Struct, frozen=True):
    """A run, for a worker that keeps the course in a place of its own."""

    assignments: tuple[str, ...]
    seed: int
    wall: str
    runtime: str | None
    limits: Limits
    refuse_numerical: bool
    fingerprints: dict[str, str]
    course: str | None
    """Where the course lies that is not the built-in one."""
    versions: dict[str, str]


class Reply(msgspec.Struct, frozen=True):
    """What became of a submission."""

    row: Row
    doubted: bool


_job: Final = msgspec.json.Decoder(Job)
_reply: Final = msgspec.msgpack.Decoder(Reply)


def versions() -> dict[str, str]:
    """What must be the same here and on a worker, so that a submission earns the same."""
    sha = hashlib.sha256()
    for path in sorted([*(CODE / "grader").rglob("*.py"), *(CODE / "reference").glob("*.py")]):
        sha.update(path.relative_to(CODE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    python = ".".join(platform.python_version_tuple()[:2])
    return {"grader": f"{__version__} ({sha.hexdigest()[:8]})", "numpy": np.__version__, "Python": python}


def pack_job(plan: Plan) -> bytes:
    """A plan as it travels."""
    root = plan.catalogue.root
    return msgspec.json.encode(
        Job(
            plan.assignments,
            plan.seed,
            plan.wall,
            plan.runtime,
            plan.limits,
            plan.refuse_numerical,
            dict(plan.fingerprints),
            None if root is None else str(root),
            versions(),
        )
    )


def unpack_job(data: bytes) -> Job:
    """The job in `data`. Raises MachineError where it is of another version."""
    try:
        return decoded(_job, data)
    except msgspec.DecodeError as error:
        raise MachineError(f"it has another version of the grader than {__version__} ({error})") from None


def pack_submission(submission: Submission, digest: str) -> bytes:
    """A submission as it travels. Its text may hold lone surrogates, which only an escape carries."""
    return json.dumps([digest, msgspec.to_builtins(submission)]).encode("ascii")


def unpack_submission(data: bytes) -> tuple[Submission, str]:
    """A submission, and the digest of what its results depend on."""
    digest, found = json.loads(data)
    return msgspec.convert(found, Submission), digest


def pack_reply(done: Row | Doubted) -> bytes:
    """What became of a submission, as it travels."""
    return msgspec.msgpack.encode(Reply(done.row, True) if isinstance(done, Doubted) else Reply(done, False))


def unpack_reply(data: object, student: str, digest: str) -> Row | Doubted:
    """What became of this student's submission. Raises msgspec.DecodeError where it is anything else."""
    if not isinstance(data, bytes):
        raise msgspec.DecodeError(f"{type(data).__name__} is no reply")
    try:
        reply = _reply.decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from None
    row = reply.row
    handed, results = unpack(row.handed), [from_json(result) for _, result in row.results]
    said = {row.student, handed.student, *(result.student for result in results)}
    if said != {student} or handed.failure != row.failure or row.digest not in {digest, ""}:
        raise msgspec.DecodeError("it is about something else")
    if [result.assignment for result in results] != [name for name, _ in row.results]:
        raise msgspec.DecodeError("its results have other names")
    return Doubted(row) if reply.doubted else row
