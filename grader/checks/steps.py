"""`stages` for a backward that returns gradients alone: follow-through, read off the gradients.

What a step did can often be seen in what is returned: a layer's delta in the gradient of its weights, a gate's
gradient in a slice of the bias's. So each step is judged from the submission's own results for the steps above it, as
stages are (`stages.py`), and one wrong step costs that step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import Case, Fault, Reading, evidence, off, raised, read, several, warned
from grader.checks.compare import (
    backward,
    by_library,
    came,
    noted,
    numerical,
    observed,
    precise,
    status_of,
    suspicion,
    unusable,
)
from grader.checks.stages import placed, tells
from grader.diagnose import Diagnosis, Prediction, Values, recognise
from grader.numeric import Figure, Floats
from grader.sandbox import wire
from grader.values import Question, Reply

Parts = Mapping[str, Mapping[str, Floats]]
"""By step: its parts by name."""


class Guide(Protocol):
    """What a step check needs to know of one case."""

    @property
    def extras(self) -> Mapping[str, Figure]:
        """The intermediate gradients that may be returned besides, as they should be."""
        ...

    def parts(self, gradients: Mapping[str, Figure]) -> Parts:
        """What belongs to each step."""
        ...

    def follow(self, own: Mapping[str, Figure]) -> Mapping[str, Figure]:
        """The gradients, each as it follows from the others."""
        ...


@dataclass(frozen=True)
class _Step:
    """One step of one case."""

    parts: tuple[str, ...]
    faults: Mapping[str, Fault]
    want: Mapping[str, Floats]
    """What its parts should be: as in the reference, or as follows from the submission's own gradients."""
    got: Mapping[str, Floats]
    followed: bool = False
    """Whether it is right by following alone."""

    @property
    def share(self) -> float:
        return 1.0 - len(self.faults) / len(self.parts)


