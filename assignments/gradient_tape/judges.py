"""What is said about a class that differentiates, each from what came of its expressions and nothing else.

Every judge takes the results of its samples' calls, in order: a dict of what came, or `Raised`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from assignments.gradient_tape.samples import NAME, Sample, graph
from assignments.gradient_tape.tapes import Tape, ignoring, one_level, shares
from grader.assignment import Opinion, Raised

RELATIVE: Final = 1e-5
"""Of the larger of a number and SMALL: float32 passes, a relative error of 1e-4 does not."""
SMALL: Final = 1e-1
NESTED: Final = ".grad is an object with its number in .data: a plain number is meant."
WRAPPED: Final = "numbers come as arrays with axes, or in lists: a plain number is meant."
OPERATORS: Final = {"add": "+", "sub": "-", "mul": "*", "truediv": "/"}
COMPOSED: Final = frozenset({"sub", "rsub", "truediv", "rtruediv", "neg"})
"""Operations that are often made of others: what is wrong with these is wrong there."""
NOTHING: Final = ("NoneType", "NotImplementedType")
"""What an unfinished operation returns."""


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What came of one sample."""

    sample: Sample
    data: float | None = None
    grads: tuple[float | None, ...] = ()
    fault: str = ""
    """What is wrong with it, as the rest of a sentence about the expression."""
    raised: Raised | None = None
    remarks: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.fault


def _number(value: Any) -> tuple[float | None, bool]:
    """A number out of the box, and whether it came in more than a number's clothes; None for anything else."""
    if isinstance(value, np.ndarray) and value.size == 1:
        return float(value.reshape(())), value.ndim > 0
    return None, False


def close(got: float | None, want: float) -> bool:
    """Whether `got` is `want`; written so that NaN is not."""
    return got is not None and abs(got - want) <= RELATIVE * max(abs(want), SMALL)


def read(sample: Sample, result: Any, *, backward: bool) -> Seen:
    """The first thing wrong with what came of a sample."""
    if isinstance(result, Raised):
        at = f" at {result.where}" if result.where else ""
        fault = f"raises {result.type}{at}: {result.message}".rstrip(": ")
        if result.type == "NotImplementedError":
            fault = f"is not implemented yet: it {fault}"
        return Seen(sample, fault=fault, raised=result)
    if not isinstance(result, Mapping):
        return Seen(sample, fault="gives nothing that can be read")
    data, clothed = _number(result.get("data"))
    if not backward:
        fault = "" if close(data, sample.data) else f"gives {_text(data)} instead of {sample.data:.6g}"
        return Seen(sample, data, fault=fault, remarks=(WRAPPED,) if clothed else ())
    came = result.get("grads")
    items = tuple(came) if isinstance(came, tuple | np.ndarray) else ()
    numbers = [_number(np.asarray(item) if isinstance(item, float) else item) for item in items]
    grads = tuple(grad for grad, _ in numbers)
    if len(grads) != len(sample.numbers):
        return Seen(sample, fault="gives no gradients that can be read")
    remarks = [WRAPPED] if clothed or any(more for _, more in numbers) else []
    nested = result.get("nested")
    if isinstance(nested, np.ndarray) and nested.size == 1 and bool(nested):
        remarks.append(NESTED)
    return Seen(sample, data, grads, _wrong_grads(sample, grads), remarks=tuple(remarks))


def _wrong_grads(sample: Sample, grads: Sequence[float | None]) -> str:
    """What is wrong with the leaves' gradients; one that was never set will do for 0."""
    wrong = [
        f"{leaf}.grad is {_text(got)} instead of {want:.6g}"
        for leaf, got, want in zip(sample.program.inputs, grads, sample.grads, strict=True)
        if not close(0.0 if got is None and want == 0 else got, want)
    ]
    return f"goes wrong: {', '.join(wrong)}" if wrong else ""


def _text(number: float | None) -> str:
    return "no number" if number is None else f"{number:.6g}"


