"""The side of the worker that holds a submission: loads it, asks it, describes what came of it.

Everything here shares its process with the submission and is guarded against accidents only; what the submission can
do to it, it can do to nothing but its own answers.
"""

from __future__ import annotations

import gc
import io
import os
import random
import sys
import time
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from . import programs, standins, wire
from .capture import Streams
from .loader import Loader, split
from .python_names import supply_input
from .values import Absent, Encoder, Unresolved, clean, decode

TRUSTED: Final = 1 << 32
"""The limit for frames of the grader's own."""
MAX_TRACE: Final = 4_000
MAX_WARNINGS: Final = 5
_HEAD_FRAMES: Final = 3
_TAIL_FRAMES: Final = 15

_seed_random = random.seed
_seed_numpy = np.random.seed
_now = time.perf_counter


class Session:
    """One submission in this process."""

    def __init__(self, start: wire.Start) -> None:
        self._frame_bytes = start.frame_bytes
        self._streams = Streams(start.output_bytes)
        self._loader = Loader()
        self._warned: dict[str, None] = {}
        self._aliases: dict[str, str] = {}
        self._replaced: dict[str, Any] = {}
        self._own: dict[str, Callable[..., Any]] = {
            wire.SAME: _same,
            wire.CALLS: programs.calls,
            wire.BIND: self._bind,
            wire.DRIVE: self._drive,
        }
        sys.meta_path.insert(0, standins.Finder(self._met))
        supply_input(self._input)

    def answer(self, message: wire.Load | wire.Ask, payload: bytes) -> bytes:
        """The frame that answers `message`."""
        self._take_streams()
        if isinstance(message, wire.Load):
            return self._load(message)
        try:
            return self._ask(message, payload)
        except MemoryError:
            gc.collect()
            return self._refuse(message, wire.Failure("MemoryError", "the memory of the submission is used up"))

    # --- loading ----------------------------------------------------------------------------------------------------

    def _load(self, message: wire.Load) -> bytes:
        began = _now()
        definitions, notes = self._loader.load(message)
        return wire.encode(wire.Loaded(definitions, notes, _now() - began, self._streams.take()))

    def _met(self, module: str) -> None:
        if "." not in module:
            self._loader.note("stand-in", module)

    def _input(self, *_: object) -> str:
        self._loader.note("input", "input() was called; it gave an empty text")
        return ""

    def _take_streams(self) -> None:
        sys.stdout = sys.__stdout__ = self._streams.stdout  # type: ignore[misc, assignment]
        sys.stderr = sys.__stderr__ = self._streams.stderr  # type: ignore[misc, assignment]
        sys.stdin = sys.__stdin__ = io.StringIO()  # type: ignore[misc, assignment]

    # --- asking -----------------------------------------------------------------------------------------------------

    def _ask(self, question: wire.Ask, payload: bytes) -> bytes:
        _seed_random(question.seed)
        _seed_numpy(question.seed % (1 << 32))
        results: list[Any] = []
        outcomes: list[wire.Outcome] = []
        encoder = Encoder(self._frame_bytes)
        self._aliases = question.aliases
        try:
            for call in question.calls:
                result, outcome = self._call(call, payload, results, encoder)
                results.append(result)
                outcomes.append(outcome)
        finally:
            self._restore()
        answer = wire.Answer(tuple(outcomes), self._streams.take())
        try:
            return wire.encode(answer, encoder.payload, self._frame_bytes)
        except wire.WireError:
            return self._refuse(question, wire.Failure("TooLarge", "the answer is larger than a frame may be"))

    def _refuse(self, question: wire.Ask, failure: wire.Failure) -> bytes:
        return wire.encode(
            wire.Answer(tuple(wire.Outcome(error=failure) for _ in question.calls), self._streams.take())
        )

    def _call(self, call: wire.Call, payload: bytes, results: list[Any], encoder: Encoder) -> tuple[Any, wire.Outcome]:
        try:
            arguments = [decode(value, payload, results) for value in call.arguments]
        except Unresolved as error:
            return Absent, wire.Outcome(error=wire.Failure("Skipped", str(error)))
        function = self._own.get(call.function) or self._named(call.function)
        if function is None:
            return Absent, wire.Outcome(error=wire.Failure("NameError", f"{call.function} is not defined"))
        counts = [self._count(name) for name in call.count]
        standins.touched.clear()
        self._warned.clear()
        began = _now()
        try:
            self._listen()
            began = _now()
            result = function(*arguments)
            seconds = _now() - began
        except BaseException as error:  # noqa: BLE001 - a submission may raise anything
            seconds = _now() - began
            result, value = Absent, None
            failure: wire.Failure | None = self._failure(error)
        else:
            value, failure = self._describe(result, call.keep, encoder), None
        counted = tuple(stop() for stop in reversed(counts))[::-1]
        echo = self._echo(call, arguments, encoder) if call.echo else None
        outcome = wire.Outcome(value, failure, seconds, echo, tuple(self._warned), _uses(), counted)
        return result, outcome

    # --- the box's own calls ----------------------------------------------------------------------------------------

    def _named(self, name: str) -> Any:
        """What the submission calls so, or what it has in place of it; None where there is neither."""
        return self._loader.names.get(self._aliases.get(name, name))

    def _bind(self, name: str, value: Any) -> None:
        self._replaced.setdefault(name, self._loader.names.get(name, Absent))
        self._loader.names[name] = value

    def _restore(self) -> None:
        for name, value in self._replaced.items():
            if value is Absent:
                self._loader.names.pop(name, None)
            else:
                self._loader.names[name] = value
        self._replaced.clear()

    def _drive(self, name: str, function: Any, numbers: Sequence[Any], backward: bool) -> dict[str, Any]:
        kind = self._named(name)
        if kind is None:
            raise NameError(f"{name} is not defined")
        return programs.drive(kind, function.program, numbers, backward=backward)

    def _count(self, name: str) -> Callable[[], int]:
        """Count the calls of a function of the submission by its own name, until what this gives is called."""
        name = self._aliases.get(name, name)
        names, function = self._loader.names, self._loader.names.get(name)
        if type(function) is not types.FunctionType:
            return int
        counting, count = programs.counting(function)
        names[name] = counting

        def stop() -> int:
            if names.get(name) is counting:
                names[name] = function
            return count()

        return stop

    def _describe(self, value: Any, keep: tuple[int, ...], encoder: Encoder) -> wire.Value:
        try:
            return encoder.encode(value, keep)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a value can be an object that breaks when looked at
            return wire.Opaque("object", f"can't be read: {split(error)[0]}")

    def _echo(self, call: wire.Call, arguments: list[Any], encoder: Encoder) -> tuple[wire.Value, ...]:
        return tuple(
            wire.Opaque("", "kept") if isinstance(asked, wire.Ref) else self._describe(argument, (), encoder)
            for asked, argument in zip(call.arguments, arguments, strict=True)
        )

    def _listen(self) -> None:
        """Hear of each warning once a call, whatever the submission did to the filters before."""
        warnings.filters[:] = ()  # type: ignore[index]
        warnings.simplefilter("default")
        warnings.showwarning = self._warn

    def _warn(self, message: object, category: type, *_: object, **__: object) -> None:
        if len(self._warned) < MAX_WARNINGS:
            self._warned[f"{clean(category.__name__, 100)}: {clean(str(message), 300)}"] = None

    # --- failures ---------------------------------------------------------------------------------------------------

    def _failure(self, error: BaseException) -> wire.Failure:
        kind, message = split(error)
        frames = self._frames(error.__traceback__)
        where = self._loader.place(*frames[-1][:2]) if frames else ""
        if len(frames) > _HEAD_FRAMES + _TAIL_FRAMES:
            frames = frames[:_HEAD_FRAMES] + frames[-_TAIL_FRAMES:]
        trace = "\n".join(self._frame_text(*frame) for frame in frames)
        return wire.Failure(kind, message, where, clean(trace, MAX_TRACE))

    def _frames(self, traceback: types.TracebackType | None) -> list[tuple[str, int, str]]:
        frames = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename in self._loader.sources:
                frames.append((code.co_filename, traceback.tb_lineno or 1, code.co_name))
            traceback = traceback.tb_next
        return frames

    def _frame_text(self, filename: str, line: int, function: str) -> str:
        lines = self._loader.sources[filename][1]
        source = lines[line - 1].strip() if line <= len(lines) else ""
        return f"{self._loader.place(filename, line)}, in {clean(function, 100)}\n    {clean(source, 200)}"


def _same(value: Any) -> Any:
    return value


def _uses() -> tuple[str, ...]:
    return tuple(clean(name, 100) for name in sorted(standins.touched)[:20]) if standins.touched else ()


# --- the loop ---------------------------------------------------------------------------------------------------------


def receiver(fd: int) -> Callable[[int], bytes]:
    """A function that reads exactly so many bytes of `fd`, or raises EOFError."""

    def receive(count: int) -> bytes:
        data = os.read(fd, count) if count else b""
        if len(data) == count:
            return data
        pieces = bytearray(data)
        while len(pieces) < count:
            data = os.read(fd, min(count - len(pieces), 1 << 20))
            if not data:
                raise EOFError
            pieces += data
        return bytes(pieces)

    return receive


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data` to a blocking descriptor."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest[: 1 << 20]) :]


def serve(incoming: int, outgoing: int, start: wire.Start) -> None:
    """Answer questions until the stream ends."""
    receive = receiver(incoming)
    session = Session(start)
    while True:
        try:
            message, payload = wire.read(receive, "to", TRUSTED)
        except EOFError:
            return
        write_all(outgoing, session.answer(message, payload))
