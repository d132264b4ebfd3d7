"""`stages`: follow-through. Each stage of a backward is judged from the submission's own upstream gradients.

A stage is right when it is the pullback of what the submission itself computed for the stages that consume it, so one
wrong stage costs that stage and not every stage below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np

from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import Case, Reading, evidence, keys, raised, read
from grader.checks.compare import backward, status_of, unusable
from grader.numeric import Figure, Floats, flat, magnitude, same
from grader.values import Question, Reply


class Trace(Protocol):
    """What a stage check needs of the reference's trace of one case."""

    @property
    def values(self) -> Mapping[str, Floats]:
        """The values of inputs and stages by name."""
        ...

    def consumers(self, name: str) -> tuple[str, ...]:
        """The stages that use `name` directly."""
        ...

    def pull(self, name: str, given: Mapping[str, Floats], upstream: Any) -> Floats:
        """The gradient of `name` from given gradients of what consumes it."""
        ...


@dataclass(frozen=True)
class StageMistake:
    """A known mistake in one stage: `predict(one.own, values)` is the stage's gradient with it."""

    name: str
    stage: str
    predict: Callable[[Mapping[str, Floats], Mapping[str, Floats]], Any]


@dataclass(frozen=True)
class _Judged:
    """One case: `follow` expects what follows from `own`, the gradients as they stand as upstream ones."""

    reading: Reading
    follow: Case
    own: Mapping[str, Floats]
    right: frozenset[str]
    """The stages that equal the reference outright."""


@dataclass(frozen=True)
class Stages:
    """All stages of one backward, asked in one question."""

    function: str
    forward: str
    points: float
    """For each stage."""
    cases: tuple[Case, ...]
    traces: tuple[Trace, ...]
    stages: tuple[str, ...]
    """The gradients' names in backward order: "dnum"."""
    mistakes: tuple[StageMistake, ...] = ()
    seed: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """A row a stage."""
        return tuple(Row(self.function, f"stages:{stage}", self.points) for stage in self.stages)

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
        """A verdict a stage."""
        judged = [self._read(reply, i) for i in range(len(self.cases))]
        readings = [one.reading for one in judged]
        if all("" in r.faults and r.faults[""].by == self.forward for r in readings):
            return {row.check: Verdict("skipped", message=readings[0].faults[""].message) for row in self.rows}
        verdicts = {stage: self._verdict(stage, judged) for stage in self.stages}
        verdicts = self._earned(verdicts, judged)
        wrong = [stage for stage, v in verdicts.items() if v.status != "passed"]
        followed = [s for s in self.stages if s not in wrong and not all(s in one.right for one in judged)]
        return {f"stages:{stage}": placed(stage, v, wrong, followed) for stage, v in verdicts.items()}

    def _earned(self, verdicts: dict[str, Verdict], judged: Sequence[_Judged]) -> dict[str, Verdict]:
        """The verdicts without the credit for what shows no work.

        That is the same constant in every case, and, in a submission that gets no stage right that takes a derivative,
        a wrong gradient passed on. What equals the reference is right, whatever it looks like.
        """
        doubtful = {s for s, v in verdicts.items() if v.share and not all(s in one.right for one in judged)}
        constant = {s for s in doubtful if self._constant(s, judged)}
        repeats = {s for s in doubtful if self._repeats(s, judged)}
        worked = any(v.share for s, v in verdicts.items() if s not in constant | repeats)
        empty = constant if worked else constant | repeats
        return {s: _empty(v) if s in empty else v for s, v in verdicts.items()}

    def _constant(self, stage: str, judged: Sequence[_Judged]) -> bool:
        got = [flat(one.reading.got[stage]) for one in judged if stage in one.reading.got]
        return len(got) > 1 and all(np.array_equal(got[0], other) for other in got[1:])

    def _repeats(self, stage: str, judged: Sequence[_Judged]) -> bool:
        """Whether a stage does no more, in every case, than pass on the gradient of what consumes it."""
        consumers = [f"d{name}" for name in self.traces[0].consumers(stage[1:])]
        return all(
            any(np.array_equal(one.follow.want(stage), one.own[c]) for c in consumers if c in one.own) for one in judged
        )

    def _read(self, reply: Reply, i: int) -> _Judged:
        """One case: a stage is right that equals the reference, or that follows from the submission's own gradients."""
        case, reading = self.cases[i], Reading()
        for outcome, function in zip(reply.outcomes[2 * i : 2 * i + 2], (self.forward, self.function), strict=True):
            if fault := raised(outcome, function):
                reading.faults[""] = fault
                return _Judged(reading, case, {}, frozenset())
        items = keys(reply.outcomes[2 * i + 1].value, self.stages, self.function, reading)
        for stage, value in items.items():
            read(reply, value, stage, self.function, case, reading)
        right = frozenset(stage for stage in items if stage not in reading.faults)
        own = {s: sound(reading.got.get(s), case.want(s)) for s in self.stages}
        telling = {s: _telling(own[s], case.want(s)) for s in self.stages}
        expected = {s: self._expected(i, case, own, telling, s) for s in self.stages}
        follow = case.given(case.upstreams, expected)
        for stage in items:
            fault = reading.faults.get(stage)
            if fault is not None and fault.order == "value":
                del reading.faults[stage]
                read(reply, items[stage], stage, self.function, follow, reading)
        return _Judged(reading, follow, own, right)

    def _expected(
        self, i: int, case: Case, own: Mapping[str, Floats], telling: Mapping[str, Floats], stage: str
    ) -> Floats:
        """What follows from the submission's own gradients, unless that is nothing."""
        found = self._pull(i, case, own, stage)
        return found if tells(found, case.want(stage)) else self._pull(i, case, telling, stage)

    def _pull(self, i: int, case: Case, given: Mapping[str, Floats], stage: str) -> Floats:
        with np.errstate(all="ignore"):
            pulled = self.traces[i].pull(stage[1:], {name[1:]: g for name, g in given.items()}, upstream(case))
        return np.asarray(pulled, np.float64)

    def _verdict(self, stage: str, judged: Sequence[_Judged]) -> Verdict:
        readings = [one.reading for one in judged]
        bad = [i for i, r in enumerate(readings) if stage in r.faults or "" in r.faults]
        if not bad:
            return Verdict("passed", 1.0, remarks=self._remarks(stage, readings))
        first = bad[0]
        reading, case = judged[first].reading, judged[first].follow
        fault = reading.faults.get(stage) or reading.faults[""]
        one = Reading({stage: reading.got[stage]} if stage in reading.got else {}, {stage: fault})
        only = case.given(case.upstreams, {stage: case.expected[stage]})
        message = (
            f"{fault.message}, in {len(bad)} of {len(readings)} cases."
            if fault.order != "unfinished"
            else f"{fault.message}."
        )
        unfinished = any(
            f.order == "unfinished" for r in readings for f in (r.faults.get(stage), r.faults.get("")) if f
        )
        diagnosis = "not-implemented" if unfinished else self._diagnose(stage, judged)
        status = status_of(readings) if all("" in r.faults for r in readings) else "failed"
        share = 1.0 - len(bad) / len(readings)
        return Verdict(
            status, share, message, diagnosis, None if fault.order == "unfinished" else evidence(first, only, one)
        )

    def _remarks(self, stage: str, readings: Sequence[Reading]) -> tuple[str, ...]:
        """The remarks about one stage; those about the call as a whole stand under the first."""
        found = sorted({text for r in readings for text in r.remarks})
        others = tuple(f"{s} " for s in self.stages if s != stage)
        return tuple(
            t for t in found if t.startswith(f"{stage} ") or (stage == self.stages[0] and not t.startswith(others))
        )

    def _diagnose(self, stage: str, judged: Sequence[_Judged]) -> str | None:
        """A known mistake of this stage, or its sign, its upstream gradient or everything left out."""
        if any(stage not in one.reading.got for one in judged):
            return None
        if self._explains(stage, judged, lambda _, __: 0.0):
            return "zero"
        for mistake in self.mistakes:
            if mistake.stage == stage and self._explains(stage, judged, mistake.predict):
                return mistake.name
        opposite = all(same(flat(one.reading.got[stage]), -one.follow.want(stage), one.follow.scale) for one in judged)
        return "sign" if opposite else None

    def _explains(self, stage: str, judged: Sequence[_Judged], predict: Callable[..., Any]) -> bool:
        differs = False
        for i, one in enumerate(judged):
            case = one.follow
            values = {**self.traces[i].values, "upstream": np.asarray(upstream(case), np.float64)}
            with np.errstate(all="ignore"):
                predicted = np.asarray(predict(one.own, values), np.float64)
            if not same(flat(one.reading.got[stage]), predicted, case.scale):
                return False
            differs = differs or not same(predicted, case.want(stage), case.scale)
        return differs


