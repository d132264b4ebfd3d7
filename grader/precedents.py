"""What was judged before: the same answers to the same questions earn the same verdicts, so they are judged once.

Right solutions of a class mostly do the same arithmetic, and give the same bits. A check judges an answer by nothing
but the answer and what the checks before it found, and these follow from the answers to them; so a trail of answers
stands for all that a verdict depends on, and the answers of one student are a precedent for the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grader.checks import Verdict
from grader.numeric import Floats
from grader.values import Question, Reply

KEPT: Final = 512
"""Judgements of one assignment that are remembered, the latest."""
KEPT_BYTES: Final = 8 << 20
"""What the arrays that they hold may take together."""

_encoder = msgspec.msgpack.Encoder()


@dataclass(frozen=True)
class Judgement:
    """What a check made of an answer: its verdicts, and what it left in the record for the checks after it; or else
    what it wants to ask further before it judges.
    """

    verdicts: Mapping[str, Verdict]
    outputs: Mapping[str, list[dict[str, Floats] | None]]
    further: Question | None = None

    @property
    def size(self) -> int:
        """The bytes of its arrays."""
        cases = (case for outputs in self.outputs.values() for case in outputs if case)
        return sum(array.nbytes for case in cases for array in case.values())


class Precedents:
    """The latest judgements of one assignment in one run, by the trail that led to them."""

    def __init__(self) -> None:
        self._known: dict[bytes, Judgement] = {}
        self._bytes = 0

    def find(self, trail: bytes) -> Judgement | None:
        """What was judged at the end of such a trail."""
        found = self._known.pop(trail, None)
        if found is not None:
            self._known[trail] = found  # the latest again
        return found

    def keep(self, trail: bytes, judgement: Judgement) -> None:
        """Remember a judgement that was not found, in place of those that were wanted least recently."""
        self._known[trail] = judgement
        self._bytes += judgement.size
        while len(self._known) > KEPT or self._bytes > KEPT_BYTES:
            self._bytes -= self._known.pop(next(iter(self._known))).size


class Trail:
    """Stands for all that the checks of one submission have met so far, in order: the same trail, the same record."""

    def __init__(self, precedents: Precedents) -> None:
        self._precedents = precedents
        self._digest = b""

    def settled(self, verdicts: Mapping[str, Verdict]) -> None:
        """Go on with what came of a check, which may have had no answer."""
        self._follow([(v.status, v.message) for v in verdicts.values()], b"")

    def answered(self, reply: Reply, judge: Callable[[], Judgement]) -> Judgement:
        """Go on with a check's answer: what was made of its like, or else what `judge` makes of it. How long its calls
        took is no part of it.
        """
        latest = reply if reply.further is None else reply.further
        told = [(o.value, o.error, o.arguments, o.warnings, o.uses, o.counted) for o in latest.outcomes]
        self._follow(told, latest.payload)
        found = self._precedents.find(self._digest)
        if found is None:
            found = judge()
            self._precedents.keep(self._digest, found)
        return found

    def _follow(self, told: Any, payload: bytes) -> None:
        header = _encoder.encode(told)
        sha = hashlib.sha256(self._digest)
        sha.update(len(header).to_bytes(8, "big"))
        sha.update(header)
        sha.update(payload)
        self._digest = sha.digest()
