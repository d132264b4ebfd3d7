"""What comes out of a box, looked over before anything is done with it.

The frame's own lengths have been checked by then; here is what a well-formed frame may still hold: arrays that claim
the same bytes many times over, nesting that would exhaust a recursion, texts of megabytes. Structure that no honest
worker writes is refused with WireError; texts are cut.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from grader.sandbox import wire

PARTS: Final = 200_000
"""Values in one answer, those inside lists and dicts counted."""
NAME: Final = 200
MESSAGE: Final = 2_000
TRACE: Final = 8_000
WARNINGS: Final = 5
NOTES: Final = 500
DEFINITIONS: Final = 10_000
PARAMETERS: Final = 64
ATTEMPTS: Final = 50


def answer(found: wire.Answer, payload: bytes, question: wire.Ask, *, output_bytes: int) -> wire.Answer:
    """The answer with its texts cut. Raises WireError unless each call has an outcome that fits it and `payload`."""
    if len(found.outcomes) != len(question.calls):
        raise wire.WireError(f"{len(found.outcomes)} outcomes for {len(question.calls)} calls")
    values: list[wire.Value] = []
    for outcome, call in zip(found.outcomes, question.calls, strict=True):
        if (outcome.value is None) == (outcome.error is None):
            raise wire.WireError("an outcome has either a value or an error")
        if outcome.arguments is not None and len(outcome.arguments) != len(call.arguments):
            raise wire.WireError("an echo of other arguments")
        if len(outcome.counted) not in {0, len(call.count)} or any(n < 0 for n in outcome.counted):
            raise wire.WireError("counts of other functions")
        values += [*([outcome.value] if outcome.value else []), *(outcome.arguments or ())]
    _values(values, payload)
    return wire.Answer(tuple(map(_outcome, found.outcomes)), output(found.output, output_bytes))


def loaded(found: wire.Loaded, *, output_bytes: int) -> wire.Loaded:
    """What a source defines, with its lists and texts cut."""
    definitions = tuple(
        wire.Definition(d.name[:NAME], d.kind, _names(d.parameters), d.where[:NAME], _names(d.members))
        for d in found.definitions[:DEFINITIONS]
    )
    notes = tuple(wire.Note(n.kind[:NAME], n.where[:NAME], n.message[:MESSAGE]) for n in found.notes[:NOTES])
    return wire.Loaded(definitions, notes, _seconds(found.seconds), output(found.output, output_bytes))


def _names(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[:NAME] for name in found[:PARAMETERS])


def attempts(found: tuple[str, ...]) -> tuple[str, ...]:
    """What the box has noted of refused attempts, cut."""
    return tuple(text[:NAME] for text in found[:ATTEMPTS])


def output(found: wire.Output, limit: int) -> wire.Output:
    """What was printed, within `limit` characters together."""
    if len(found.stdout) + len(found.stderr) <= limit:
        return found
    half = limit // 2
    return wire.Output(found.stdout[:half], found.stderr[:half])


def _values(values: list[wire.Value], payload: bytes) -> None:
    """Raises WireError unless the values are few and flat, and their arrays lie side by side in `payload`."""
    level, parts, claimed, entries = values, 0, 0, 0
    for _ in range(wire.MAX_DEPTH + 2):
        parts += len(level)
        if parts > PARTS:
            raise wire.WireError("an answer of too many parts")
        below: list[wire.Value] = []
        for value in level:
            if isinstance(value, wire.Array):
                dtype, count = wire.extent(value, len(payload))
                claimed += count * dtype.itemsize
                entries += count
            elif isinstance(value, wire.Sequence):
                below += value.items
            elif isinstance(value, wire.Mapping):
                below += value.items.values()
            elif isinstance(value, wire.Ref | wire.Program):
                raise wire.WireError(f"a {type(value).__name__} in an answer")
        # An honest worker writes each array once; as float64, entries take eight bytes, whatever they took here.
        if claimed > len(payload) or 8 * entries > max(wire.FRAME_LIMIT, len(payload)):
            raise wire.WireError("arrays that claim more than the answer holds")
        if not below:
            return
        level = below
    raise wire.WireError("an answer of too many levels")


def _outcome(found: wire.Outcome) -> wire.Outcome:
    """The outcome with its texts cut; the same object where nothing is to be cut, which is nearly always."""
    error = found.error
    plain = error is None and not found.warnings and not found.uses
    if plain and found.seconds >= 0 and math.isfinite(found.seconds):
        return found
    if error is not None:
        error = wire.Failure(error.type[:NAME], error.message[:MESSAGE], error.where[:NAME], error.trace[:TRACE])
    return msgspec.structs.replace(
        found,
        error=error,
        seconds=_seconds(found.seconds),
        warnings=tuple(text[:MESSAGE] for text in found.warnings[:WARNINGS]),
        uses=tuple(text[:NAME] for text in found.uses[:WARNINGS]),
    )


def _seconds(found: float) -> float:
    return found if math.isfinite(found) and found >= 0 else 0.0