def _opinion(seen: Sequence[Seen], share: float, mistake: str | None = None, more: str = "") -> Opinion:
    """The opinion on samples of which some are wrong, told by the first of them."""
    remarks = tuple(sorted({text for each in seen for text in each.remarks}))
    wrong = [each for each in seen if not each.right]
    if share == 1.0 or not wrong:
        return Opinion(1.0, remarks=remarks)
    first = wrong[0]
    numbers = ", ".join(f"{k} = {v:g}" for k, v in zip(first.sample.program.inputs, first.sample.numbers, strict=True))
    text = f"`{_cut(first.sample.text)}`, where {numbers}, {first.fault.rstrip('.')}."
    if len(seen) > 1:
        text += f" {len(seen) - len(wrong)} of {len(seen)} expressions are right."
    expected, got = _figures(first)
    error = all(each.raised for each in seen) and mistake != "not-implemented"
    return Opinion(share, text + more, mistake, expected, got, remarks, error, first.sample.shown)


def _cut(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:70]} ... {text[-70:]}"


def _figures(seen: Seen) -> tuple[dict[str, Any], dict[str, Any]]:
    if seen.raised:
        return {}, {}
    if not seen.grads:
        return {"out.data": seen.sample.data}, ({} if seen.data is None else {"out.data": seen.data})
    names = [f"{leaf}.grad" for leaf in seen.sample.program.inputs]
    pairs = [(n, got, float(want)) for n, got, want in zip(names, seen.grads, seen.sample.grads, strict=True)]
    wrong = [(n, got, want) for n, got, want in pairs if not close(0.0 if got is None and want == 0 else got, want)]
    return {n: want for n, _, want in wrong}, {n: got for n, got, _ in wrong if got is not None}


def _share(seen: Sequence[Seen]) -> float:
    return sum(each.right for each in seen) / len(seen) if seen else 1.0


# --- the mistake's name -----------------------------------------------------------------------------------------------


def _unfinished(seen: Sequence[Seen]) -> bool:
    """Whether an operation, or the class, is not there yet."""

    def missing(raised: Raised) -> bool:
        if raised.type == "NotImplementedError":
            return True
        if raised.where:
            return False
        absent = raised.type == "AttributeError" and any(f"'{name}'" in raised.message for name in (NAME, *NOTHING))
        return absent or (raised.type == "TypeError" and "bad operand type" in raised.message)

    return bool(seen) and all(each.raised is not None and missing(each.raised) for each in seen)


def _explains(tape: Tape, seen: Seen) -> bool:
    """Whether a tape leaves these gradients."""
    if not seen.grads:
        return False
    predicted = tape(graph(seen.sample))
    return all(close(got or 0.0, said) for got, said in zip(seen.grads, predicted, strict=True))


def _one_level(seen: Sequence[Seen]) -> bool:
    """Whether only what the results were made of got gradients.

    An operation may be made of others, of which the inner ones got nothing: so 0 will do for any leaf.
    """
    some = False
    for each in seen:
        if not each.grads:
            return False
        for got, said in zip(each.grads, one_level(graph(each.sample)), strict=True):
            if got and not close(got, said):
                return False
            some = some or bool(got)
    return some


def _ignored(seen: Sequence[Seen], operation: str) -> bool:
    """Whether what is wrong came as if an operation passed on its own derivative alone."""
    tape = ignoring(operation)
    return all(each.right or _explains(tape, each) for each in seen) and any(not each.right for each in seen)


def _general(seen: Sequence[Seen], operation: str) -> str | None:
    """A general mistake that explains all gradients: none at all, the sign."""
    if any(not each.grads for each in seen):
        return None
    pairs = [
        (got or 0.0, want * (-1) ** len(each.sample.program.steps))
        for each in seen
        for got, want in zip(each.grads, each.sample.grads, strict=True)
    ]
    if all(got == 0 for got, _ in pairs):
        return None if operation in COMPOSED else "zero"
    return "sign" if operation not in OPERATORS and all(close(got, turned) for got, turned in pairs) else None


# --- one operation ----------------------------------------------------------------------------------------------------


def forward(results: Sequence[Any], samples: Sequence[Sample], operation: str) -> Opinion:
    """The results' data are right."""
    seen = [read(s, r, backward=False) for s, r in zip(samples, results, strict=True)]
    mistake, more = _forward_mistake([each for each in seen if not each.right], operation)
    return _opinion(seen, _share(seen), mistake, more)