@dataclass(frozen=True)
class Steps:
    """All steps of one backward, asked in one question."""

    function: str
    forward: str
    points: float
    """For each step."""
    cases: tuple[Case, ...]
    guides: tuple[Guide, ...]
    steps: tuple[str, ...]
    """In backward order."""
    predictions: tuple[Prediction, ...] = ()
    ones: tuple[Values | None, ...] = ()
    quantities: tuple[Mapping[str, float], ...] = ()
    seed: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """A row a step."""
        return tuple(Row(self.function, f"stages:{step}", self.points) for step in self.steps)

    @property
    def calls(self) -> tuple[str, ...]:
        """The backward, then its forward."""
        return (self.function, self.forward)

    @cached_property
    def _question(self) -> Question:
        question = Question(self.seed)
        for case in self.cases:
            backward(question, self.forward, self.function, case, keep_output=True)
        return question

    def question(self, record: Record) -> Question | Skip:
        """Every case once."""
        reason = unusable(self.forward, record)
        return Skip(reason) if reason else self._question

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """A verdict a step."""
        readings = [self._read(reply, i) for i in range(len(self.cases))]
        if all("" in r.faults and r.faults[""].by == self.forward for r in readings):
            return {row.check: Verdict("skipped", message=readings[0].faults[""].message) for row in self.rows}
        judged = [self._steps(i, reading) for i, reading in enumerate(readings)]
        whole = self._diagnose(readings)
        verdicts = {step: self._verdict(step, judged, readings, whole) for step in self.steps}
        wrong = [step for step, verdict in verdicts.items() if verdict.status != "passed"]
        followed = [s for s in self.steps if s not in wrong and any(s in one and one[s].followed for one in judged)]
        remarks = tuple(sorted({text for r in readings for text in r.remarks}))
        differences = numerical(self.cases, readings)
        told = {
            step: replace(placed(step, verdict, wrong, followed), numerical=differences)
            for step, verdict in verdicts.items()
        }
        first = self.steps[0]
        told[first] = replace(
            told[first], remarks=remarks, instructor=() if wrong else suspicion(self.forward, self.cases, readings)
        )
        return {f"stages:{step}": verdict for step, verdict in told.items()}

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, reply: Reply, i: int) -> Reading:
        """One case, compared with the reference."""
        case, reading = self.cases[i], Reading()
        for outcome, function in zip(reply.outcomes[2 * i : 2 * i + 2], (self.forward, self.function), strict=True):
            noted(outcome, reading)
            if fault := raised(outcome, function):
                reading.faults[""] = fault
                return reading
            reading.remarks.update(warned(outcome, function))
        value = reply.outcomes[2 * i + 1].value
        items, extras = self._taken_apart(value, i, reading)
        for name, item in items.items():
            read(reply, item, name, self.function, case, reading)
        wanted = self.guides[i].extras
        more = replace(case, expected={**case.expected, **wanted})
        for name in wanted.keys() & extras.keys():
            read(reply, extras[name], name, self.function, more, reading)
        return reading

    def _taken_apart(
        self, value: wire.Value | None, i: int, reading: Reading
    ) -> tuple[Mapping[str, wire.Value | None], Mapping[str, wire.Value]]:
        """The gradients by name, and the intermediate ones where they are returned besides."""
        names = list(self.cases[i].expected)
        extras: Mapping[str, wire.Value] = {}
        if self.guides[i].extras and isinstance(value, wire.Sequence) and len(value.items) == len(names) + 1:
            last = value.items[-1]
            if isinstance(last, wire.Mapping):
                extras, value = last.items, wire.Sequence(value.kind, value.items[:-1])
        if len(names) == 1:
            return {names[0]: value}, extras
        return several(value, names, self.function, reading), extras

    def _steps(self, i: int, reading: Reading) -> dict[str, _Step]:
        """The steps that the case has; a part is right that equals the reference's, or that follows from what the
        submission has above it.
        """
        case, guide = self.cases[i], self.guides[i]
        right = {name: value for name, value in case.expected.items() if value is not None}
        right |= {name: value for name, value in guide.extras.items() if name in reading.got}
        if "" in reading.faults:
            fault = reading.faults[""]
            return {
                step: _Step(tuple(parts), dict.fromkeys(parts, fault), parts, {})
                for step, parts in guide.parts(right).items()
            }
        own = {name: _sound(reading.got.get(name), value) for name, value in right.items()}
        with np.errstate(all="ignore"):
            wants, gots = guide.parts(right), guide.parts(own)
            follows = guide.parts({**right, **guide.follow(own)})
        unread = {name: f for name, f in reading.faults.items() if f.order != "value"}
        sources = {part: _source(part, right) for parts in wants.values() for part in parts}
        return {step: self._step(case, wants[step], gots[step], follows[step], unread, sources) for step in wants}

    def _step(
        self,
        case: Case,
        wants: Mapping[str, Floats],
        gots: Mapping[str, Floats],
        follows: Mapping[str, Floats],
        unread: Mapping[str, Fault],
        sources: Mapping[str, str],
    ) -> _Step:
        faults: dict[str, Fault] = {}
        expected = dict(wants)
        followed = False
        for part, want in wants.items():
            if sources[part] in unread:
                faults[part] = unread[sources[part]]
                continue
            got, follow = gots[part], follows[part]
            if case.right(want, got).all():
                continue
            if tells(follow, want):
                expected[part] = follow
                right = case.right(follow, got)
                if right.all():
                    followed = True
                    continue
            faults[part] = off(got, expected[part], case.right(expected[part], got), part)
        return _Step(tuple(wants), faults, expected, gots, followed)

    # --- summing up ---------------------------------------------------------------------------------------------------

    def _verdict(
        self,
        step: str,
        judged: Sequence[Mapping[str, _Step]],
        readings: Sequence[Reading],
        whole: Diagnosis | None,
    ) -> Verdict:
        mine = [(i, one[step]) for i, one in enumerate(judged) if step in one]
        share = sum(one.share for _, one in mine) / len(mine)
        bad = [(i, one) for i, one in mine if one.faults]
        if not bad:
            return Verdict("passed", 1.0)
        i, first = min(bad, key=lambda pair: (self.cases[pair[0]].size, pair[0]))
        fault = next(iter(first.faults.values()))
        if fault.order == "unfinished":
            return Verdict("failed", share, f"{fault.message}.", "not-implemented")
        message = f"{fault.message}, in {len(bad)} of {len(mine)} cases."
        diagnosis = whole or self._diagnose_step(step, judged)
        if diagnosis and diagnosis.detail:
            message += f" {diagnosis.detail}"
        case = self.cases[i].given(self.cases[i].upstreams, dict(first.want))
        one = Reading({p: g for p, g in first.got.items() if p in first.faults}, dict(first.faults))
        return Verdict(
            status_of(readings),
            share,
            message,
            diagnosis.name if diagnosis else None,
            evidence(i, case, one),
        )

    def _diagnose(self, readings: Sequence[Reading]) -> Diagnosis | None:
        """One mistake that explains all gradients of all cases."""
        if any(f.order == "unfinished" for r in readings for f in r.faults.values()):
            return Diagnosis("not-implemented")
        if any("" in r.faults for r in readings) and (library := by_library(readings)):
            return Diagnosis("differentiating-library", f"It needs {library}.")
        if any("" in r.faults and r.faults[""].by != self.function for r in readings):
            return None
        wrong = [n for n in self.cases[0].expected if any(n in r.faults for r in readings)]
        if not wrong:
            return None
        cases = [
            observed(case, came(reading), quantities, ones)
            for case, reading, quantities, ones in zip(self.cases, readings, self.quantities, self.ones, strict=True)
        ]
        found = recognise(cases, wrong, self.predictions, anything=len(self.cases[0].expected) == len(wrong))
        return precise(found, self.cases, readings)

    def _diagnose_step(self, step: str, judged: Sequence[Mapping[str, _Step]]) -> Diagnosis | None:
        """A general mistake in one step, as seen from what the submission has above it."""
        mine = [(i, one[step]) for i, one in enumerate(judged) if step in one]
        if any(f.order != "value" for _, one in mine for f in one.faults.values()):
            return None
        wrong = [p for p in mine[0][1].parts if any(p in one.faults for _, one in mine)]
        cases = [observed(replace(self.cases[i], expected=one.want), one.got, self.quantities[i]) for i, one in mine]
        return recognise(cases, wrong, ())


def _sound(got: Figure | None, want: Figure) -> Figure:
    """A submission's gradient where something can follow from it, the right one otherwise."""
    if isinstance(want, tuple):
        fits = isinstance(got, tuple) and all(_usable(g, w) for g, w in zip(got, want, strict=True))
    else:
        fits = isinstance(got, np.ndarray) and _usable(got, want)
    return got if fits and got is not None else want


def _usable(got: Floats, want: Floats) -> bool:
    return got.shape == want.shape and bool(np.isfinite(got).all())


def _source(part: str, gradients: Mapping[str, Figure]) -> str:
    """The gradient that a part is taken from: "dweights" of "dweights[1]", "db" of "db of gate i"."""
    return max((name for name in gradients if part.startswith(name)), key=len, default=part)
