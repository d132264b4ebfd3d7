"""Slips that authors make in a spec, found when it is loaded: a comma forgotten, a name that isn't an input, and such.

Each would show much later, as an error far from the line that is to be mended.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Final

from grader.assignment import Assignment, Experiments, Function, Pair, Part
from grader.errors import AssignmentError

MOST: Final = 1_000_000
"""What a check may be worth."""


def refuse(assignment: Assignment, where: object) -> None:
    """Raises AssignmentError for the first slip, with the file `where` it is, the part, and what to do."""
    try:
        slip = next(_slips(assignment), None)
    except Exception as error:
        # A field may hold anything, and what is looked for is in all of them.
        slip = f"a field holds something else than it takes ({type(error).__name__}: {' '.join(str(error).split())})"
        raise AssignmentError(f"{where}: {slip}") from error
    if slip is not None:
        raise AssignmentError(f"{where}: {slip}")


def called(part: Part) -> str:
    """A part as errors call it: "Pair 'softmax'"."""
    name = next(iter(part.functions), "") if isinstance(part, Experiments) else part.name
    return f"{type(part).__name__} {name!r}"


def _slips(assignment: Assignment) -> Iterator[str]:
    for field in ("title", "topic"):
        value = getattr(assignment, field)
        if not isinstance(value, str) or not value.strip():
            yield f"the {field} is {value!r}: write a line of text"
    if not assignment.parts:
        yield "the assignment has no parts: add a Pair, a Function or Experiments"
    for part in assignment.parts:
        yield from (f"{called(part)}: {slip}" for slip in _of(part))
    # Experiments may be about a function of another part.
    counted = (part for part in assignment.parts if not isinstance(part, Experiments))
    counts = Counter(function for part in counted for function in part.functions)
    for function in (function for function, count in counts.items() if count > 1):
        yield f"two parts ask for {function}: give one of them another name"
    if assignment.max_points <= 0:
        yield "the points add up to 0: say what the checks are worth, as in Points(forward=3, backward=6, purity=1)"


def _of(part: Part) -> Iterator[str]:
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if str(field.type).startswith("tuple[") and not isinstance(value, tuple):
            yield f"{field.name} must be a tuple: is the comma after an only one missing, as in ({_example(value)},)?"
    if isinstance(part, Experiments):
        for p in part.properties:
            for function in (p.function, *p.also, *(function for function, _ in p.needs)):
                if function not in part.functions:
                    yield f"the property {p.check!r} is about {function}, which is not among the functions"
        return
    for name in _unlisted(part):
        yield f"{name!r} is given as an input, and the inputs are {', '.join(part.inputs)}"
    for name, draw in (("cases", part.cases), ("extremes", part.extremes)):
        if draw is not None and not callable(draw):
            yield f"{name} must be a function that draws from a generator: write {name}={name}, without calling it"
    yield from _points(part)
    for i, example in enumerate(part.examples):
        yield from (f"example {i}: {slip}" for slip in _example_slips(part, example.inputs, set(example.gradients)))


def _example(value: object) -> str:
    return repr(value) if isinstance(value, str) else "..."


def _unlisted(part: Pair | Function) -> Iterator[str]:
    given = (*part.differentiable, *part.changes) if isinstance(part, Pair) else ()
    return (name for name in given if name not in part.inputs)


def _points(part: Pair | Function) -> Iterator[str]:
    points = part.points
    if (points.stability or points.backward_stability) and part.extremes is None:
        yield "there are points for stability and no extremes: add extremes=..., which draws inputs of large magnitude"
    if isinstance(part, Pair) and points.stages and not part.followed:
        yield "there are points for stages and no stages: name the intermediates in stages=(...)"
    if not all(isinstance(worth, int | float) and abs(worth) <= MOST for worth in dataclasses.astuple(points)):
        yield "points are no numbers: say what the checks are worth, as in Points(forward=3, backward=6, purity=1)"
    if any(worth < 0 for worth in dataclasses.astuple(points)):
        yield "points are negative: a check is worth 0 or more"


def _example_slips(part: Pair | Function, inputs: object, gradients: set[str]) -> Iterator[str]:
    if not isinstance(inputs, tuple) or len(inputs) != len(part.inputs):
        what = f"a tuple of {len(inputs)}" if isinstance(inputs, tuple) else f"a {type(inputs).__name__}"
        yield f"its inputs are {what}, where ({', '.join(part.inputs)}{',' * (len(part.inputs) == 1)}) are needed"
    if isinstance(part, Pair) and (strange := sorted(gradients - set(part.gradients))):
        yield f"it has the gradient {strange[0]!r}, and the gradients are {', '.join(part.gradients)}"
