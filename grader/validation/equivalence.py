"""Whether mutants compute the same as what they were made from, on many random inputs.

The inputs are those that the checks themselves draw, over as many seeds as it takes; what is compared is everything
that a check would see: outputs, gradients, what became of the arguments, exceptions. So two sources that differ outside
the contract's inputs, in a cache that only their own backward reads, or in code that is never reached, are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

import numpy as np

from grader.assignment import Assignment, Experiments, Function, Pair
from grader.cases import prepare
from grader.checks import Check, Record, Skip
from grader.errors import SubmissionError
from grader.numeric import Floats, tolerance
from grader.oracle import Oracle
from grader.sandbox import Box, Wall, wire
from grader.values import Question, Reply, numeric

FROM_SEED: Final = 1_000_000
"""Seeds that nothing else uses."""
ROUNDING: Final = 1e-2
"""Results are equal within this share of what a check would let pass."""


def proven(
    sources: Sequence[tuple[wire.Cell, ...]],
    original: tuple[wire.Cell, ...],
    assignment: Assignment,
    oracle: Oracle,
    wall: Wall,
    inputs: int,
) -> list[int]:
    """For each source, on how many random inputs of each function it gives what the original gives, at least.

    0 where it once did not. Raises WallError when a box breaks.
    """
    # Without the known mistakes: nobody asks here which one it is.
    bare = Oracle(replace(oracle.solution, mistakes=()))
    keys = judged_keys(assignment)
    asked: Counter[str] = Counter(dict.fromkeys(_functions(assignment), 0))
    with ExitStack() as stack:
        first = _loaded(stack, wall, original)
        rest = {i: _loaded(stack, wall, source) for i, source in enumerate(sources)}
        seed = FROM_SEED
        while rest and first and min(asked.values()) < inputs:
            before = asked.total()
            for check, question in _questions(assignment, seed, bare):
                want = _answered(first, question)
                rest = {i: box for i, box in rest.items() if box and _alike(want, _answered(box, question), keys)}
                asked.update(_counted(check, question))
            if asked.total() == before:
                break
            seed += 1
    return [min(asked.values()) if i in rest and first else 0 for i in range(len(sources))]


def _loaded(stack: ExitStack, wall: Wall, source: tuple[wire.Cell, ...]) -> Box | None:
    box = stack.enter_context(wall.open())
    try:
        box.load(source)
    except SubmissionError:
        return None
    return box


def _functions(assignment: Assignment) -> list[str]:
    """The functions that random inputs are counted for: those whose own checks ask for values."""
    found: list[str] = []
    for part in assignment.parts:
        if isinstance(part, Experiments):
            found += dict.fromkeys(p.function for p in part.properties)
        elif isinstance(part, Pair):
            found += [part.forward, *part.backwards]
        else:
            found.append(part.name)
    return found


def _questions(assignment: Assignment, seed: int, oracle: Oracle) -> Iterator[tuple[Check, Question]]:
    """What the checks ask first, that is of a submission of which nothing is known yet."""
    for check in prepare(assignment, seed, oracle):
        question = check.question(Record())
        if not isinstance(question, Skip):
            yield check, question


def _counted(check: Check, question: Question) -> Mapping[str, int]:
    """How many random inputs a question holds for the function that its check judges."""
    function = check.rows[0].function
    own = sum(call.function == function for call in question.calls)
    # Purity asks again what has been asked; a class is driven and never called by its name.
    return {} if check.rows[0].check == "purity" else {function: own or len(question.calls)}


def _answered(box: Box, question: Question) -> list[Any] | None:
    """What came of each call: its value, or the type of its exception; None when the process did not survive."""
    try:
        answer, payload = box.ask(question.ask(), question.payload)
    except SubmissionError:
        return None
    reply = Reply(answer.outcomes, payload)
    return [o.error.type if o.error else numeric(reply, o.value) for o in answer.outcomes]


def judged_keys(assignment: Assignment) -> frozenset[str]:
    """The keys of returned dicts that some check reads; others are a submission's own business."""
    keys: set[str] = set()
    for part in assignment.parts:
        if isinstance(part, Pair):
            keys |= set(part.gradients)
        elif isinstance(part, Function):
            keys |= {part.output} if isinstance(part.output, str) else set(part.output)
    return frozenset(keys)


def _alike(want: list[Any] | None, got: list[Any] | None, keys: frozenset[str]) -> bool:
    if want is None or got is None:
        return False
    return all(_equal(a, b, keys) for a, b in zip(want, got, strict=True))


def _equal(want: Any, got: Any, keys: frozenset[str]) -> bool:
    """Whether two results are the same but for rounding."""
    if isinstance(want, np.ndarray) and isinstance(got, np.ndarray):
        return want.shape == got.shape and _close(want, got)
    if isinstance(want, tuple) and isinstance(got, tuple):
        return len(want) == len(got) and all(_equal(a, b, keys) for a, b in zip(want, got, strict=True))
    if isinstance(want, dict) and isinstance(got, dict):
        read = want.keys() & keys or want.keys()
        return read <= got.keys() and all(_equal(want[k], got[k], keys) for k in read)
    if isinstance(want, str) or isinstance(got, str):
        return bool(want == got)
    return type(want) is type(got)


def _close(want: Floats, got: Floats) -> bool:
    odd = ~np.isfinite(want)
    if not np.array_equal(want[odd], got[odd], equal_nan=True):
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(want - got)[~odd] <= ROUNDING * tolerance(want[~odd], 1.0)
    return bool(near.all())
