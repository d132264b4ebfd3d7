"""`purity`: inputs and outputs stay untouched, and two interleaved forward/backward pairs do not mix.

A submission is compared with itself here: what it returns alone and what it returns with another pair in between must
be the same. So this proves nothing about values, and is asked only of a function that got something right. The arrays
are made once, stay in the box, and are looked at again when everything has been called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from grader.assignment import Earlier, rng_for
from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import Case, raised
from grader.checks.compare import unearned
from grader.sandbox import wire
from grader.values import Question, Reply, numeric


@dataclass
class _Script:
    """The calls of the question, and what each is for."""

    question: Question
    functions: list[str] = field(default_factory=list)
    """By call; empty for a look."""
    looks: list[tuple[int, str, str, Any]] = field(default_factory=list)
    """(call, function that may have changed it, the argument's name, what it was)."""
    kept: list[tuple[int, int]] = field(default_factory=list)
    """(call that returned an output, call that looks at it again)."""
    alone: list[int] = field(default_factory=list)
    """What each case returns alone, and `mixed`, in the same order, what it returns among others."""
    mixed: list[int] = field(default_factory=list)

    def call(self, function: str, arguments: tuple[Any, ...], **options: Any) -> int:
        """Add a call; gives its number."""
        self.functions.append(function)
        return self.question.call(function, arguments, **options)

    def look(self, step: int, path: tuple[int, ...] = ()) -> int:
        """Look at a value in the box."""
        return self.call(wire.SAME, (Earlier(step, path),))


@dataclass(frozen=True)
class Purity:
    """One function, or one forward/backward pair; two cases of the same shape, so that a shared buffer shows."""

    function: str
    points: float
    pair: tuple[Case, Case]
    names: tuple[str, ...]
    """The inputs' names."""
    backward: str | None = None
    at: tuple[int, int] | None = None
    """In the self-check, where no reference tells the output's shape: which of the forward's outputs have theirs."""
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
    def _script(self) -> _Script:
        return self._written((self.pair[0].upstream, self.pair[1].upstream))

    def _written(self, upstreams: tuple[Any, Any]) -> _Script:
        """Each case alone; then forward A, forward B, backward A, backward B; then a look at all that went in."""
        script = _Script(Question(self.seed))
        for case, upstream in zip(self.pair, upstreams, strict=True):
            made = script.call(self.function, case.inputs, keep=(1,) if self.backward else ())
            if self.backward:
                made = script.call(self.backward, (upstream, Earlier(made, (1,))))
            script.alone.append(made)
        forwards = [self._forward(script, case) for case in self.pair]
        for made in forwards:
            path = (0,) if self.backward else ()
            script.kept.append((made, script.look(made, path)))
        if self.backward is None:
            script.mixed = forwards
        else:
            for made, case, upstream in zip(forwards, self.pair, upstreams, strict=True):
                held = _held(script, upstream)
                script.mixed.append(script.call(self.backward, (held, Earlier(made, (1,)))))
                if isinstance(held, Earlier):
                    script.looks.append((script.look(held.step), self.backward, case.upstream_name, upstream))
        self._look_at_inputs(script)
        return script

    def _forward(self, script: _Script, case: Case) -> int:
        held = tuple(_held(script, value) for value in case.inputs)
        made = script.call(self.function, held, keep=(1,) if self.backward else ())
        for name, value, place in zip(self.names, case.inputs, held, strict=True):
            if isinstance(place, Earlier):
                script.looks.append((script.look(place.step), self.function, name, value))
        return made

    def _look_at_inputs(self, script: _Script) -> None:
        """Once more at the end: a backward may change what its cache shares with the caller."""
        first = [(function, name, value) for _, function, name, value in script.looks if function == self.function]
        places = [call for call, function, *_ in script.looks if function == self.function]
        for place, (_, name, value) in zip(places, first, strict=True):
            script.looks.append((script.look(place), self.backward or self.function, name, value))

    def question(self, record: Record) -> Question | Skip:
        """Asked of what has earned something."""
        if reason := self._undeserved(record):
            return Skip(reason)
        script = self._asked(record)
        return script.question if script else Skip(f"Asked once {self.function} returns finite numbers.")

    def _asked(self, record: Record) -> _Script | None:
        if self.at is None or self.backward is None:
            return self._script
        outputs = record.outputs.get(self.function, [])
        found = [outputs[i] if i < len(outputs) else None for i in self.at]
        a, b = (_upstream(self.seed + i, out) for i, out in enumerate(found))
        return None if a is None or b is None else self._written((a, b))

    def _undeserved(self, record: Record) -> str | None:
        if self.backward is None:
            return unearned(self.function, "forward", record)
        mine = [v for (f, check), v in record.verdicts.items() if f == self.backward and check != "purity"]
        if not mine or any(v.share > 0 for v in mine):
            return None
        return f"Asked once {self.backward} gets something right."

    # --- judging ------------------------------------------------------------------------------------------------------

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """The first thing that mixes or changes."""
        script = self._asked(record)
        if script is None:
            raise ValueError("an answer to a question that was not asked")
        return {"purity": self._verdict(reply, script)}

    def _verdict(self, reply: Reply, script: _Script) -> Verdict:
        faults = [raised(o, f) for o, f in zip(reply.outcomes, script.functions, strict=True)]
        alone = max(script.alone) + 1
        if fault := next((f for f in faults[:alone] if f), None):
            return Verdict("error", message=f"{fault.message}.")
        if any(faults):
            return self._mixed()
        for call, function, name, value in script.looks:
            if not _is(reply, reply.outcomes[call].value, value):
                text = f"{function} changes its argument {name} in place: work on a copy."
                if name in self.names and function == self.backward:
                    text = f"{function} changes {name}, which belongs to whoever called {self.function}: copy it."
                return Verdict("failed", message=text, diagnosis="input-changed")
        values = [numeric(reply, outcome.value) for outcome in reply.outcomes]
        if any(not equal(self._output(values[a]), values[b]) for a, b in script.kept):
            text = (
                f"A second call of {self.function} changes what the first one returned: return a new array each time."
            )
            return Verdict("failed", message=text, diagnosis="shared-state")
        if all(equal(values[a], values[m]) for a, m in zip(script.alone, script.mixed, strict=True)):
            return Verdict("passed", 1.0)
        return self._mixed()

    def _output(self, value: Any) -> Any:
        return value[0] if self.backward and isinstance(value, tuple) and value else value

    def _mixed(self) -> Verdict:
        if self.backward is None:
            message = f"{self.function} gives another result when it is called again with the same inputs."
        else:
            message = (
                f"{self.backward} gives another result when a second forward comes in between: "
                "keep what it needs in the cache, not in a global or a shared buffer."
            )
        return Verdict("failed", message=message, diagnosis="shared-state")


def _held(script: _Script, value: Any) -> Any:
    """An array is made in the box once, so that it can be looked at later; anything else goes in as it is."""
    return Earlier(script.call(wire.SAME, (value,))) if isinstance(value, np.ndarray) else value


def _upstream(seed: int, out: Any) -> Any:
    """A random upstream gradient of the shape of a forward's output."""
    if out is None:
        return None
    drawn = rng_for(seed, "purity").normal(size=out.shape)
    return drawn if out.ndim else float(drawn)


def _is(reply: Reply, value: wire.Value | None, was: np.ndarray[Any, Any]) -> bool:
    """Whether an array in the box is still what it was."""
    if not isinstance(value, wire.Array):
        return False
    return np.array_equal(reply.number(value).array, np.asarray(was, np.float64), equal_nan=True)


def equal(a: Any, b: Any) -> bool:
    """Whether two results are the same but for rounding in another order of summation."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    return type(a) is type(b)
