"""What a well-formed frame may still hold, and what is made of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.sandbox import vetting, wire

ASK = wire.Ask((wire.Call("f", ()),))


def vet(value=None, *, payload=b"", **outcome):
    """Look over an answer of one outcome."""
    found = wire.Outcome(value, **outcome)
    return vetting.answer(wire.Answer((found,), wire.Output("x" * 50, "y" * 50)), payload, ASK, output_bytes=40)


def nested(levels):
    """A list in a list in a list ..."""
    value = wire.Sequence("list", ())
    for _ in range(levels):
        value = wire.Sequence("list", (value,))
    return value


def test_an_honest_answer_passes():
    """Two arrays side by side are what they were."""
    payload = wire.Payload()
    values = tuple(payload.add(np.ones(3)) for _ in range(2))
    found = vet(wire.Sequence("tuple", values), payload=b"".join(payload.chunks))
    assert found.outcomes[0].value == wire.Sequence("tuple", values)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (wire.Sequence("tuple", (wire.Array("<f8", (4,), 0),) * 2), 32),
        (wire.Array("|b1", (3, 1 << 22), 0), 3 << 22),
        (nested(20), 0),
        (nested(900), 0),
        (wire.Sequence("list", (wire.Nothing(),) * (vetting.PARTS + 1)), 0),
        (wire.Ref(0), 0),
        (wire.Array("<f8", (4,), 8), 32),
    ],
)
def test_what_no_honest_worker_writes_is_refused(value, size):
    """Bytes that are claimed twice, arrays that grow eightfold, depth, too many parts, references, overruns."""
    with pytest.raises(wire.WireError):
        vet(value, payload=bytes(size))


@pytest.mark.parametrize("outcome", [{}, {"value": wire.Nothing(), "error": wire.Failure("E", "")}])
def test_an_outcome_is_a_value_or_an_error(outcome):
    """Neither and both are refused."""
    with pytest.raises(wire.WireError):
        vet(**outcome)


def test_texts_are_cut():
    """No text of a submission is longer than what is shown of it."""
    long = "a" * 100_000
    error = wire.Failure(long, long, long, long)
    found = vet(error=error, warnings=(long,) * 9, uses=(long,) * 9, seconds=math.nan)
    outcome = found.outcomes[0]
    assert max(len(t) for t in (outcome.error.type, outcome.error.where)) <= vetting.NAME
    assert len(outcome.error.message) <= vetting.MESSAGE
    assert len(outcome.error.trace) <= vetting.TRACE
    assert len(outcome.warnings) <= vetting.WARNINGS
    assert outcome.seconds == 0
    assert len(found.output.stdout) + len(found.output.stderr) <= 40


def test_definitions_and_notes_are_cut():
    """A source that claims a hundred thousand definitions keeps its first."""
    many = tuple(wire.Definition("f" * 1000, "function", ("p",) * 1000, "line 1") for _ in range(100_000))
    notes = (wire.Note("raised", "cell 1", "m" * 10_000),) * 10_000
    found = vetting.loaded(wire.Loaded(many, notes, math.inf, wire.Output("o" * 99)), output_bytes=10)
    assert len(found.definitions) == vetting.DEFINITIONS
    assert len(found.definitions[0].name) == vetting.NAME
    assert len(found.notes) == vetting.NOTES
    assert found.seconds == 0
    assert len(found.output.stdout) <= 10
