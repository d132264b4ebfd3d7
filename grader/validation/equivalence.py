"""Whether mutants compute the same as what they were made from, on many random inputs.

The inputs are those that the checks themselves draw, over as many seeds as it takes; what is compared is everything
that a check would see: outputs, gradients, what became of the arguments, exceptions. So two sources that differ outside
the contract's inputs, in a cache that only their own backward reads, or in code that is never reached, are the same.

But a spec that always draws the same 1.0 makes everything the same that multiplies by it, and then proof by such inputs
proves nothing: so numbers that are no whole ones, and plain floats, are moved by a few parts in a hundred as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from grader.assignment import Assignment, Draw, Experiments, Function, Inputs, Pair, Part, Rng
from grader.cases import prepare
from grader.checks import Check, Record, Skip
from grader.errors import AssignmentError, SubmissionError
from grader.numeric import Floats, figure, tolerance
from grader.oracle import Oracle, Worked
from grader.sandbox import Box, Wall, wire
from grader.values import Question, Reply, numeric

FROM_SEED: Final = 1_000_000
"""Seeds that nothing else uses."""
ROUNDING: Final = 1e-2
"""Results are equal within this share of what a check would let pass."""
SHAKE: Final = 0.03
FEW: Final = frozenset({"purity", "stability"})
SEEDS_OF_FEW: Final = 20
"""These checks are asked at so many seeds: what they look for does not depend on the draw so much."""
DRAWS: Final = 10
MOVED_EVERY: Final = 8
"""Inputs are moved at every so manyth seed."""


@dataclass(frozen=True)
class Proof:
    """What is known of one source beside another: on how many random inputs of each function, at least, they agree."""

    inputs: int
    """0 where they differ."""
    beside: bool
    """Whether they agree as well where the inputs are moved a little from what the spec draws."""


Cells = tuple[wire.Cell, ...]


def proven(
    pairs: Sequence[tuple[Cells, Cells]], assignment: Assignment, oracle: Oracle, wall: Wall, inputs: int
) -> list[Proof]:
    """For each source and its original, whether they give the same. Raises WallError when a box breaks."""
    assignment = replace(assignment, parts=tuple(_drawn_often(part) for part in assignment.parts))
    bare = _Unknowing(replace(oracle.solution, mistakes=()))
    keys = judged_keys(assignment)
    asked: Counter[str] = Counter(dict.fromkeys(_functions(assignment), 0))
    with ExitStack() as stack:
        originals = {original: _loaded(stack, wall, original) for _, original in pairs}
        rest = {i: _loaded(stack, wall, source) for i, (source, _) in enumerate(pairs)}
        beside = set(rest)

        def agree(question: Question) -> set[int]:
            want = {original: _answered(box, question) for original, box in originals.items()}
            return {i for i, box in rest.items() if _alike(want[pairs[i][1]], _answered(box, question), keys)}

        seed = FROM_SEED
        while rest and min(asked.values()) < inputs:
            before = asked.total()
            for check, question in _questions(assignment, seed, bare):
                if check.rows[0].check not in FEW or seed < FROM_SEED + SEEDS_OF_FEW:
                    same = agree(question)
                    rest = {i: box for i, box in rest.items() if i in same}
                asked.update(_counted(check, question))
            if asked.total() == before:
                break
            if (seed - FROM_SEED) % MOVED_EVERY == 0:
                for question in _moved_questions(assignment, seed, bare):
                    beside &= agree(question)
            seed += 1
    count = min(asked.values())
    return [Proof(count if i in rest else 0, i in beside) for i in range(len(pairs))]


def _drawn_often(part: Part) -> Part:
    """A part that draws DRAWS times at each seed: few large questions take less time than many small ones."""
    if isinstance(part, Experiments):
        return replace(part, properties=tuple(replace(p, experiments=_often(p.experiments)) for p in part.properties))
    return replace(part, cases=_often(part.cases))


def _often(draw: Callable[[Rng], Sequence[Any]]) -> Callable[[Rng], list[Any]]:
    return lambda rng: [one for _ in range(DRAWS) for one in draw(rng)]


class _Unknowing(Oracle):
    """An oracle that knows no gradient: nobody asks here what is right, and derivatives are what takes long."""

    def work(self, pair: Pair, inputs: Inputs) -> Worked:
        """The outputs, for their shapes, and gradients of nothing."""
        outputs = {
            name: np.asarray(value, np.float64)
            for name, value in self.output(pair.forward, pair.outputs, inputs).items()
        }
        nothing = {name: figure(inputs[i]) for name, i in zip(pair.gradients, pair.wrt, strict=True)}
        return Worked(outputs, lambda _: nothing)


def _loaded(stack: ExitStack, wall: Wall, source: Cells) -> Box | None:
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


def _moved_questions(assignment: Assignment, seed: int, oracle: Oracle) -> list[Question]:
    """The same of inputs a little beside those that the spec draws; none where they are no longer legal."""
    parts = tuple(replace(p, cases=_moved(p.cases)) for p in assignment.parts if isinstance(p, Pair | Function))
    try:
        return [question for _, question in _questions(replace(assignment, parts=parts), seed, oracle)]
    except AssignmentError:
        return []


def _moved(draw: Draw) -> Draw:
    return lambda rng: [tuple(_shaken(value, rng) for value in inputs) for inputs in draw(rng)]


def _shaken(value: Any, rng: Rng) -> Any:
    """Each number by a factor of its own near 1; labels, masks and whole numbers as they are."""
    if isinstance(value, list | tuple):
        return type(value)(_shaken(item, rng) for item in value)
    if isinstance(value, dict):
        return {key: _shaken(item, rng) for key, item in value.items()}
    if isinstance(value, float):
        return value * float(rng.uniform(1 - SHAKE, 1 + SHAKE))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and (value != np.round(value)).any():
        return value * rng.uniform(1 - SHAKE, 1 + SHAKE, value.shape)
    return value


def _counted(check: Check, question: Question) -> Mapping[str, int]:
    """How many random inputs a question holds for the function that its check judges."""
    function = check.rows[0].function
    own = sum(call.function == function for call in question.calls)
    # Purity asks again what has been asked; a class is driven and never called by its name.
    return {} if check.rows[0].check == "purity" else {function: own or len(question.calls)}


@dataclass(frozen=True)
class _Answer:
    """What came of a question's calls: descriptions of values and types of exceptions, and the values' bytes."""

    described: tuple[wire.Value | str | None, ...]
    payload: bytes

    def values(self) -> list[Any]:
        """Each value as arrays in Python structures; an exception's type as it is."""
        reply = Reply((), self.payload)
        return [d if isinstance(d, str) else numeric(reply, d) for d in self.described]


def _answered(box: Box | None, question: Question) -> _Answer | None:
    """The answer; None when the process did not survive."""
    if box is None or not box.holds_source:
        return None
    try:
        answer, payload = box.ask(question.ask(), question.payload)
    except SubmissionError:
        return None
    return _Answer(tuple(o.error.type if o.error else o.value for o in answer.outcomes), payload)


def judged_keys(assignment: Assignment) -> frozenset[str]:
    """The keys of returned dicts that some check reads; others are a submission's own business."""
    keys: set[str] = set()
    for part in assignment.parts:
        if isinstance(part, Pair):
            keys |= set(part.gradients)
        elif isinstance(part, Function):
            keys |= {part.output} if isinstance(part.output, str) else set(part.output)
    return frozenset(keys)


def _alike(want: _Answer | None, got: _Answer | None, keys: frozenset[str]) -> bool:
    if want is None or got is None:
        return False
    if want == got:
        return True  # byte for byte, as most are
    return all(_equal(a, b, keys) for a, b in zip(want.values(), got.values(), strict=True))


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
