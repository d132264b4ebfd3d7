"""`purity`: inputs stay untouched, and two interleaved forward/backward pairs do not mix.

A submission is compared with itself here: what it returns alone and what it returns with another pair in between must
be the same. So this proves nothing about values, and is asked only of a function that got something right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from grader.assignment import Earlier, rng_for
from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import Case, raised
from grader.checks.compare import unearned
from grader.sandbox import wire
from grader.values import Question, Reply, numeric


@dataclass(frozen=True)
class Purity:
    """One function, or one forward/backward pair; two cases."""

    function: str
    points: float
    pair: tuple[Case, Case]
    names: tuple[str, ...]
    """The inputs' names."""
    backward: str | None = None
    at: tuple[int, int] | None = None
    """In the self-check, where no reference tells the output's shape: which of the forward's outputs these cases
    gave."""
    seed: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its row stands under the backward, where there is one."""
        return (Row(self.backward or self.function, "purity", self.points),)

    @property
    def calls(self) -> tuple[str, ...]:
        """The function that the row stands under first."""
        return (self.backward, self.function) if self.backward else (self.function,)

    @cached_property
    def _question(self) -> Question:
        return self._asked(self.pair[0].upstream, self.pair[1].upstream)

    def _asked(self, up_a: Any, up_b: Any) -> Question:
        """A alone, then A and B interleaved: forward A, forward B, backward A, backward B."""
        question = Question(self.seed)
        first, second = self.pair
        if self.backward is None:
            for case in (first, second, first):
                question.call(self.function, case.inputs, echo=True)
            return question
        alone = question.call(self.function, first.inputs, keep=(0, 1))
        question.call(self.backward, (up_a, Earlier(alone, (1,))))
        a = question.call(self.function, first.inputs, keep=(0, 1), echo=True)
        b = question.call(self.function, second.inputs, keep=(0, 1), echo=True)
        question.call(self.backward, (up_a, Earlier(a, (1,))), echo=True)
        question.call(self.backward, (up_b, Earlier(b, (1,))), echo=True)
        return question

    def question(self, record: Record) -> Question | Skip:
        """Asked of what has earned something."""
        if reason := self._undeserved(record):
            return Skip(reason)
        if self.at is None:
            return self._question
        upstreams = self._upstreams(record)
        return self._asked(*upstreams) if upstreams else Skip(f"Asked once {self.function} returns finite numbers.")

    def _upstreams(self, record: Record) -> tuple[Any, Any] | None:
        if self.at is None:
            return self.pair[0].upstream, self.pair[1].upstream
        outputs = record.outputs.get(self.function, [])
        found = [outputs[i] if i < len(outputs) else None for i in self.at]
        a, b = (_upstream(self.seed + i, out) for i, out in enumerate(found))
        return None if a is None or b is None else (a, b)

    def _undeserved(self, record: Record) -> str | None:
        if self.backward is None:
            return unearned(self.function, "forward", record)
        mine = [v for (f, check), v in record.verdicts.items() if f == self.backward and check != "purity"]
        if not mine or any(v.share > 0 or v.extra_points > 0 for v in mine):
            return None
        return f"Asked once {self.backward} gets something right."

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """The first thing that mixes or changes."""
        return {"purity": self._verdict(reply, self._upstreams(record))}

    def _verdict(self, reply: Reply, upstreams: tuple[Any, Any] | None) -> Verdict:
        order = self._order
        faults = [raised(o, f) for o, f in zip(reply.outcomes, order, strict=True)]
        alone = 2 if self.backward else 1
        if fault := next((f for f in faults[:alone] if f), None):
            return Verdict("error", message=f"{fault.message}.")
        if any(faults):
            return self._mixed()
        changed = self._changed(reply, upstreams or (None, None))
        if changed:
            return Verdict("failed", message=changed, diagnosis="input-changed")
        values = [numeric(reply, outcome.value) for outcome in reply.outcomes]
        before, after = (0, 2) if self.backward is None else (1, 4)
        if equal(values[before], values[after]):
            return Verdict("passed", 1.0)
        return self._mixed()

    @property
    def _order(self) -> tuple[str, ...]:
        """The function of each call of the question."""
        f, b = self.function, self.backward
        return (f, b, f, f, b, b) if b else (f, f, f)

    def _mixed(self) -> Verdict:
        if self.backward is None:
            message = f"{self.function} gives another result when it is called again with the same inputs."
        else:
            message = (
                f"{self.backward} gives another result when a second forward comes in between: "
                "keep what it needs in the cache, not in a global or a shared buffer."
            )
        return Verdict("failed", message=message, diagnosis="shared-state")

    def _changed(self, reply: Reply, upstreams: tuple[Any, Any]) -> str:
        """Which argument came back changed from the call."""
        first, second = self.pair
        sent: dict[int, tuple[str, Sequence[str], Sequence[Any]]]
        if self.backward is None:
            sent = {i: (self.function, self.names, case.inputs) for i, case in enumerate((first, second, first))}
        else:
            sent = {
                2: (self.function, self.names, first.inputs),
                3: (self.function, self.names, second.inputs),
                4: (self.backward, (first.upstream_name,), upstreams[:1]),
                5: (self.backward, (second.upstream_name,), upstreams[1:]),
            }
        for i, (function, names, arguments) in sent.items():
            echo = reply.outcomes[i].arguments or ()
            for name, argument, back in zip(names, arguments, echo, strict=False):
                if isinstance(argument, np.ndarray) and not _unchanged(reply, argument, back):
                    return f"{function} changes its argument {name} in place: work on a copy."
        return ""


def _upstream(seed: int, out: Any) -> Any:
    """A random upstream gradient of the shape of a forward's output."""
    if out is None:
        return None
    drawn = rng_for(seed, "purity").normal(size=out.shape)
    return drawn if out.ndim else float(drawn)


def _unchanged(reply: Reply, argument: np.ndarray[Any, Any], back: wire.Value) -> bool:
    if not isinstance(back, wire.Array):
        return False
    return np.array_equal(reply.number(back).array, np.asarray(argument, np.float64), equal_nan=True)


def equal(a: Any, b: Any) -> bool:
    """Whether two results are the same but for rounding in another order of summation."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    return type(a) is type(b)
