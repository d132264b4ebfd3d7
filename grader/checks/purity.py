"""`purity`: inputs and outputs stay untouched, and two interleaved forward/backward pairs do not mix.

A submission is compared with itself here: what it returns alone and what it returns with another pair in between must
be the same. So this proves nothing about values, and is asked only of a function that got something right. The arrays
are made once, stay in the box, and are looked at again when everything has been called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from grader.assignment import Earlier, rng_for
from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import Case, listed, raised
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
    kept: list[tuple[int, tuple[int, ...], int]] = field(default_factory=list)
    """(call that returned an output, where in what it returned, call that looks at it again)."""
    alone: list[int] = field(default_factory=list)
    """What each case returns alone, and `mixed`, in the same order, what it returns among others."""
    mixed: list[int] = field(default_factory=list)
    again: int | None = None
    """A second backward of the first case's cache."""

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
    """In the self-check, where no reference tells the outputs' shapes: which of the forward's outputs have theirs."""
    changes: tuple[str, ...] = ()
    """The arguments that the forward is asked to change."""
    lenient: bool = False
    """Whether another argument that is changed is a remark."""
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
        return self._written((self.pair[0].upstreams, self.pair[1].upstreams))

    @property
    def _cache(self) -> tuple[int, ...]:
        """Where a forward returns its cache: after an output for each upstream gradient."""
        return (len(self.pair[0].upstreams),) if self.backward else ()

    def _written(self, upstreams: tuple[Mapping[str, Any], Mapping[str, Any]]) -> _Script:
        """Each case alone; then forward A, forward B, backward A, backward B; then a look at all that went in."""
        script = _Script(Question(self.seed))
        for case, given in zip(self.pair, upstreams, strict=True):
            made = script.call(self.function, case.inputs, keep=self._cache)
            if self.backward:
                made = script.call(self.backward, (*given.values(), Earlier(made, self._cache)))
            script.alone.append(made)
        forwards = [self._forward(script, case) for case in self.pair]
        for made in forwards:
            for path in [(at,) for at in range(self._cache[0])] if self.backward else [()]:
                script.kept.append((made, path, script.look(made, path)))
        if self.backward is None:
            script.mixed = forwards
        else:
            for made, given in zip(forwards, upstreams, strict=True):
                held = {name: _held(script, value) for name, value in given.items()}
                script.mixed.append(script.call(self.backward, (*held.values(), Earlier(made, self._cache))))
                for name, place in held.items():
                    if isinstance(place, Earlier):
                        script.looks.append((script.look(place.step), self.backward, name, given[name]))
        self._look_at_inputs(script)
        if self.backward:
            first = tuple(upstreams[0].values())
            script.again = script.call(self.backward, (*first, Earlier(script.alone[0] - 1, self._cache)))
        return script

    def _forward(self, script: _Script, case: Case) -> int:
        held = tuple(_held(script, value) for value in case.inputs)
        made = script.call(self.function, held, keep=self._cache)
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
        a, b = (_upstreams(self.seed + i, outs) for i, outs in enumerate(found))
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
        if any(fault for call, fault in enumerate(faults) if call != script.again):
            return self._mixed()
        changed = self._changed(reply, script)
        if changed and not self.lenient:
            return Verdict("failed", message=changed[0], diagnosis="input-changed")
        verdict = self._repeated(reply, script)
        return replace(verdict, remarks=(*changed[:1], *self._used_up(reply, script)))

    def _changed(self, reply: Reply, script: _Script) -> list[str]:
        """What is to be said of each argument that was changed."""
        found = []
        for call, function, name, value in script.looks:
            if name not in self.changes and not _is(reply, reply.outcomes[call].value, value):
                text = f"{function} changes its argument {name} in place: work on a copy."
                if name in self.names and function == self.backward:
                    text = f"{function} changes {name}, which belongs to whoever called {self.function}: copy it."
                found.append(text)
        return found

    def _used_up(self, reply: Reply, script: _Script) -> tuple[str, ...]:
        """A remark on a backward that changes its cache, which belongs to the submission and may be used up."""
        if script.again is None:
            return ()
        first, second = (numeric(reply, reply.outcomes[call].value) for call in (script.alone[0], script.again))
        if reply.outcomes[script.again].error is None and equal(first, second):
            return ()
        return (f"{self.backward} changes its cache: a second call with the same cache gives another result.",)

    def _repeated(self, reply: Reply, script: _Script) -> Verdict:
        """Whether each pair gives among others what it gives alone."""
        values = [numeric(reply, outcome.value) for outcome in reply.outcomes]
        if any(not equal(_part(values[a], path), values[b]) for a, path, b in script.kept):
            text = (
                f"A second call of {self.function} changes what the first one returned: return a new array each time."
            )
            return Verdict("failed", message=text, diagnosis="shared-state")
        if all(equal(values[a], values[m]) for a, m in zip(script.alone, script.mixed, strict=True)):
            return Verdict("passed", 1.0)
        return self._mixed()

    def _mixed(self) -> Verdict:
        if self.backward is None:
            message = f"{self.function} gives another result when it is called again with the same inputs."
        else:
            message = (
                f"{self.backward} gives another result when a second forward comes in between: "
                "keep what it needs in the cache, not in a global or a shared buffer."
            )
        return Verdict("failed", message=message, diagnosis="shared-state")


def _part(value: Any, path: tuple[int, ...]) -> Any:
    """One output of what a function returned."""
    if not path:
        return value
    return value[path[0]] if isinstance(value, tuple) and len(value) > path[0] else None


def _held(script: _Script, value: Any) -> Any:
    """What can be changed is made in the box once, so that it can be looked at later; the rest goes in as it is."""
    if isinstance(value, np.ndarray | list | dict):
        return Earlier(script.call(wire.SAME, (value,)))
    return value


def _upstreams(seed: int, outs: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Random upstream gradients of the shapes of a forward's outputs."""
    if outs is None:
        return None
    rng = rng_for(seed, "purity")
    drawn = {f"d{name}": rng.normal(size=out.shape) for name, out in outs.items()}
    return {name: d if np.ndim(d) else float(d) for name, d in drawn.items()}


def _is(reply: Reply, value: wire.Value | None, was: Any) -> bool:
    """Whether an argument in the box is still what it was."""
    if isinstance(was, list):
        items, _ = listed(value, len(was))
        return items is not None and all(_is(reply, item, part) for item, part in zip(items, was, strict=True))
    if isinstance(was, dict):
        return (
            isinstance(value, wire.Mapping)
            and value.items.keys() == was.keys()
            and all(_is(reply, value.items[key], part) for key, part in was.items())
        )
    if isinstance(was, str):
        return value == wire.Text(was)
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
