"""`property`: statements about a function, judged by experiment. The experiments and their judges are the
assignment's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from grader.assignment import Earlier, Experiment, Larger, Opinion, Property, Raised, Step
from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import raised, remarks_on, warned
from grader.checks.compare import unearned
from grader.result import CheckStatus, Evidence
from grader.sandbox import wire
from grader.values import Question, Reply, numeric, shown, type_name, unimplemented

OURS: Final = frozenset({wire.SAME, wire.CALLS, wire.BIND, wire.DRIVE})
"""Calls of the box's own: what they return is not the submission's to get right."""


@dataclass(frozen=True)
class PropertyCheck:
    """One property with its experiments drawn."""

    subject: Property
    experiments: tuple[Experiment, ...]
    seed: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its only row."""
        return (Row(self.subject.function, self.subject.check, self.subject.points),)

    @property
    def calls(self) -> tuple[str, ...]:
        """The function that is judged, then the others."""
        return (self.subject.function, *self.subject.also)

    @cached_property
    def _question(self) -> Question:
        return self._asking([experiment.steps for experiment in self.experiments])

    def _asking(self, scripts: Iterable[Sequence[Step]]) -> Question:
        """The steps of several experiments in one question."""
        question = Question(self.seed)
        for steps in scripts:
            base = len(question.calls)
            for step in steps:
                arguments = tuple(_shifted(a, base) for a in step.arguments)
                question.call(step.function, arguments, keep=() if step.cache_at is None else (step.cache_at,))
        return question

    def question(self, record: Record) -> Question | Skip:
        """All experiments in one question, once what it needs has earned something."""
        for function, check in self.subject.needs:
            if reason := unearned(function, check, record):
                return Skip(reason)
        return self._question

    def further(self, reply: Reply) -> Question | None:
        """The larger samples that are wanted of what came, in one more question; None where none is."""
        wanted = [larger.steps for e, came in self._apart(reply) if (larger := self._larger(reply, e, came))]
        return self._asking(wanted) if wanted else None

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """The share of the experiments that come out right, and the first that doesn't."""
        shares: list[float] = []
        first: tuple[int, Opinion | Verdict] | None = None
        remarks: set[str] = set()
        for i, (told, experiment, outcomes) in enumerate(self._samples(reply)):
            broken = None if experiment.sees_all else self._broken(told, experiment, outcomes)
            found = broken or self._opinion(told, experiment, outcomes)
            shares.append(found.share)
            remarks.update(found.remarks)
            for step, outcome in zip(experiment.steps, outcomes, strict=True):
                remarks.update(_remarks(told, step, outcome))
            if found.share < 1.0 and first is None:
                first = (i, found)
        return {self.subject.check: replace(self._verdict(shares, first), remarks=tuple(sorted(remarks)))}

    def _samples(self, reply: Reply) -> Iterator[tuple[Reply, Experiment, tuple[wire.Outcome, ...]]]:
        """The experiments as they are to be judged: in their larger samples where these were asked."""
        at = 0
        for experiment, outcomes in self._apart(reply):
            if reply.further and (larger := self._larger(reply, experiment, outcomes)):
                among = slice(at, at + len(larger.steps))
                yield reply.further, replace(experiment, steps=larger.steps), reply.further.outcomes[among]
                at = among.stop
            else:
                yield reply, experiment, outcomes

    def _apart(self, reply: Reply) -> Iterator[tuple[Experiment, tuple[wire.Outcome, ...]]]:
        """The experiments, each with the outcomes of its steps."""
        at = 0
        for experiment in self.experiments:
            yield experiment, reply.outcomes[at : at + len(experiment.steps)]
            at += len(experiment.steps)

    def _larger(self, reply: Reply, experiment: Experiment, outcomes: tuple[wire.Outcome, ...]) -> Larger | None:
        """The larger sample of an experiment, where one is wanted."""
        larger = experiment.larger
        if larger is None or self._broken(reply, experiment, outcomes) is not None:
            return None
        return larger if larger.wanted(_results(reply, outcomes)) else None

    def _broken(self, reply: Reply, experiment: Experiment, outcomes: tuple[wire.Outcome, ...]) -> Verdict | None:
        """What is wrong before there is anything to judge."""
        for step, outcome in zip(experiment.steps, outcomes, strict=True):
            if fault := raised(outcome, _called(step)):
                if fault.order == "unfinished":
                    return Verdict(self._blamed(step), message=f"{fault.message}.", diagnosis="not-implemented")
                if _called(step) != self.subject.function:
                    return Verdict("skipped", message=f"{fault.message}.")
                return Verdict("error", message=f"{fault.message}.")
            value = outcome.value
            if step.function in OURS:
                continue
            if unimplemented(value):
                text = f"{step.function} is not implemented yet: it returns {type_name(value)}."
                return Verdict(self._blamed(step), message=text, diagnosis="not-implemented")
            if step.cache_at is not None:
                if not isinstance(value, wire.Sequence) or len(value.items) <= step.cache_at:
                    return Verdict(
                        "failed", message=f"{step.function} returns {type_name(value)} instead of (out, cache)."
                    )
                value = value.items[0]
                if unimplemented(value):
                    text = f"{step.function} is not implemented yet: its output is {type_name(value)}."
                    return Verdict(self._blamed(step), message=text, diagnosis="not-implemented")
            if not isinstance(value, wire.Array | wire.Sequence | wire.Mapping):
                return Verdict(
                    "failed", message=f"{step.function} returns {type_name(value)}, where numbers are expected."
                )
        return None

    def _blamed(self, step: Step) -> CheckStatus:
        """The status for an unfinished function: its own check failed, another's can't be asked."""
        return "failed" if _called(step) == self.subject.function else "skipped"

    def _opinion(self, reply: Reply, experiment: Experiment, outcomes: tuple[wire.Outcome, ...]) -> Opinion:
        with np.errstate(all="ignore"):
            return experiment.judge(_results(reply, outcomes))

    def _verdict(self, shares: list[float], first: tuple[int, Opinion | Verdict] | None) -> Verdict:
        share = sum(shares) / len(shares)
        if first is None:
            return Verdict("passed", 1.0)
        index, found = first
        if isinstance(found, Verdict):
            status = found.status if all(s == 0.0 for s in shares) else "failed"
            return Verdict(status, share, found.message, found.diagnosis)
        experiment = self.experiments[index]
        return Verdict(
            "error" if found.error else "failed",
            share,
            found.message,
            found.mistake,
            _evidence(index, experiment, found),
        )


