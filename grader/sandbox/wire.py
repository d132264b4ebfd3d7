"""The frames that cross the wall between the grader and the worker.

Both sides import this file and nothing else of each other: it needs only msgspec, numpy and the standard library.

A frame is ``>BII`` (kind, length of the header, length of the payload), then the header, then the payload. The header
is one message in msgpack; the payload is the bytes of every array in it, one after another. The split bounds what a
hostile frame can cost: small structures are what amplifies when decoded, so the header is capped low, while the payload
is only ever viewed, never parsed. The kind lets the warm worker pass frames on unread: `CONTROL` frames are its own,
`TALK` frames belong to the fork that holds the submission.

Values are described, not pickled. Whatever is numeric (a Python number, a numpy scalar, an array, a rectangular list of
numbers) travels as an `Array` that remembers what it was; tuples, lists and dicts keep their structure; everything else
is `Opaque`: named, not sent.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

VERSION: Final = 3

PREFIX: Final = struct.Struct(">BII")
CONTROL: Final = 0
TALK: Final = 1
HEADER_LIMIT: Final = 4 << 20
FRAME_LIMIT: Final = 64 << 20
_DTYPES: Final = {dtype.str: dtype for dtype in map(np.dtype, "?bhilqBHILQefd")}
DTYPES: Final = frozenset(_DTYPES)
MAX_DEPTH: Final = 12
MAX_AXES: Final = 32


class WireError(Exception):
    """A frame that does not follow this file: too large, cut short, or of the wrong structure."""


# --- values -----------------------------------------------------------------------------------------------------------


class Array(msgspec.Struct, frozen=True, tag="a", tag_field="k", array_like=True):
    """A numeric value; its bytes lie in the payload at `offset`, in C order and the machine's byte order.

    `was` says what it was on the sending side: "ndarray", "scalar" (a Python number or a numpy scalar), "list"
    (a rectangular nested list or tuple of numbers) or the name of a subclass of ndarray.
    """

    dtype: str
    shape: tuple[int, ...]
    offset: int
    was: str = "ndarray"


class Sequence(msgspec.Struct, frozen=True, tag="s", tag_field="k", array_like=True):
    """A tuple or a list."""

    kind: Literal["tuple", "list"]
    items: tuple[Value, ...]


class Mapping(msgspec.Struct, frozen=True, tag="m", tag_field="k", array_like=True):
    """A dict with string keys."""

    items: dict[str, Value]


class Opaque(msgspec.Struct, frozen=True, tag="o", tag_field="k", array_like=True):
    """Something that is not sent: `type` names it, `why` says what kept it from travelling."""

    type: str
    why: str = ""


class Ref(msgspec.Struct, frozen=True, tag="r", tag_field="k", array_like=True):
    """To the worker only: what call number `call` of the same question returned, then `path` into it.

    This is how a backward gets its own forward's cache, which never leaves the box.
    """

    call: int
    path: tuple[int | str, ...] = ()


class Nothing(msgspec.Struct, frozen=True, tag="n", tag_field="k", array_like=True):
    """None."""


class Text(msgspec.Struct, frozen=True, tag="t", tag_field="k", array_like=True):
    """A string."""

    value: str


class Program(msgspec.Struct, frozen=True, tag="p", tag_field="k", array_like=True):
    """To the worker only: a function as data, in single-assignment form; becomes a real Python function there.

    Registers hold the inputs, then the constants, then what each step gives; a step is an operation of `programs.py`
    and the registers that it takes. `result` is the register of what is returned, or several for a tuple.
    """

    name: str
    inputs: tuple[str, ...]
    """The names of its parameters."""
    constants: tuple[Value, ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]
    result: int | tuple[int, ...]


Value = Array | Sequence | Mapping | Opaque | Ref | Nothing | Text | Program


# --- messages to the worker -------------------------------------------------------------------------------------------


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """A piece of source: a whole `.py` file, or one code cell of a notebook; `name` is shown to people ("cell 3")."""

    name: str
    source: str


class Start(msgspec.Struct, frozen=True, tag="start", tag_field="k"):
    """Fork a fresh child for the messages that follow; a child that is there is killed first. Answered by `Started`."""

    memory_mib: int = 512
    processes: int = 32
    output_bytes: int = 1 << 20
    frame_bytes: int = FRAME_LIMIT
    own_mib: int = 0
    """The worker's own address space, told by a wall in which it can't see it itself; `memory_mib` comes on top."""


class Module(msgspec.Struct, frozen=True, array_like=True):
    """A module that the course hands out, importable under every name that `pattern` fits ("reg_utils", "testCases*").

    Where several fit one name, the module of that name holds what all of them define.
    """

    pattern: str
    source: str


class Load(msgspec.Struct, frozen=True, tag="load", tag_field="k"):
    """Run a submission's source, statement by statement. Answered by `Loaded`.

    `definitions_only` skips every top-level statement but imports, definitions and plain assignments: the second try
    for a source whose top level hangs or kills its process. `statement_s` is the soft limit for one statement.
    """

    cells: tuple[Cell, ...]
    definitions_only: bool = False
    statement_s: float = 2.0
    provided: tuple[Module, ...] = ()


# The box's own calls, in place of a function's name: none of them can be the name of a Python function.

SAME: Final = "@same"
"""(value): gives it back, without any code of the submission.

