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
from grader.checks.case import Case, Fault, Reading, besides, evidence, off, raised, read, several, warned
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
from grader.checks.stages import tells
from grader.diagnose import Diagnosis, Prediction, Values, recognise
from grader.numeric import Figure, Floats
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

    def slips(self, own: Mapping[str, Figure]) -> Sequence[tuple[str, Mapping[str, Figure] | None]]:
        """For each known mistake of a single step: its name, and the gradients as they follow with it; None where it
        can't be computed.
        """
        ...


@dataclass(frozen=True)
class _Own:
    """The gradients that a submission gives in one case, the right ones standing in for what can't be used."""

    guide: Guide
    gradients: Mapping[str, Figure]

    @cached_property
    def slips(self) -> list[tuple[str, Parts | None]]:
        """What each known mistake of a single step would have given, by step."""
        with np.errstate(all="ignore"):
            slipped = self.guide.slips(self.gradients)
            parts = (None if found is None else self.guide.parts({**self.gradients, **found}) for _, found in slipped)
            return [(name, part) for (name, _), part in zip(slipped, parts, strict=True)]


@dataclass(frozen=True)
class _Step:
    """One step of one case."""

    parts: tuple[str, ...]
    faults: Mapping[str, Fault]
    want: Mapping[str, Floats]
    """What its parts should be: as in the reference, or as follows from the submission's own gradients."""
    got: Mapping[str, Floats]
    followed: bool = False
    """Whether some of it is right by following alone."""
    own: _Own | None = None
    """All gradients of its case; None where the call raised."""

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
        if wrong:
            verdicts[wrong[0]] = self._placed(wrong, judged, verdicts[wrong[0]])
        remarks = tuple(sorted({text for r in readings for text in r.remarks}))
        differences = numerical(self.cases, readings)
        told = {step: replace(verdict, numerical=differences) for step, verdict in verdicts.items()}
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
        wanted, names = self.guides[i].extras, list(case.expected)
        value, extras = besides(reply.outcomes[2 * i + 1].value, len(names), wanted)
        items = {names[0]: value} if len(names) == 1 else several(value, names, self.function, reading)
        more = replace(case, expected={**case.expected, **wanted})
        for name, item in {**items, **extras}.items():
            read(reply, item, name, self.function, more, reading)
        if not wanted.keys() <= reading.got.keys():  # some alone would be counted twice, and others not at all
            for name in wanted:
                reading.got.pop(name, None)
                reading.faults.pop(name, None)
        return reading

    def _steps(self, i: int, reading: Reading) -> dict[str, _Step]:
        """The steps that the case has; a part is right that equals the reference's, or that follows from what the
        submission has above it.
        """
        case, guide = self.cases[i], self.guides[i]
        right = {name: value for name, value in case.expected.items() if value is not None}
        if guide.extras.keys() <= reading.got.keys():
            right |= guide.extras
        if "" in reading.faults:
            fault = reading.faults[""]
            return {
                step: _Step(tuple(parts), dict.fromkeys(parts, fault), parts, {})
                for step, parts in guide.parts(right).items()
            }
        own = {name: _sound(name, value, reading) for name, value in right.items()}
        with np.errstate(all="ignore"):
            wants, gots = guide.parts(right), guide.parts(own)
            follows = guide.parts({**right, **guide.follow(own)})
        faults = _faults(right, reading)
        steps = {step: _step(case, wants[step], gots[step], follows[step], faults) for step in wants}
        shared = _Own(guide, own)
        return {step: replace(one, own=shared) for step, one in steps.items()}

    # --- summing up ---------------------------------------------------------------------------------------------------

    def _verdict(
        self,
        step: str,
        judged: Sequence[Mapping[str, _Step]],
        readings: Sequence[Reading],
        whole: Mapping[str, Diagnosis],
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
        message = fault.message + (f", in {len(bad)} of {len(mine)} cases" if len(mine) > 1 else "")
        right = [part for part in first.parts if not any(part in one.faults for _, one in bad)]
        if right:
            message += f"; {', '.join(right)} {'is' if len(right) == 1 else 'are'} right"
        diagnosis = _concerning(whole, first, tuple(self.cases[0].expected)) or self._diagnose_step(step, judged)
        message += f". {diagnosis.detail}" if diagnosis and diagnosis.detail else ""
        message = message if message.endswith((".", "?")) else f"{message}."
        case = self.cases[i].given(self.cases[i].upstreams, dict(first.want))
        one = Reading({p: g for p, g in first.got.items() if p in first.faults}, dict(first.faults))
        return Verdict(
            status_of(readings),
            share,
            message,
            diagnosis.name if diagnosis else None,
            evidence(i, case, one),
        )

    def _placed(self, wrong: Sequence[str], judged: Sequence[Mapping[str, _Step]], verdict: Verdict) -> Verdict:
        """The verdict on the first wrong step, which says so, and what is right from there on."""
        later = [s for s in self.steps[self.steps.index(wrong[0]) :] if s not in wrong]
        followed = [s for s in later if any(s in one and one[s].followed for one in judged)]
        told = ["This is the first stage that goes wrong."] if len(wrong) > 1 else []
        if later:
            own = " by your own gradients" if followed else ""
            told.append(f"From there on, {', '.join(later)} {'is' if len(later) == 1 else 'are'} right{own}.")
        return replace(verdict, message=" ".join([verdict.message, *told]))

    def _diagnose(self, readings: Sequence[Reading]) -> dict[str, Diagnosis]:
        """By gradient: the mistake that explains all gradients of all cases, or this one."""
        names = list(self.cases[0].expected)
        if any("" in r.faults for r in readings) and (library := by_library(readings)):
            return dict.fromkeys(names, Diagnosis("differentiating-library", f"It needs {library}."))
        if any("" in r.faults and r.faults[""].by != self.function for r in readings):
            return {}
        cases = [
            observed(case, came(reading), quantities, ones)
            for case, reading, quantities, ones in zip(self.cases, readings, self.quantities, self.ones, strict=True)
        ]
        wrong = [name for name in names if any(name in r.faults for r in readings)]
        found = {name: precise(recognise(cases, [name], self.predictions), self.cases, readings) for name in wrong}
        return {name: diagnosis for name, diagnosis in found.items() if diagnosis}

    def _diagnose_step(self, step: str, judged: Sequence[Mapping[str, _Step]]) -> Diagnosis | None:
        """A mistake in one step, as seen from what the submission has above it."""
        mine = [(i, one[step]) for i, one in enumerate(judged) if step in one]
        if any(f.order != "value" for _, one in mine for f in one.faults.values()):
            return None
        wrong = [p for p in mine[0][1].parts if any(p in one.faults for _, one in mine)]
        cases = [observed(replace(self.cases[i], expected=one.want), one.got, self.quantities[i]) for i, one in mine]
        slips = zip(*(one.own.slips for _, one in mine if one.own), strict=True)
        known = [Prediction(each[0][0], tuple(p and p[step] for _, p in each)) for each in slips]
        return recognise(cases, wrong, known)


def _sound(name: str, want: Figure, reading: Reading) -> Figure:
    """A submission's gradient where something can follow from it, the right one otherwise; of a list, each array."""
    if not isinstance(want, tuple):
        return _usable(reading.got.get(name), want)
    items = [item.got for item in reading.items.get(name, ())] or [None] * len(want)
    return tuple(_usable(got, w) for got, w in zip(items, want, strict=True))


def _usable(got: Figure | None, want: Floats) -> Floats:
    fits = isinstance(got, np.ndarray) and got.shape == want.shape and bool(np.isfinite(got).all())
    return got if fits and isinstance(got, np.ndarray) else want


@dataclass(frozen=True)
class _Source:
    """What was read of a gradient, or of one array of a list."""

    fault: Fault | None
    coarse: bool


def _faults(gradients: Mapping[str, Figure], reading: Reading) -> dict[str, _Source]:
    """What parts are taken from, by what a part's name may begin with: "db", "dweights[1]", "dweights[-1]"."""
    found = {}
    for name, value in gradients.items():
        missing = None if name in reading.got else Fault("returns", f"{name} is missing", where=name)
        found[name] = _Source(reading.faults.get(name, missing), name in reading.coarse)
        items = reading.items.get(name, ()) if isinstance(value, tuple) else ()
        for i, item in enumerate(items):
            source = _Source(item.fault, f"{name}[{i}]" in reading.coarse)
            found |= {f"{name}[{i}]": source, f"{name}[{i - len(items)}]": source}
    return found


def _step(
    case: Case,
    wants: Mapping[str, Floats],
    gots: Mapping[str, Floats],
    follows: Mapping[str, Floats],
    sources: Mapping[str, _Source],
) -> _Step:
    faults: dict[str, Fault] = {}
    expected = dict(wants)
    seen = dict(gots)
    followed = False
    for part, want in wants.items():
        source = sources[max((name for name in sources if part.startswith(name)), key=len)]
        if source.fault is None:
            continue
        if source.fault.order != "value":
            faults[part] = source.fault
            del seen[part]  # where it can't be read, what is right stands in for it
            continue
        got, follow = gots[part], follows[part]
        right = case.right(want, got, coarse=source.coarse)
        if right.all():
            continue
        nothing = case.right(follow, np.zeros_like(follow), coarse=source.coarse).all()
        if tells(follow, want) and not nothing:
            expected[part] = follow
            right = case.right(follow, got, coarse=source.coarse)
        if right.all():
            followed = True
        else:
            faults[part] = off(got, expected[part], right, part)
    return _Step(tuple(wants), faults, expected, seen, followed)


def _concerning(found: Mapping[str, Diagnosis], step: _Step, gradients: tuple[str, ...]) -> Diagnosis | None:
    """The mistake found in a gradient that a wrong part of the step is taken from; where an intermediate gradient is
    wrong, in one that comes of it.
    """
    inner = any(not part.startswith(gradients) for part in step.faults)
    parts = (*step.faults, *(step.parts if inner else ()))
    names = (max((n for n in found if part.startswith(n)), key=len, default="") for part in parts)
    return next((found[name] for name in names if name), None)