NOTHING: Final = 1e-6
"""A gradient that is this much smaller than the right one is as good as zero."""


def upstream(case: Case) -> Any:
    """The upstream gradient of a case that has one."""
    (value,) = case.upstreams.values()
    return value


def sound(got: Figure | None, want: Floats) -> Floats:
    """A submission's gradient where it can stand as an upstream gradient at all, the right one otherwise."""
    usable = isinstance(got, np.ndarray) and got.shape == want.shape and bool(np.isfinite(got).all())
    return got if usable and isinstance(got, np.ndarray) else want


def tells(got: Floats, want: Floats) -> bool:
    """Whether a gradient is more than nothing: from zero, everything that follows is zero, and would be right."""
    return magnitude(got) >= NOTHING * magnitude(want)


def _telling(got: Floats, want: Floats) -> Floats:
    return got if tells(got, want) else want


def _empty(verdict: Verdict) -> Verdict:
    """A stage whose credit would be for nothing."""
    return replace(
        verdict,
        status="failed",
        share=0.0,
        message=verdict.message
        or "It repeats the gradient above it, and no stage that takes a derivative is right yet.",
    )


def placed(stage: str, verdict: Verdict, wrong: Sequence[str], followed: Sequence[str] = ()) -> Verdict:
    """Says of a stage that it is the first of several wrong ones, and what is right from there on."""
    if stage not in wrong[:1]:
        return verdict
    told = ["This is the first stage that goes wrong."] if len(wrong) > 1 else []
    if followed:
        told.append(f"From your own gradients, {', '.join(followed)} {'is' if len(followed) == 1 else 'are'} right.")
    return replace(verdict, message=" ".join([verdict.message, *told])) if told else verdict