So a value can be made once and stay in the box, and be looked at again later."""
CALLS: Final = "@calls"
"""(function): how often a function made of a `Program` was called so far."""
BIND: Final = "@bind"
"""(name, value): what the submission's module calls `name` is `value` for the rest of the question."""
DRIVE: Final = "@drive"
"""(class name, program, numbers, backward): runs the program's operators on objects of the submission's class.

Each number becomes an object, the program's inputs in order; its constants stay plain numbers. With `backward` true the
result's backward() is called. Gives a dict: "data" and, for each number in order, "grads"; "nested" says that some grad
was an object with .data of its own and was read through it.
"""


class Call(msgspec.Struct, frozen=True, array_like=True):
    """Call `function` of the submission with positional `arguments`.

    `keep` lists the positions of a returned tuple that stay in the box (a cache, which later calls `Ref` to), described
    as Opaque. With `echo` the arguments come back as they are after the call, to see whether the function changed them.
    `count` names functions of the submission whose calls by their own names are counted meanwhile.
    """

    function: str
    arguments: tuple[Value, ...]
    keep: tuple[int, ...] = ()
    echo: bool = False
    count: tuple[str, ...] = ()


class Ask(msgspec.Struct, frozen=True, tag="ask", tag_field="k"):
    """One question: calls made in order in one process. Answered by `Answer`.

    The global generators of `random` and `numpy.random` are seeded with `seed` before the first call. A call that
    refers to one that raised is answered with an outcome whose `error.type` is "Skipped". `aliases` gives the
    submission's own name for a name that is asked for, where it calls it otherwise.
    """

    calls: tuple[Call, ...]
    seed: int = 0
    aliases: dict[str, str] = {}


class Stop(msgspec.Struct, frozen=True, tag="stop", tag_field="k"):
    """Kill the child and everything that it started. Answered by `Stopped`."""


ToWorker = Start | Load | Ask | Stop


# --- messages from the worker -----------------------------------------------------------------------------------------


class Ready(msgspec.Struct, frozen=True, tag="ready", tag_field="k"):
    """The worker is up: said once, before anything else."""

    wire: int
    python: str
    numpy: str


class Started(msgspec.Struct, frozen=True, tag="started", tag_field="k"):
    """The fresh child is there."""


class Definition(msgspec.Struct, frozen=True, array_like=True):
    """A function or class that the source defines (or binds) at its top level; `where` is its cell's name and line.

    `members` are a class's public attributes and methods, inherited ones too, and those that operators call.
    """

    name: str
    kind: Literal["function", "class"]
    parameters: tuple[str, ...]
    where: str
    members: tuple[str, ...] = ()


class Note(msgspec.Struct, frozen=True, array_like=True):
    """Something odd met while loading.

    `kind` is "raised" (a statement raised and was passed over), "syntax" (a piece does not parse), "slow" (a statement
    was interrupted), "stand-in" (a module that is not there was stood in for), "magic" (notebook magic or shell escape
    passed over), "python2" (Python 2's statements were read as Python 3's), "input" (input() was called), "exit" (the
    source ended its own loading) or "skipped" (definitions only).
    """

    kind: str
    where: str
    message: str


class Output(msgspec.Struct, frozen=True, array_like=True):
    """What was printed since the last message, head and tail where it was over the limit."""

    stdout: str = ""
    stderr: str = ""


class Loaded(msgspec.Struct, frozen=True, tag="loaded", tag_field="k"):
    """What the source defines and what was odd about it."""

    definitions: tuple[Definition, ...]
    notes: tuple[Note, ...]
    seconds: float
    output: Output = Output()


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """An exception out of a call: `where` is the innermost line of the submission, `trace` its frames, for the
    instructor.
    """

    type: str
    message: str
    where: str = ""
    trace: str = ""


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What one call gave: `value` where it returned, else `error`.

    `arguments` is the echo (see `Call`); `warnings` are the distinct texts of Python warnings; `uses` names stand-in
    modules that the call touched; `counted` are the counts that were asked for, in order: the box's word for it, which
    may cost nothing and earn nothing by itself.
    """

    value: Value | None = None
    error: Failure | None = None
    seconds: float = 0.0
    arguments: tuple[Value, ...] | None = None
    warnings: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    counted: tuple[int, ...] = ()


class Answer(msgspec.Struct, frozen=True, tag="answer", tag_field="k"):
    """An outcome for each call of the question, in order."""

    outcomes: tuple[Outcome, ...]
    output: Output = Output()


class Died(msgspec.Struct, frozen=True, tag="died", tag_field="k"):
    """The child ended instead of answering: `reason` is for people ("killed by SIGSEGV", "exited with status 3")."""

    reason: str
    garbled: bool = False
    """It was ended because it wrote something other than frames."""
    unready: bool = False
    """It could not be set up, and has read nothing of a submission."""
    attempts: tuple[str, ...] = ()
    """See `Stopped`."""


class Stopped(msgspec.Struct, frozen=True, tag="stopped", tag_field="k"):
    """No child remains. `intact` is false when the worker finds its own limits changed: it must not be used again.

    `attempts` is what the wall refused since this was told last, as the box has noted it (`attempts.py`).
    """

    intact: bool = True
    attempts: tuple[str, ...] = ()


FromWorker = Ready | Started | Loaded | Answer | Died | Stopped
TALKS: Final = (Load, Ask, Loaded, Answer)

_encoder = msgspec.msgpack.Encoder()
_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "to": msgspec.msgpack.Decoder(ToWorker),
    "from": msgspec.msgpack.Decoder(FromWorker),
}


# --- arrays -----------------------------------------------------------------------------------------------------------


class Payload:
    """Collects the bytes of arrays while a message is built."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.size = 0

    def add(self, array: NDArray[Any], was: str = "ndarray") -> Array:
        """Describe `array` (any numeric dtype of DTYPES) and keep its bytes."""
        described = Array(array.dtype.str, array.shape, self.size, was)
        data = array.tobytes()
        self.chunks.append(data)
        self.size += len(data)
        return described


