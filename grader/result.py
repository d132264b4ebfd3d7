"""The result of one assignment of one student: plain data, from which every report is rendered.

`grader schema` prints the JSON schema of `Result`. Scores are the submission's; a result that is `not_graded` has none.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar

import msgspec

SCHEMA: Final = 1

CheckStatus = Literal["passed", "failed", "error", "timeout", "missing", "skipped"]


class File(msgspec.Struct, frozen=True):
    """A file that was handed in, with the SHA-256 of its bytes in hexadecimal."""

    name: str
    sha256: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check of one function found.

    `check` is the kind ("forward", "backward", "gradcheck", "stages", "stability", "purity", "property"), with a part
    after a colon where there are several ("stages:dden"). `gradcheck` has no points of its own (`max_points` 0): the
    `points` that it gives are a share of its backward's.
    """

    function: str
    check: str
    status: CheckStatus
    points: float = 0.0
    max_points: float = 0.0
    message: str = ""
    """For the student: what is wrong, where, how far off, what to try next. Empty when there is nothing to say."""
    diagnosis: str | None = None
    """The name of a recognised mistake."""
    evidence: Evidence | None = None
    remarks: list[str] = []
    """What is worth saying and costs nothing."""
    instructor: list[str] = []
    """Remarks for the instructor alone (a backward that differentiates numerically, a traceback)."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One failing case, so that the student can try it: values are rendered text, arrays with 6 significant digits.

    `wrong` names the outputs or gradients that are wrong in it ("dW"); `where` is the entry furthest off ("dW[2, 0]").
    """

    case: int
    inputs: dict[str, str]
    expected: dict[str, str] = {}
    got: dict[str, str] = {}
    wrong: list[str] = []
    where: str = ""
    difference: str = ""
    """How far off: "3.1 instead of 1.2", "64 times too large", "shape (3,) instead of (3, 1)"."""


class Problem(msgspec.Struct, frozen=True):
    """Something odd about the files: `where` is a file, a cell or a line."""

    where: str
    message: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a submission beside its files: where it was downloaded from, and what that platform says."""

    layout: str
    """The layout that it was read in ("canvas"); "plain" for an ordinary folder."""
    ids: dict[str, str] = {}
    """What the student is called elsewhere: "name", "email", "sid" (student id), "login", "github", "canvas" (user id),
    "moodle" (participant), "gradescope" (submission), "nbgrader"."""
    late: bool | None = None
    """Whether it was handed in late; None where the platform does not say."""
    submitted: str | None = None
    """When it was handed in, as the platform writes it."""
    attempt: int = 1
    """Which of the student's attempts this is, the first being 1."""
    times: dict[str, str] = {}
    """When each part was handed in, by its folder, where the platform tells it apart."""


class Manual(msgspec.Struct, frozen=True, kw_only=True):
    """Points that a person gave to a check, in place of `automatic`, and why."""

    function: str
    check: str
    points: float
    automatic: float
    why: str


class Output(msgspec.Struct, frozen=True):
    """What the submission printed, capped; for the instructor."""

    stdout: str = ""
    stderr: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that grading one assignment of one student gave."""

    schema: int = SCHEMA
    student: str
    assignment: str
    status: Literal["graded", "not_graded"]
    score: float | None
    max_score: float
    seed: int
    sandbox: str
    files: list[File]
    versions: dict[str, str]
    seconds: float
    checks: list[Check]
    output: Output = Output()
    problems: list[Problem] = []
    refused: list[str] = []
    """What the submission tried and the wall refused ("open a socket: AF_INET"), as far as the box tells: for the
    instructor, who decides what it means. The same in each result of a submission."""
    origin: Origin | None = None
    """What the platform says of the submission; None for an ordinary folder without a roster."""
    reason: str | None = None
    """Why it was not graded; None when it was."""
    manual: list[Manual] = []
    """The manual marks in it: checks and score hold them already."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Result)

Decoded = TypeVar("Decoded")


def to_json(result: Result, *, indent: int | None = None) -> bytes:
    """The result as UTF-8 JSON."""
    encoded = _encoder.encode(result)
    return encoded if indent is None else msgspec.json.format(encoded, indent=indent)


def from_json(data: bytes | str) -> Result:
    """The result in `data`. Raises msgspec.DecodeError when it is none."""
    return decoded(_decoder, data)


def decoded(decoder: msgspec.json.Decoder[Decoded], data: bytes | str) -> Decoded:
    """What `data` holds. Raises msgspec.DecodeError alone, whatever the bytes are."""
    try:
        return decoder.decode(data)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None


def schema() -> dict[str, Any]:
    """The JSON schema of a result."""
    return msgspec.json.schema(Result)