def _called(step: Step) -> str:
    """What of the submission a step calls, for people: the class, where one is driven."""
    return str(step.arguments[0]) if step.function == wire.DRIVE else step.function


def _results(reply: Reply, outcomes: Sequence[wire.Outcome]) -> list[Any]:
    """What the steps returned, for a judge."""
    return [_raised(o) if o.error else numeric(reply, o.value) for o in outcomes]


def _raised(outcome: wire.Outcome) -> Raised:
    error = outcome.error or wire.Failure("", "")
    return Raised(error.type, error.message, error.where)


def _remarks(reply: Reply, step: Step, outcome: wire.Outcome) -> list[str]:
    """What is worth saying of one call and costs nothing."""
    value = outcome.value
    if step.cache_at is not None and isinstance(value, wire.Sequence) and value.items:
        value = value.items[0]
    number = reply.stacked(value)
    found = remarks_on(number, f"what {step.function} returns") if number and step.function not in OURS else []
    return found + warned(outcome, _called(step))


def _shifted(argument: Any, base: int) -> Any:
    return Earlier(argument.step + base, argument.path) if isinstance(argument, Earlier) else argument


def _evidence(index: int, experiment: Experiment, opinion: Opinion) -> Evidence:
    return Evidence(
        case=index,
        inputs={k: shown(v) for k, v in (opinion.inputs or experiment.inputs).items()},
        expected={k: shown(v) for k, v in opinion.expected.items()},
        got={k: shown(v) for k, v in opinion.got.items()},
        wrong=list(opinion.got),
    )