def _forward_mistake(wrong: Sequence[Seen], operation: str) -> tuple[str | None, str]:
    if not wrong:
        return None, ""
    left = operation != _plain(operation)
    if left and all(e.raised and not e.raised.where and e.raised.type == "TypeError" for e in wrong):
        sign = OPERATORS[_plain(operation)]
        return "number-on-the-left", f" Python asks `__{operation}__` when a number stands on the left of `{sign}`."
    if _unfinished(wrong):
        return "not-implemented", ""
    if left and all(_exchanged(each, operation) for each in wrong):
        return "operands-exchanged", ""
    return ("number-not-wrapped" if _bare_numbers(wrong, operation) else None), ""


def _bare_numbers(wrong: Sequence[Seen], operation: str) -> bool:
    """Whether what is wrong is looking for attributes of plain numbers."""
    bare = [each.raised is not None and each.raised.type == "AttributeError" for each in wrong]
    return _plain(operation) in OPERATORS and all(bare) and all(each.sample.program.constants for each in wrong)


def _plain(operation: str) -> str:
    """The operation that a number may stand on either side of."""
    return operation.removeprefix("r") if operation != "relu" else operation


def _exchanged(seen: Seen, operation: str) -> bool:
    """Whether `2 - a` came as `a - 2`, or `2 / a` as `a / 2`."""
    (number, *_), (leaf, *_) = seen.sample.program.constants, seen.sample.numbers
    if len(seen.sample.program.steps) > 1:
        return True
    return close(seen.data, leaf - number if operation == "rsub" else leaf / number)


@dataclass(frozen=True)
class Scaled:
    """An operation under another one that makes its upstream gradient other than 1, and that one by itself."""

    proof: Sample
    scaled: Sample


def backward(results: Sequence[Any], samples: Sequence[Sample], scalings: Sequence[Scaled], operation: str) -> Opinion:
    """The leaves' gradients are right, and multiplied by the upstream gradient.

    Where an operation can't change its own upstream gradient, another one has to: of several, those that the class gets
    right by themselves are trusted. One of them that gives the right gradient will do, so that a wrong operation costs
    nothing here; with none of them the upstream gradient is not judged. A derivative that is right by itself is worth
    half, and the chain rule the other half.
    """
    seen = [read(s, r, backward=True) for s, r in zip(samples, results, strict=False)]
    rest = [read(s, r, backward=True) for s, r in zip(_flat(scalings), results[len(samples) :], strict=True)]
    trusted = [scaled for proof, scaled in zip(rest[::2], rest[1::2], strict=True) if proof.right]
    single = [each for each in seen if scalings or len(each.sample.program.steps) == 1]
    chained = [each for each in seen if each not in single]
    if trusted:
        chained = [next((each for each in trusted if each.right), trusted[0])]
    share = _share(single) * (1 + _share(chained)) / 2
    return _opinion([*single, *chained], share, _backward_mistake([*single, *chained], operation))


def _flat(scalings: Sequence[Scaled]) -> list[Sample]:
    return [sample for each in scalings for sample in (each.proof, each.scaled)]


def _backward_mistake(seen: Sequence[Seen], operation: str) -> str | None:
    wrong = [each for each in seen if not each.right]
    if not wrong:
        return None
    if _unfinished(wrong):
        return "not-implemented"
    if _bare_numbers(wrong, operation):
        return "number-not-wrapped"
    if found := _general(seen, operation):
        return found
    if _one_level(seen):
        return "one-level-deep"
    return "upstream-ignored" if _ignored(seen, _plain(operation)) else None


