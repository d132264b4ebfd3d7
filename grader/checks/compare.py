"""`forward`, `backward` and `stability`: what a function returns equals what is expected.

A forward is compared with the reference's output, a backward with the reference's vector-Jacobian product for a random
upstream gradient at the same inputs, whatever the submission's forward returned. In the self-check, what is expected
are the notes' worked examples. Credit is the share of cases, and within a case the share of gradients, that are right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from grader.assignment import Earlier
from grader.checks import Record, Row, Skip, Verdict
from grader.checks.case import Case, Reading, besides, evidence, forgive, keys, raised, read, several, warned
from grader.diagnose import Diagnosis, Observed, Prediction, Values, recognise
from grader.numeric import flat, same, size, turned
from grader.result import CheckStatus
from grader.sandbox import wire
from grader.values import Question, Reply

NUMERICAL: Final = 1e-12
"""A right float64 backward is off by some 1e-15 of its largest entry; two-sided differences by 1e-12 and more."""


@dataclass(frozen=True)
class Compare:
    """One function, compared with what is expected in each case."""

    function: str
    check: str
    points: float
    cases: tuple[Case, ...]
    forward: str | None = None
    """For a backward: the function that makes its cache."""
    paired: bool = False
    """For a forward: whether its outputs are followed by a cache."""
    keyed: bool = False
    """Whether it returns a dict."""
    extras: tuple[str, ...] = ()
    """The intermediate gradients that a backward may return besides."""
    predictions: tuple[Prediction, ...] = ()
    ones: tuple[Values | None, ...] = ()
    quantities: tuple[Mapping[str, float], ...] = ()
    ordinary: tuple[bool, ...] = ()
    """For a stability check: which of `predictions` show at ordinary inputs too, and so would have been named there."""
    seed: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its only row."""
        return (Row(self.function, self.check, self.points),)

    @property
    def calls(self) -> tuple[str, ...]:
        """The function itself, then its forward."""
        return (self.function, self.forward) if self.forward else (self.function,)

    @cached_property
    def _question(self) -> Question:
        question = Question(self.seed)
        for case in self.cases:
            if self.forward:
                backward(question, self.forward, self.function, case, keep_output=True)
            else:
                question.call(self.function, case.inputs, keep=(len(case.expected),) if self.paired else ())
        return question

    def question(self, record: Record) -> Question | Skip:
        """All cases in one question; a backward whose own forward gives nothing to start from is not asked."""
        if self.forward and (reason := unusable(self.forward, record)):
            return Skip(reason)
        if self.check == "stability" and (
            reason := unearned(self.function, "backward" if self.forward else "forward", record)
        ):
            return Skip(reason)
        return self._question

    def judge(self, reply: Reply, record: Record) -> Mapping[str, Verdict]:
        """Read every case and sum up."""
        step = 2 if self.forward else 1
        readings = []
        for i, case in enumerate(self.cases):
            outcomes = reply.outcomes[i * step : (i + 1) * step]
            readings.append(self._read(reply, case, outcomes))
        if not self.forward and self.check == "forward":
            record.outputs[self.function] = [
                r.finite(list(c.expected)) for r, c in zip(readings, self.cases, strict=True)
            ]
        if self.forward and all("" in r.faults and r.faults[""].by == self.forward for r in readings):
            return {self.check: Verdict("skipped", message=readings[0].faults[""].message)}
        verdict = self._verdict(readings, self._likely(record))
        if self.forward and self.check == "stability" and (reason := overflowing(self.forward, record)):
            verdict = verdict if verdict.share else Verdict("skipped", message=reason)
        return {self.check: verdict}

    def _likely(self, record: Record) -> tuple[Prediction, ...]:
        """The mistakes to look for: at extreme inputs, those that show there alone, and what was named before."""
        if self.check != "stability":
            return self.predictions
        before = record.verdict(self.function, "backward" if self.forward else "forward")
        named = before.diagnosis if before else None
        flagged = zip(self.predictions, self.ordinary, strict=True)
        return tuple(p for p, ordinary in flagged if not ordinary or p.name == named)

    def _read(self, reply: Reply, case: Case, outcomes: Sequence[wire.Outcome]) -> Reading:
        reading = Reading()
        for outcome, function in zip(outcomes, reversed(self.calls), strict=True):
            noted(outcome, reading)
            fault = raised(outcome, function)
            if fault:
                reading.faults[""] = fault
                return reading
            reading.remarks.update(warned(outcome, function))
        for name, value in self._values(reply, outcomes[-1].value, reading).items():
            read(reply, value, name, self.function, case, reading)
        forgive(case, reading)
        return reading

    def _values(self, reply: Reply, value: wire.Value | None, reading: Reading) -> dict[str, Any]:
        names = list(self.cases[0].expected)
        if self.paired:
            items = several(value, (*names, "cache"), self.function, reading)
            items.pop("cache", None)
            return items
        if self.keyed:
            return keys(value, names, self.function, reading)
        value, _ = besides(value, len(names), self.extras)
        if len(names) == 1:
            return {names[0]: value}
        return several(value, names, self.function, reading)

    # --- summing up ---------------------------------------------------------------------------------------------------

    def _verdict(self, readings: Sequence[Reading], likely: Sequence[Prediction]) -> Verdict:
        names = list(self.cases[0].expected)
        share = sum(r.share(names) for r in readings) / len(readings)
        remarks = tuple(sorted({text for r in readings for text in r.remarks}))
        bad = [i for i, r in enumerate(readings) if r.faults]
        if not bad:
            told = self._suspicion(readings)
            return Verdict("passed", 1.0, remarks=remarks, instructor=told, numerical=self._numerical(readings))
        first = min(bad, key=lambda i: (self.cases[i].size, i))
        diagnosis = self._diagnose(readings, likely)
        return Verdict(
            status_of(readings),
            share,
            self._message(readings, first, diagnosis),
            diagnosis.name if diagnosis else None,
            None if unfinished(readings[first]) else evidence(first, self.cases[first], readings[first]),
            remarks,
            numerical=self._numerical(readings),
        )

    def _numerical(self, readings: Sequence[Reading]) -> bool:
        return bool(self.forward) and numerical(self.cases, readings)

    def _suspicion(self, readings: Sequence[Reading]) -> tuple[str, ...]:
        """What the instructor is told of a backward that came about in another way than by derivation."""
        if not self.forward or self.cases[0].tolerance is not None:
            return ()
        return suspicion(self.forward, self.cases, readings)

    def _message(self, readings: Sequence[Reading], first: int, diagnosis: Diagnosis | None) -> str:
        names = list(self.cases[0].expected)
        part, fault = next(iter(readings[first].faults.items()))
        bad = sum(part in r.faults and r.faults[part].order == fault.order for r in readings)
        text = fault.message + (
            f", in {bad} of {len(readings)} cases" if len(readings) > 1 and fault.order != "unfinished" else ""
        )
        right = [n for n in names if not any(n in r.faults or "" in r.faults for r in readings)]
        if right:
            text += f"; {', '.join(right)} {'is' if len(right) == 1 else 'are'} right"
        if diagnosis and diagnosis.detail:
            text += f". {diagnosis.detail}"
        return text if text.endswith((".", "?")) else text + "."

    def _diagnose(self, readings: Sequence[Reading], likely: Sequence[Prediction]) -> Diagnosis | None:
        if any(f.order == "unfinished" for r in readings for f in r.faults.values()):
            return Diagnosis("not-implemented")
        spoilt = [r.faults[""] for r in readings if "" in r.faults]
        if spoilt and (library := by_library(readings)):
            return Diagnosis("differentiating-library", f"It needs {library}.")
        if any(f.order != "raised" or f.by != self.function for f in spoilt):
            return None
        names = list(self.cases[0].expected)
        if any(value is None for case in self.cases for value in case.expected.values()):
            return None  # the self-check, in which nobody knows what is right
        wrong = [n for n in names if any(n in r.faults for r in readings)]
        cases = [
            observed(case, came(reading), quantities, ones)
            for case, reading, quantities, ones in zip(self.cases, readings, self.quantities, self.ones, strict=True)
        ]
        found = recognise(cases, wrong, likely, anything=self.check != "stability")
        return precise(found, self.cases, readings)


