"""`gradcheck`: a backward agrees with the numerical derivative of the submission's own forward.

It proves the pair consistent, not right: a forward that computes something else passes with its own derivative. So it
gives up to a quarter of the backward's points where the backward itself failed, and is the main check of the
self-check, which has no reference to compare with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from grader.assignment import rng_for
from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import (
    Case,
    Fault,
    Reading,
    apart_by,
    besides,
    entry,
    evidence,
    keys,
    listed,
    not_finite,
    raised,
    several,
)
from grader.checks.compare import backward, unusable
from grader.numeric import (
    COARSE_EPS,
    EPS,
    RELATIVE,
    STEPS,
    Figure,
    Floats,
    Probe,
    Slope,
    flat,
    magnitude,
    probes,
    slope,
)
from grader.result import CheckStatus
from grader.sandbox import wire
from grader.values import Question, Reply, unimplemented

QUARTER: Final = 0.25
ENTRIES: Final = 24
"""Inputs of at most this many entries are checked entry by entry, larger ones in this many random directions."""
CASES: Final = 3
SAFETY: Final = 10.0
"""The estimated error of a slope is trusted to within this factor."""
UNDECIDED: Final = 1e-3
"""A slope whose estimated error is a larger share of the largest slope says nothing: a kink lies near."""
SIZE: Final = 1e-3
"""A forward whose slopes are smaller than this share of the right ones hardly depends on its inputs."""


@dataclass(frozen=True)
class GradCheck:
    """A backward against differences of its own forward, at the smallest case of each number of axes, and at others."""

    function: str
    forward: str
    outputs: tuple[str, ...]
    cases: tuple[Case, ...]
    wrt: tuple[int, ...]
    gradients: tuple[str, ...]
    """The names of what the backward returns; those of the differentiable inputs come last."""
    keyed: bool
    worth: float
    """The points of the backward's own checks."""
    alone: float | None = None
    """In the self-check, where it stands by itself: its own points."""
    extras: tuple[str, ...] = ()
    """The intermediate gradients that the backward may return besides."""
    seed: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its only row."""
        return (Row(self.function, "gradcheck", self.alone or 0.0),)

    @property
    def calls(self) -> tuple[str, ...]:
        """The backward, then its forward."""
        return (self.function, self.forward)

    @cached_property
    def chosen(self) -> tuple[int, ...]:
        """The smallest case of each number of axes, of those without an axis of length 1 if there are any; then others.

        A sum over the wrong axis shows in batches alone, which a few smallest cases may not have among them.
        """
        shapes = [tuple(s for i in self.wrt for s in _shapes(case.inputs[i])) for case in self.cases]
        order = sorted(range(len(shapes)), key=lambda c: (any(1 in s for s in shapes[c]), _size(shapes[c]), c))
        kinds: dict[tuple[int, ...], int] = {}
        for c in order:
            kinds.setdefault(tuple(len(s) for s in shapes[c]), c)
        chosen = list(kinds.values())
        chosen += [c for c in sorted(order, key=lambda c: (_size(shapes[c]), c)) if c not in chosen]
        return tuple(chosen[: max(CASES, len(kinds))])

    @cached_property
    def lines(self) -> dict[int, list[Probe]]:
        """By case: the lines along which derivatives are taken."""
        rng = rng_for(self.seed, "gradcheck", self.function)
        return {c: [p for i in self.wrt for p in probes(self.cases[c].inputs, i, rng, ENTRIES)] for c in self.chosen}

    def question(self, record: Record) -> Question | Skip:
        """Forward and backward at each case, then the forward at every point that a difference needs."""
        if self.alone is None and self._settled(record):
            return Skip("Not needed: the backward is right.")
        if reason := unusable(self.forward, record):
            return Skip(reason)
        if self._broken(record):
            return Skip(f"Asked once {self.function} returns numbers.")
        question = Question(self.seed)
        for c in self.chosen:
            upstreams = self._upstreams(c, record)
            if upstreams is None:
                continue
            case = self.cases[c].given(upstreams, {})
            backward(question, self.forward, self.function, case)
            for probe in self.lines[c]:
                for point in probe.points(case.inputs):
                    question.call(self.forward, point, keep=(len(self.outputs),))
        return question if question.calls else Skip(f"Asked once {self.forward} returns finite numbers.")

    def _settled(self, record: Record) -> bool:
        mine = [v for (function, check), v in record.verdicts.items() if function == self.function and _own(check)]
        return bool(mine) and all(v.status == "passed" for v in mine)

    def _broken(self, record: Record) -> bool:
        mine = [v for (function, check), v in record.verdicts.items() if function == self.function and _own(check)]
        return bool(mine) and all(
            v.status in {"error", "timeout", "missing", "skipped"} or v.diagnosis == "not-implemented" for v in mine
        )

    def _upstreams(self, c: int, record: Record) -> Mapping[str, Any] | None:
        """The case's upstream gradients, or ones of the shapes that the submission's own forward returns."""
        outs = record.outputs.get(self.forward, [None] * len(self.cases))[c]
        if outs is None:
            return None
        shapes = [outs[name].shape for name in self.outputs]
        names = [f"d{name}" for name in self.outputs]
        given = self.cases[c].upstreams
        if given.keys() == set(names) and all(np.shape(given[n]) == s for n, s in zip(names, shapes, strict=True)):
            return given
        rng = rng_for(self.seed, "upstream", self.function, str(c))
        drawn = [rng.normal(size=shape) for shape in shapes]
        return {name: d if np.ndim(d) else float(d) for name, d in zip(names, drawn, strict=True)}

    # --- judging ------------------------------------------------------------------------------------------------------

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """Agreement entry by entry, or direction by direction."""
        at = 0
        readings: dict[int, Reading] = {}
        worthy = True
        for c in self.chosen:
            upstreams = self._upstreams(c, record)
            if upstreams is None:
                continue
            count = 2 + 2 * len(STEPS) * len(self.lines[c])
            outcomes = reply.outcomes[at : at + count]
            at += count
            readings[c], telling = self._read(reply, self.cases[c], self.lines[c], upstreams, outcomes)
            worthy = worthy and telling and self._shaped(self.cases[c], upstreams)
        return {"gradcheck": self._verdict(readings, record, worthy=worthy)}

    def _shaped(self, case: Case, upstreams: Mapping[str, Any]) -> bool:
        """Whether the forward's outputs have the right shapes."""
        wants = [case.expected.get(name) for name in self.outputs]
        return all(
            want is None or np.shape(upstreams[f"d{name}"]) == np.shape(want)
            for name, want in zip(self.outputs, wants, strict=True)
        )

    def _read(
        self,
        reply: Reply,
        case: Case,
        lines: Sequence[Probe],
        upstreams: Mapping[str, Any],
        outcomes: Sequence[wire.Outcome],
    ) -> tuple[Reading, bool]:
        """What agrees, and whether the forward depends on its inputs as much as the right one does."""
        reading, telling = Reading(), True
        for outcome, function in ((outcomes[0], self.forward), (outcomes[1], self.function)):
            if fault := raised(outcome, function):
                reading.faults[""] = fault
                return reading, False
        gradients = self._gradients(reply, outcomes[1].value, case, reading)
        slopes = self._slopes(reply, lines, upstreams, outcomes[2:])
        names = self.gradients[-len(self.wrt) :]
        for name, position in zip(names, self.wrt, strict=True):
            if name in reading.faults or "" in reading.faults:
                continue
            mine = [(line, s) for line, s in zip(lines, slopes, strict=True) if line.position == position]
            telling = telling and _depends(mine, case.expected.get(name))
            got = gradients.get(name)
            if isinstance(got, np.ndarray):
                got = case.fitted(name, got, np.empty(np.shape(case.inputs[position])))
            fault = _compare(name, got, case.inputs[position], mine)
            if fault:
                reading.faults[name] = fault
        reading.got = {n: g for n, g in gradients.items() if n in names and g is not None}
        return reading, telling

    def _gradients(
        self, reply: Reply, value: wire.Value | None, case: Case, reading: Reading
    ) -> dict[str, Figure | None]:
        if self.keyed:
            items = keys(value, self.gradients[-len(self.wrt) :], self.function, reading)
            return self._figures(reply, items, case)
        value, _ = besides(value, len(self.gradients), self.extras)
        if len(self.gradients) > 1:
            items = several(value, self.gradients, self.function, reading)
        elif unimplemented(value):
            reading.faults[""] = Fault("unfinished", f"{self.function} is not implemented yet: it returns None")
            items = {}
        else:
            items = {self.gradients[0]: value}
        return self._figures(reply, items, case)

    def _figures(self, reply: Reply, items: Mapping[str, Any], case: Case) -> dict[str, Figure | None]:
        like = dict(zip(self.gradients[-len(self.wrt) :], (case.inputs[i] for i in self.wrt), strict=True))
        return {name: _figure(reply, item, like.get(name)) for name, item in items.items()}

    def _slopes(
        self, reply: Reply, lines: Sequence[Probe], upstreams: Mapping[str, Any], outcomes: Sequence[wire.Outcome]
    ) -> list[Slope | None]:
        found: list[Slope | None] = []
        per = 2 * len(STEPS)
        for i, line in enumerate(lines):
            values = [self._objective(reply, o, upstreams) for o in outcomes[i * per : (i + 1) * per]]
            known = [v for v in values if v is not None]
            noise = max((n for _, n in known), default=0.0)
            found.append(slope([v for v, _ in known], line.step, noise) if len(known) == per else None)
        return found

    def _objective(
        self, reply: Reply, outcome: wire.Outcome, upstreams: Mapping[str, Any]
    ) -> tuple[float, float] | None:
        """Sum of upstreams times outputs, the scalar whose gradient the backward returns, and its rounding."""
        value = outcome.value
        if not isinstance(value, wire.Sequence) or len(value.items) != len(self.outputs) + 1:
            return None
        total = rounding = 0.0
        for item, upstream in zip(value.items, upstreams.values(), strict=False):
            number = reply.stacked(item)
            if number is None or number.array.shape != np.shape(upstream) or not np.isfinite(number.array).all():
                return None
            terms = upstream * number.array
            total += float(np.sum(terms))
            rounding += (COARSE_EPS if number.coarse else EPS) * float(np.sum(np.abs(terms)))
        return total, rounding

    def _verdict(self, readings: Mapping[int, Reading], record: Record, *, worthy: bool) -> Verdict:
        if not readings:
            return Verdict("skipped", message=f"Asked once {self.forward} returns finite numbers.")
        names = self.gradients[-len(self.wrt) :]
        share = sum(r.share(names) for r in readings.values()) / len(readings)
        bad = [c for c, r in readings.items() if r.faults]
        extra = self._extra(share, record) if worthy else 0.0
        own = 0.0 if self.alone is None else share
        if not bad:
            note = "" if self.alone else self._consistent(record, worthy=worthy)
            return Verdict("passed", own, note, extra_points=extra)
        first = bad[0]
        fault = next(iter(readings[first].faults.values()))
        case = self.cases[first]
        shown = case.given(case.upstreams, dict.fromkeys(names, None))
        message = f"{fault.message}, in {len(bad)} of {len(readings)} cases."
        status: CheckStatus = "error" if fault.order == "raised" and len(bad) == len(readings) else "failed"
        # Beside a backward's own check, which shows a failing case already, the message says what there is to say.
        found = None if self.alone is None else evidence(first, shown, readings[first])
        return Verdict(status, own, message, evidence=found, extra_points=extra)

    def _consistent(self, record: Record, *, worthy: bool) -> str:
        forward = record.verdict(self.forward, "forward")
        if forward is None or forward.status == "passed":
            return ""
        text = f"{self.function} is the derivative of your own {self.forward}, which is wrong itself: mend that first."
        return (
            text if worthy else f"{text} It earns no points, as the forward has another shape, or hardly depends on it."
        )

    def _extra(self, share: float, record: Record) -> float:
        rows = [v.share for (f, check), v in record.verdicts.items() if f == self.function and _own(check)]
        if self.alone is not None or not rows:
            return 0.0
        return max(0.0, QUARTER * share * self.worth - self.worth * sum(rows) / len(rows))


