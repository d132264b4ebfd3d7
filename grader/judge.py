"""Asks a submission the questions of an assignment and judges the answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from grader import matching
from grader.checks import Check, Record, Row, Skip, Verdict
from grader.checks.experiment import PropertyCheck
from grader.errors import Hung, SubmissionError
from grader.precedents import Judgement, Precedents, Trail
from grader.result import Check as Judged
from grader.sandbox import Box, wire
from grader.values import Question, Reply

Ask = Callable[[Question], Reply]
"""Asks a question of the box. Raises SubmissionError."""
Reload = Callable[[], None]
"""Loads the source anew after a question that broke its process. Raises SubmissionError when it can't be."""


def judge(
    checks: Sequence[Check],
    box: Box,
    loaded: wire.Loaded,
    reload: Reload,
    *,
    refuse_numerical: bool = False,
    precedents: Precedents | None = None,
) -> tuple[list[Judged], list[wire.Output]]:
    """The verdict of every row of the checks, in order, and what was printed meanwhile.

    With `refuse_numerical`, a backward that differentiates numerically earns nothing. `precedents` are those of the
    very same checks.
    A question that hangs or dies costs itself: the source is loaded anew for the next one. Raises WallError when the
    box itself breaks.
    """
    classes = {
        c.subject.function: c.subject.members for c in checks if isinstance(c, PropertyCheck) and c.subject.members
    }
    aliases = matching.aliases(loaded.definitions, classes)
    defined = {d.name for d in loaded.definitions} | aliases.keys()
    record, trail = Record(), Trail(precedents or Precedents())
    judged: list[Judged] = []
    printed: list[wire.Output] = []
    broken = False

    def ask(question: Question) -> Reply:
        answer, payload = box.ask(msgspec.structs.replace(question.ask(), aliases=aliases), question.payload)
        printed.append(answer.output)
        return Reply(answer.outcomes, payload)

    for check in checks:
        verdicts: Mapping[str, Verdict] | None = _absent(check, defined, loaded, classes)
        if verdicts is None:
            if broken:
                try:
                    reload()
                    broken = False
                except SubmissionError as error:
                    verdicts = _all(check, _fault(check, error))
            if verdicts is None:
                verdicts, broken = _asked(check, ask, record, trail)
        trail.settled(verdicts)
        for row in check.rows:
            verdict = verdicts[row.check]
            if refuse_numerical and verdict.numerical:
                verdict = _refused(row, verdict)
            record.verdicts[row.function, row.check] = verdict
            judged.append(_line(row, verdict))
    for name, other in aliases.items():
        text = f"{other} is taken for {name}: it is the only class here that fits."
        next(line for line in judged if line.function == name).remarks.insert(0, text)
    return judged, printed


def unloadable(checks: Sequence[Check], message: str) -> list[Judged]:
    """Every row as an error: the source can't be read or loaded at all."""
    return [_line(row, Verdict("error", message=message)) for check in checks for row in check.rows]


def unanswered(checks: Sequence[Check]) -> list[Judged]:
    """Every row as missing: nothing that was handed in answers the assignment."""
    return [
        _line(row, Verdict("missing", message=f"{row.function} is not defined in what was handed in."))
        for check in checks
        for row in check.rows
    ]


def _absent(
    check: Check, defined: Collection[str], loaded: wire.Loaded, classes: Mapping[str, tuple[str, ...]]
) -> dict[str, Verdict] | None:
    """The verdicts of a check whose functions are not all there; None when they are."""
    absent = [name for name in check.calls if name not in defined]
    if not absent:
        return None
    if check.calls[0] in absent:
        return _all(check, _missing(check.calls[0], loaded, classes))
    return _all(check, Verdict("skipped", message=f"{absent[0]} is not defined, so there is nothing to start from."))


def _missing(function: str, loaded: wire.Loaded, classes: Mapping[str, tuple[str, ...]]) -> Verdict:
    spoilt = next((n for n in loaded.notes if n.kind == "syntax"), None)
    if spoilt:
        return Verdict("error", message=f"{function} is not defined: {spoilt.where} can't be read ({spoilt.message}).")
    text = f"{function} is not defined."
    if function in classes and (fits := matching.fitting(loaded.definitions, classes[function])):
        text += f" It could be any of {', '.join(fits[:5])}: call one of them {function}."
    return Verdict("missing", message=text)


def _asked(check: Check, ask: Ask, record: Record, trail: Trail) -> tuple[Mapping[str, Verdict], bool]:
    """The verdicts of a check, and whether its question broke the process."""
    question = check.question(record)
    if isinstance(question, Skip):
        return _all(check, Verdict("skipped", message=question.reason)), False
    try:
        reply = ask(question)
        judgement = trail.answered(reply, lambda: _judged(check, reply, record))
        if judgement.further is not None:
            both = replace(reply, further=ask(judgement.further))
            judgement = trail.answered(both, lambda: _judged(check, both, record))
    except SubmissionError as error:
        return _all(check, _fault(check, error)), True
    record.outputs |= judgement.outputs
    return judgement.verdicts, False


def _judged(check: Check, reply: Reply, record: Record) -> Judgement:
    """What a check makes of an answer."""
    before = dict(record.outputs)
    try:
        with np.errstate(all="ignore"):
            if reply.further is None and isinstance(check, PropertyCheck) and (further := check.further(reply)):
                return Judgement({}, {}, further)
            verdicts = check.judge(reply, record)
    except MemoryError:
        raise  # the machine's: what comes out of a box is small
    except Exception as error:  # noqa: BLE001 - see below
        # What breaks after a submission was handed to the box is the submission's: a value that no judge was written
        # for must not earn endless retries. It costs this check, and the instructor is told.
        told = f"judging {check.calls[0]} failed with {type(error).__name__}: {error}; please report it"
        verdict = Verdict(
            "error", message=f"{check.calls[0]} returns something that can't be judged.", instructor=(told,)
        )
        verdicts = _all(check, verdict)
    return Judgement(verdicts, {name: found for name, found in record.outputs.items() if name not in before})


def _refused(row: Row, verdict: Verdict) -> Verdict:
    """No credit for differences in place of a derivative, where the instructor says so."""
    text = f"{row.function} calls its own forward for every entry of its gradients, where a derivative is asked for."
    return replace(
        verdict, status="failed", share=0.0, message=text, diagnosis="numerical-differentiation", extra_points=0.0
    )


def _fault(check: Check, error: SubmissionError) -> Verdict:
    text = f"{check.calls[0]}: {error}".rstrip(".") + "."
    return Verdict("timeout" if isinstance(error, Hung) else "error", message=text)


def _all(check: Check, verdict: Verdict) -> dict[str, Verdict]:
    return {row.check: verdict for row in check.rows}


def _line(row: Row, verdict: Verdict) -> Judged:
    return Judged(
        function=row.function,
        check=row.check,
        status=verdict.status,
        points=round(row.max_points * verdict.share + verdict.extra_points, 4),
        max_points=row.max_points,
        message=verdict.message,
        diagnosis=verdict.diagnosis,
        evidence=verdict.evidence,
        remarks=list(verdict.remarks),
        instructor=list(verdict.instructor),
    )