def noted(outcome: wire.Outcome, reading: Reading) -> None:
    """Keep what a call did besides returning."""
    reading.uses |= frozenset(outcome.uses)
    reading.forwards = max(reading.forwards, *outcome.counted, 0)


def numerical(cases: Sequence[Case], readings: Sequence[Reading]) -> bool:
    """Whether a backward calls its own forward for every entry of its gradients, as differences need it."""
    return all(r.forwards > max(2, size(c.expected)) for c, r in zip(cases, readings, strict=True))


def precise(found: Diagnosis | None, cases: Sequence[Case], readings: Sequence[Reading]) -> Diagnosis | None:
    """A diagnosis of few digits, with their cause where the calls of the forward tell it."""
    if found and found.name == "few-digits" and numerical(cases, readings):
        return replace(found, name="numerical-differentiation")
    return found


def by_library(readings: Sequence[Reading]) -> str | None:
    """The library that a submission leaves its derivatives to, where nothing came of it."""
    modules = {m.partition(".")[0] for r in readings for m in r.uses}
    return next(iter(sorted(modules & DIFFERENTIATING)), None)


DIFFERENTIATING: Final = frozenset(
    {"torch", "tensorflow", "jax", "autograd", "theano", "mxnet", "tinygrad", "casadi", "sympy"}
)
"""Libraries that differentiate."""