def _size(shapes: Sequence[tuple[int, ...]]) -> int:
    return sum(int(np.prod(shape, dtype=np.int64)) for shape in shapes)


def _shapes(value: Any) -> list[tuple[int, ...]]:
    """The shape of an input, or those of a list's arrays."""
    return [np.shape(item) for item in value] if isinstance(value, list | tuple) else [np.shape(value)]


def _figure(reply: Reply, value: Any, like: Any) -> Figure | None:
    """A returned gradient, of the structure of the input that it belongs to; None where it is not made of numbers."""
    if not isinstance(like, list | tuple):
        number = reply.stacked(value)
        return None if number is None else number.array
    items, _ = listed(value, len(like))
    numbers = [reply.stacked(item) for item in items or ()]
    known = tuple(number.array for number in numbers if number is not None)
    return known if items is not None and len(known) == len(like) else None


def _depends(slopes: Sequence[tuple[Probe, Slope | None]], right: Figure | None) -> bool:
    """Whether a forward depends on an input about as much, and in as many entries, as the right one."""
    if right is None:
        return True
    right = flat(right)
    sizes = [abs(s.value) for _, s in slopes if s is not None]
    largest = max(sizes, default=0.0)
    if largest < SIZE * magnitude(right):
        return False
    felt = sum(size > SIZE * largest for size in sizes) / len(slopes)
    return felt >= 0.5 * float(np.mean(np.abs(right) > SIZE * magnitude(right)))