# --- graphs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """Expressions of the same operations: `trees`, in which nothing is used twice, and the `forks` that are judged.

    Where a class gets the trees wrong, its operations are, and the family says nothing of its forks. In a family
    of `+` or of `*` alone, each path from the result to a leaf counts the same. `controls` are forks at leaves.
    """

    operation: str
    """Empty where there are two."""
    trees: tuple[Sample, ...]
    forks: tuple[Sample, ...]
    controls: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class _Read:
    """What came of a family."""

    family: Family
    trees: list[Seen]
    forks: list[Seen]
    controls: list[Seen]

    @property
    def trusted(self) -> bool:
        """Whether its operations are right, as far as trees tell: `+` may ignore its upstream gradient, which is 1."""
        operations = (self.family.operation,) if self.family.operation else ("add", "mul")
        return all(each.right for each in self.trees) and not any(_ignored(self.forks, name) for name in operations)


def forks(results: Sequence[Any], families: Sequence[Family]) -> Opinion:
    """Gradients add up where a value is used more than once."""
    came = iter(results)
    found = [
        _Read(family, *([read(s, next(came), backward=True) for s in part] for part in parts))
        for family in families
        for parts in [(family.trees, family.forks, family.controls)]
    ]
    trusted = [each for each in found if each.trusted]
    trees = [each for one in found for each in one.trees]
    seen = [each for one in trusted or found for each in one.forks]
    if all(each.right for each in seen) and not trusted:
        seen = trees  # forks that are right by accident of operations that are wrong prove nothing
    return _opinion(seen, _share(seen), _fork_mistake(seen, trees, trusted))


def asked(families: Sequence[Family]) -> list[Sample]:
    """The samples of families, in the order in which `forks` takes their results."""
    return [s for family in families for s in (*family.trees, *family.forks, *family.controls)]


def _fork_mistake(seen: Sequence[Seen], trees: Sequence[Seen], trusted: Sequence[_Read]) -> str | None:
    wrong = [each for each in seen if not each.right]
    if not wrong:
        return None
    if _unfinished(wrong):
        return "not-implemented"
    if not trusted:
        return "one-level-deep" if _one_level([*trees, *seen]) else None
    controls = [each for one in trusted for each in (one.controls or one.forks)]
    if any(not each.right for each in controls):
        return "overwritten-at-fork" if all(each.right or _some_shares(each) for each in controls) else None
    return _counted([each for one in trusted if one.family.operation for each in one.forks])


def _some_shares(seen: Seen) -> bool:
    """Whether each leaf's wrong gradient is some of the shares that should have been added up, and not all."""
    if not seen.grads:
        return False
    rows = zip(seen.grads, seen.sample.grads, shares(graph(seen.sample)), strict=True)
    return all(close(got, want) or any(close(got, some) for some in _sums(parts)) for got, want, parts in rows)


def _sums(parts: Sequence[float]) -> list[float]:
    """The sums of one and more of the numbers."""
    return [sum(some) for count in range(1, len(parts) + 1) for some in itertools.combinations(parts, count)]


def _counted(seen: Sequence[Seen]) -> str | None:
    """Whether some paths were followed too often, or all only too seldom: in a pure family, a gradient counts paths.

    A value that is visited again passes on again what it has passed on. One that is visited once, but before all that
    used it, passes on too little.
    """
    if not seen or any(not each.grads for each in seen):
        return None
    pairs = [(got or 0.0, want) for each in seen for got, want in zip(each.grads, each.sample.grads, strict=True)]
    ratios = [got / want for got, want in pairs if want]
    if any(not math.isfinite(ratio) or ratio < -RELATIVE for ratio in ratios):
        return None
    return "shared-nodes-twice" if any(ratio > 1 + RELATIVE for ratio in ratios) else "no-topological-order"


def chain(results: Sequence[Any], samples: Sequence[Sample]) -> Opinion:
    """A chain of thousands of operations; one of several kinds that is right will do."""
    seen = [read(s, r, backward=True) for s, r in zip(samples, results, strict=True)]
    best = next((each for each in seen if each.right), None)
    if best:
        return Opinion(1.0, remarks=best.remarks)
    deep = any(each.raised and each.raised.type == "RecursionError" for each in seen)
    if _unfinished(seen):
        return _opinion(seen[:1], 0.0, "not-implemented")
    length = len(samples[0].program.steps)
    if not deep:
        return replace(_opinion(seen[:1], 0.0), message=f"A chain of {length:,} operations {seen[0].fault}.")
    text = f"A chain of {length:,} operations is too deep for the recursion: Python ends it with RecursionError."
    return Opinion(0.0, text, "recursion-on-long-chains", error=all(each.raised for each in seen))