def suspicion(forward: str, cases: Sequence[Case], readings: Sequence[Reading]) -> tuple[str, ...]:
    """What the instructor is told of a right backward that was not derived."""
    if numerical(cases, readings):
        most = max(r.forwards for r in readings)
        return (f"calls {forward} up to {most} times: it differentiates numerically.",)
    worst = max(r.worst for r in readings)
    if worst < NUMERICAL:
        return ()
    return (f"right to {worst:.0e} only: does it differentiate numerically, or compute in float32?",)


def backward(question: Question, forward: str, function: str, case: Case, *, keep_output: bool = False) -> None:
    """Add a forward at a case's inputs, and the backward of its cache."""
    cache = len(case.upstreams)
    made = question.call(forward, case.inputs, keep=tuple(range(cache + 1)) if keep_output else (cache,))
    question.call(function, (*case.upstreams.values(), Earlier(made, (cache,))), count=(forward,))


def observed(case: Case, got: Values | None, quantities: Mapping[str, float], ones: Values | None = None) -> Observed:
    """A case of which everything is known, for recognising mistakes."""
    known = {name: value for name, value in case.expected.items() if value is not None}
    transposed = {name: matrices for name, value in known.items() if (matrices := turned(value)) is not None}
    right = {name: flat(value) for name, value in known.items()}
    return Observed(right, got, case.scale, quantities, ones, transposed)


def came(reading: Reading) -> Values | None:
    """What came, for recognising mistakes; None where the call raised."""
    return None if "" in reading.faults else {name: flat(value) for name, value in reading.got.items()}


def shows_in(prediction: Prediction, cases: Sequence[Case]) -> bool:
    """Whether a mistake gives something else than what is right in some case."""
    for case, predicted in zip(cases, prediction.values, strict=True):
        if predicted is None or any(not same(predicted[n], case.want(n), case.scale) for n in predicted):
            return True
    return False


def unfinished(reading: Reading) -> bool:
    """Whether there is nothing to show: the function is not written yet."""
    return any(f.order == "unfinished" for f in reading.faults.values())


def status_of(readings: Sequence[Reading]) -> CheckStatus:
    """`error` when nothing but exceptions came, `failed` otherwise."""
    faults = [f for r in readings for f in r.faults.values()]
    return "error" if all("" in r.faults for r in readings) and all(f.order == "raised" for f in faults) else "failed"


def unusable(forward: str, record: Record) -> str | None:
    """Why a backward can't be asked: its own forward gives no cache to start from."""
    verdict = record.verdict(forward, "forward")
    if verdict is None:
        return None
    if verdict.status in {"missing", "timeout", "error"}:
        how = {"missing": "is missing", "timeout": "takes too long", "error": "raises"}[verdict.status]
        return f"{forward} {how}, so there is no cache to start from."
    if verdict.diagnosis == "not-implemented":
        return f"{forward} is not implemented yet, so there is no cache to start from."
    return None


def overflowing(forward: str, record: Record) -> str | None:
    """Why a backward that gets nothing right at extreme inputs is not blamed: its forward spoils its cache there, and
    pays for it.
    """
    verdict = record.verdict(forward, "stability")
    if verdict is None or verdict.status == "passed":
        return None
    return f"Asked once {forward} is right for such inputs."


def unearned(function: str, check: str, record: Record) -> str | None:
    """Why a check of finer points is not asked: the function has earned nothing yet."""
    verdict = record.verdict(function, check)
    if verdict is None or verdict.share > 0 or verdict.extra_points > 0:
        return None
    return f"Asked once {function}'s {check} check gives something right."