def extent(array: Array, length: int) -> tuple[np.dtype[Any], int]:
    """The dtype and the number of entries of what `array` describes. Raises WireError when they do not fit a payload of
    `length` bytes.
    """
    dtype = _DTYPES.get(array.dtype)
    if dtype is None:
        raise WireError(f"dtype {array.dtype!r:.20} is not a number's")
    shape = array.shape
    if shape and (len(shape) > MAX_AXES or min(shape) < 0):
        raise WireError("an array's shape is out of range")
    count = math.prod(shape)
    if array.offset < 0 or array.offset + count * dtype.itemsize > length:
        raise WireError("an array reaches beyond its frame")
    if not count:
        _empty(dtype, shape)
    return dtype, count


def view(array: Array, payload: bytes | memoryview) -> NDArray[Any]:
    """The numpy array that `array` describes: read-only, sharing the payload's memory.

    Raises WireError when dtype, shape or offset do not fit the payload.
    """
    dtype, count = extent(array, len(payload))
    if not count:
        return _empty(dtype, array.shape)
    shaped = np.frombuffer(payload, dtype, count, array.offset).reshape(array.shape)
    if not isinstance(payload, bytes):
        shaped.flags.writeable = False
    return shaped


def _empty(dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """An array without entries, whose other axes may be of any length that numpy takes."""
    try:
        empty = np.empty(shape, dtype)
    except (ValueError, OverflowError):
        raise WireError("an array's shape is out of range") from None
    empty.flags.writeable = False
    return empty


# --- frames -----------------------------------------------------------------------------------------------------------


def encode(message: ToWorker | FromWorker, payload: Payload | None = None, limit: int = FRAME_LIMIT) -> bytes:
    """The frame for `message`, its arrays' bytes collected in `payload`. Raises WireError when over the limits."""
    header = _encoder.encode(message)
    kind = TALK if isinstance(message, TALKS) else CONTROL
    size = payload.size if payload else 0
    if len(header) > HEADER_LIMIT or len(header) + size > limit:
        raise WireError(f"a frame of {len(header)} and {size} bytes is over the limit")
    return b"".join([PREFIX.pack(kind, len(header), size), header, *(payload.chunks if payload else ())])


def lengths(prefix: bytes, limit: int = FRAME_LIMIT) -> tuple[int, int, int]:
    """Kind, header length and payload length out of a frame's first bytes. Raises WireError when they are over the
    limits.
    """
    kind, header_length, payload_length = PREFIX.unpack(prefix)
    if kind not in (CONTROL, TALK):
        raise WireError(f"frames of kind {kind} do not exist")
    if header_length > HEADER_LIMIT or header_length + payload_length > limit:
        raise WireError(f"a frame of {header_length + payload_length} bytes is over the limit")
    return kind, header_length, payload_length


def read(
    receive: Callable[[int], bytes], direction: Literal["to", "from"], limit: int = FRAME_LIMIT
) -> tuple[Any, bytes]:
    """One message and its payload; `receive(n)` gives exactly n bytes or raises EOFError.

    Lengths are checked before anything is read or allocated. Raises WireError for a frame that is too large or
    malformed.
    """
    kind, header_length, payload_length = lengths(receive(PREFIX.size), limit)
    header = receive(header_length)
    payload = receive(payload_length)
    return decode(header, direction, kind), payload


def decode(header: bytes, direction: Literal["to", "from"], kind: int) -> Any:
    """The message in `header`. Raises WireError when it is not one of that direction's and kind's messages."""
    try:
        message = _decoders[direction].decode(header)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, MemoryError) as error:
        raise WireError(f"a malformed frame: {error}"[:200]) from None
    if isinstance(message, TALKS) != (kind == TALK):
        # A fork that could speak as the warm worker could, say, declare itself stopped.
        raise WireError(f"a {type(message).__name__} in a frame of another kind")
    return message