def _own(check: str) -> bool:
    return check == "backward" or check.startswith("stages:")


def _compare(name: str, got: Figure | None, value: Any, slopes: Sequence[tuple[Probe, Slope | None]]) -> Fault | None:
    """The first fault of the gradient of the input `value` against its slopes."""
    if got is None:
        what = f"no list of {len(value)} arrays" if isinstance(value, list | tuple) else "not made of numbers"
        return Fault("returns", f"{name} is {what}", where=name)
    if not isinstance(got, tuple):
        return _misshapen(name, got, np.shape(value)) or _sloped(name, {None: got}, slopes)
    for i, (item, shape) in enumerate(zip(got, _shapes(value), strict=True)):
        if fault := _misshapen(f"{name}[{i}]", item, shape):
            return fault
    return _sloped(name, dict(enumerate(got)), slopes)


def _misshapen(name: str, got: Floats, shape: tuple[int, ...]) -> Fault | None:
    if got.shape != shape:
        difference = f"shape {got.shape} instead of {shape}"
        return Fault("shape", f"{name} has {difference}", difference, name)
    return None if np.isfinite(got).all() else not_finite(got, name)


def _sloped(name: str, got: Mapping[int | None, Floats], slopes: Sequence[tuple[Probe, Slope | None]]) -> Fault | None:
    """The first slope that a gradient does not agree with; `got` by its place in a list."""
    # Differences of huge values overflow, and then anything would be within the estimated error.
    known = [(p, s) for p, s in slopes if s is not None and math.isfinite(s.value) and math.isfinite(s.error)]
    largest = max((abs(s.value) for _, s in known), default=0.0)
    sound = [(p, s) for p, s in known if max(s.error, s.kink) <= UNDECIDED * largest + s.noise]
    constant = largest <= max((s.noise for _, s in known), default=0.0)
    if constant or 2 * len(sound) <= len(slopes):
        why = "does not depend on it" if constant else "is not smooth there"
        return Fault("value", f"{name} can't be checked by differences: the forward {why}", where=name)
    for probe, numerical in sound:
        claimed = float(np.sum(got[probe.item] * probe.direction))
        allowed = SAFETY * numerical.error + RELATIVE * max(abs(numerical.value), 1e-3 * largest)
        if not abs(claimed - numerical.value) <= allowed:
            part = name if probe.item is None else f"{name}[{probe.item}]"
            at = entry(part, probe.index) if probe.index is not None else f"{part} along a random direction"
            difference = apart_by(claimed, numerical.value)
            return Fault("value", f"{at} is {difference} by the numerical derivative of your forward", difference, at)
    return None
