"""The checks of an assignment, with their cases drawn from a seed: made once a run, the same for every student.

With an oracle, every case has its expected values and the predictions of known mistakes. Without one (the
self-check), the worked examples are what values are compared with, and the backward's own forward is what its
gradients are.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.assignment import Assignment, Example, Experiments, Function, Inputs, Pair, Rng, rng_for
from grader.checks import Check
from grader.checks.case import Case
from grader.checks.compare import Compare, shows_in
from grader.checks.experiment import PropertyCheck
from grader.checks.gradcheck import GradCheck
from grader.checks.purity import Purity
from grader.checks.stages import StageMistake, Stages
from grader.errors import AssignmentError
from grader.numeric import magnitude

if TYPE_CHECKING:
    from grader.oracle import Oracle


def prepare(assignment: Assignment, seed: int, oracle: Oracle | None) -> list[Check]:
    """All checks of an assignment, in the order in which they are asked.

    Raises AssignmentError when the spec's own functions fail.
    """
    try:
        return [check for part in assignment.parts for check in _checks(part, assignment.name, seed, oracle)]
    except AssignmentError:
        raise
    except Exception as error:
        raise AssignmentError(
            f"the cases of {assignment.name} can't be made: {type(error).__name__}: {error}"
        ) from error


def _checks(part: Any, name: str, seed: int, oracle: Oracle | None) -> list[Check]:
    match part:
        case Pair():
            drawn = _Drawn(part, part.inputs, name, seed)
            return _graded_pair(part, drawn, oracle) if oracle else _own_pair(part, drawn)
        case Function():
            drawn = _Drawn(part, part.inputs, name, seed)
            return _graded_function(part, drawn, oracle) if oracle else _own_function(part, drawn)
        case Experiments():
            return [
                PropertyCheck(
                    p, tuple(p.experiments(rng_for(seed, name, p.function, p.check))), _box_seed(name, p.check)
                )
                for p in part.properties
            ]
        case _:
            raise AssignmentError(f"{name} has a part of type {type(part).__name__}, which is not one of ours")


class _Drawn:
    """The inputs of a part, drawn."""

    def __init__(self, part: Pair | Function, names: tuple[str, ...], assignment: str, seed: int) -> None:
        self.names = names
        self.inputs = self._draw(part.cases, rng_for(seed, assignment, part.name, "cases"))
        self.again = self._draw(part.cases, rng_for(seed, assignment, part.name, "again"))
        self.extremes = (
            self._draw(part.extremes, rng_for(seed, assignment, part.name, "extremes")) if part.extremes else []
        )
        self.upstream_rng = rng_for(seed, assignment, part.name, "upstream")
        self.sign = -1.0
        self.seed = _box_seed(assignment, part.name)

    def _draw(self, draw: Any, rng: Rng) -> list[Inputs]:
        drawn = [tuple(inputs) for inputs in draw(rng)]
        if not drawn or any(len(inputs) != len(self.names) for inputs in drawn):
            raise AssignmentError(
                f"cases of ({', '.join(self.names)}) must be tuples of {len(self.names)}, at least one"
            )
        return drawn

    def upstream(self, shape: tuple[int, ...]) -> Any:
        """A random upstream gradient: a plain number for a scalar output, of either sign in turn."""
        drawn = self.upstream_rng.normal(size=shape)
        if shape:
            return drawn
        self.sign = -self.sign
        return self.sign * (0.3 + abs(float(drawn)))


def _box_seed(*labels: str) -> int:
    """What the box's own generators are seeded with. Made without the run's seed, so it tells nothing of it."""
    return zlib.crc32(repr(labels).encode())


def _quantities(names: Sequence[str], inputs: Inputs) -> Mapping[str, float]:
    """Numbers of a case that a wrong constant factor may come from."""
    found: dict[str, float] = {}
    for name, value in zip(names, inputs, strict=True):
        if isinstance(value, np.ndarray):
            found |= {f"{name}.shape[{i}]": float(n) for i, n in enumerate(value.shape)}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    return found


# --- with a reference -------------------------------------------------------------------------------------------------


def _graded_pair(part: Pair, drawn: _Drawn, oracle: Oracle) -> list[Check]:
    if part.stages:
        return _staged_pair(part, drawn, oracle)
    forward, backward, ones = _worked(part, drawn, drawn.inputs, oracle)
    checks: list[Check] = [_forward(part, drawn, forward, oracle, "forward", part.points.forward)]
    if part.points.backward:
        checks.append(_backward(part, drawn, backward, ones, oracle, "backward", part.points.backward))
        checks.append(_gradcheck(part, drawn, _both(forward, backward), part.points.backward))
    if drawn.extremes and (part.points.stability or part.points.backward_stability):
        extreme, back, ones = _worked(part, drawn, drawn.extremes, oracle)
        if part.points.stability:
            check = _forward(part, drawn, extreme, oracle, "stability", part.points.stability)
            checks.append(_beside(check, checks))
        if part.points.backward_stability:
            check = _backward(part, drawn, back, ones, oracle, "stability", part.points.backward_stability)
            checks.append(_beside(check, checks))
    return checks + _purity(part, drawn, backward)


def _beside(stability: Compare, checks: Sequence[Check]) -> Compare:
    """A stability check that knows which mistakes show at ordinary inputs: those of the check before it."""
    mine = [c for c in checks if isinstance(c, Compare) and c.function == stability.function and c.check != "stability"]
    if not mine:
        return replace(stability, ordinary=(False,) * len(stability.predictions))
    shows = tuple(shows_in(p, mine[0].cases) for p in mine[0].predictions)
    return replace(stability, ordinary=shows)


def _worked(
    part: Pair, drawn: _Drawn, inputs: Sequence[Inputs], oracle: Oracle
) -> tuple[tuple[Case, ...], tuple[Case, ...], tuple[Any, ...]]:
    """Forward cases, backward cases, and the gradients for an upstream gradient of ones."""
    forward, backward, ones = [], [], []
    for values in inputs:
        worked = oracle.work(part, values)
        upstream = drawn.upstream(worked.output.shape)
        forward.append(Case(part.inputs, values, {part.output: worked.output}, magnitude(*values)))
        gradients = worked.gradients(upstream)
        backward.append(Case(part.inputs, values, gradients, magnitude(upstream), upstream, part.upstream))
        ones.append(worked.gradients(np.ones(worked.output.shape)))
    return tuple(forward), tuple(backward), tuple(ones)


def _forward(part: Pair, drawn: _Drawn, cases: tuple[Case, ...], oracle: Oracle, check: str, points: float) -> Compare:
    return Compare(
        part.forward,
        check,
        points,
        cases,
        paired=True,
        predictions=oracle.predictions(part.forward, (part.output,), [c.inputs for c in cases]),
        ones=(None,) * len(cases),
        quantities=tuple(_quantities(part.inputs, c.inputs) for c in cases),
        seed=drawn.seed,
    )


def _backward(
    part: Pair, drawn: _Drawn, cases: tuple[Case, ...], ones: tuple[Any, ...], oracle: Oracle, check: str, points: float
) -> Compare:
    arguments = [(c.upstream, *c.inputs) for c in cases]
    return Compare(
        part.backward,
        check,
        points,
        cases,
        forward=part.forward,
        predictions=oracle.predictions(part.backward, part.gradients, arguments),
        ones=ones,
        quantities=tuple(_quantities(part.inputs, c.inputs) for c in cases),
        seed=drawn.seed,
    )


def _both(forward: Sequence[Case], backward: Sequence[Case]) -> tuple[Case, ...]:
    """Backward cases that know the output's shape too."""
    return tuple(
        Case(b.names, b.inputs, {**f.expected, **b.expected}, b.scale, b.upstream, b.upstream_name)
        for f, b in zip(forward, backward, strict=True)
    )


def _gradcheck(
    part: Pair, drawn: _Drawn, cases: tuple[Case, ...], worth: float, alone: float | None = None
) -> GradCheck:
    return GradCheck(
        part.backward,
        part.forward,
        part.output,
        cases,
        part.wrt,
        part.gradients,
        keyed=bool(part.stages),
        worth=worth,
        alone=alone,
        seed=drawn.seed,
    )


def _purity(part: Pair | Function, drawn: _Drawn, cases: Sequence[Case], at: int | None = None) -> list[Check]:
    """Two cases of one shape: the first, and the same drawn again.

    In the self-check, `at` is the place of the forward's output for the first.
    """
    if not part.points.purity:
        return []
    function, backward = (part.forward, part.backward) if isinstance(part, Pair) else (part.name, None)
    first = cases[0]
    again = drawn.again[0]
    upstream = None if first.upstream is None else drawn.upstream(np.shape(first.upstream))
    second = Case(first.names, again, {}, first.scale, upstream, first.upstream_name)
    outputs = None if at is None else (at, at)
    return [Purity(function, part.points.purity, (first, second), part.inputs, backward, outputs, drawn.seed)]


def _staged_pair(part: Pair, drawn: _Drawn, oracle: Oracle) -> list[Check]:
    traces = [oracle.trace(part, inputs) for inputs in drawn.inputs]
    forward, backward = [], []
    for inputs, trace in zip(drawn.inputs, traces, strict=True):
        out = np.asarray(trace.out, np.float64)
        upstream = drawn.upstream(out.shape)
        found = trace.gradients(upstream)
        expected = {name: np.asarray(found[name[1:]], np.float64) for name in part.gradients}
        forward.append(Case(part.inputs, inputs, {part.output: out}, magnitude(*inputs)))
        backward.append(Case(part.inputs, inputs, expected, magnitude(upstream), upstream, part.upstream))
    mistakes = [StageMistake(m.name, m.stage, m.predict) for m in oracle.stage_mistakes(part.backward) if m.predict]
    stages = Stages(
        part.backward,
        part.forward,
        part.points.stages,
        tuple(backward),
        tuple(traces),
        part.gradients,
        tuple(mistakes),
        drawn.seed,
    )
    worth = part.points.stages * len(part.gradients)
    return [
        _forward(part, drawn, tuple(forward), oracle, "forward", part.points.forward),
        stages,
        _gradcheck(part, drawn, _both(forward, backward), worth),
        *_purity(part, drawn, backward),
    ]


def _graded_function(part: Function, drawn: _Drawn, oracle: Oracle) -> list[Check]:
    checks: list[Check] = []
    for check, inputs, points in (
        ("forward", drawn.inputs, part.points.forward),
        ("stability", drawn.extremes, part.points.stability),
    ):
        if not inputs or not points:
            continue
        cases = tuple(Case(part.inputs, v, {part.output: oracle.output(part.name, v)}, magnitude(*v)) for v in inputs)
        compare = Compare(
            part.name,
            check,
            points,
            cases,
            predictions=oracle.predictions(part.name, (part.output,), inputs),
            ones=(None,) * len(cases),
            quantities=tuple(_quantities(part.inputs, v) for v in inputs),
            seed=drawn.seed,
        )
        checks.append(_beside(compare, checks) if check == "stability" else compare)
    plain = [Case(part.inputs, v, {}, magnitude(*v)) for v in drawn.inputs]
    return checks + _purity(part, drawn, plain)


# --- without a reference: the self-check ------------------------------------------------------------------------------


def _own_pair(part: Pair, drawn: _Drawn) -> list[Check]:
    examples = [e for e in part.examples if e.output is not None]
    known = [_example(part, e, {part.output: e.output}) for e in examples]
    unknown = [Case(part.inputs, v, {part.output: None}, magnitude(*v)) for v in drawn.inputs]
    cases = (*known, *unknown)
    checks: list[Check] = [_plain(part.forward, "forward", part.points.forward, cases, drawn, paired=True)]
    worked = [_example(part, e, e.gradients) for e in part.examples if e.gradients]
    if worked:
        check = _plain(
            part.backward, "backward", 0.0, tuple(worked), drawn, forward=part.forward, keyed=bool(part.stages)
        )
        checks.append(check)
    worth = part.points.backward + part.points.stages * len(part.gradients)
    checks.append(_gradcheck(part, drawn, cases, worth, alone=worth))
    if drawn.extremes and part.points.stability:
        extremes = tuple(Case(part.inputs, v, {part.output: None}, magnitude(*v)) for v in drawn.extremes)
        checks.append(_plain(part.forward, "stability", part.points.stability, extremes, drawn, paired=True))
    named = [Case(c.names, c.inputs, {}, c.scale, None, part.upstream) for c in unknown]
    return checks + _purity(part, drawn, named, at=len(known))


def _own_function(part: Function, drawn: _Drawn) -> list[Check]:
    known = [
        Case(part.inputs, e.inputs, {part.output: _array(e.output)}, magnitude(*e.inputs), tolerance=e.tolerance)
        for e in part.examples
    ]
    unknown = [Case(part.inputs, v, {part.output: None}, magnitude(*v)) for v in drawn.inputs]
    checks: list[Check] = [_plain(part.name, "forward", part.points.forward, (*known, *unknown), drawn)]
    if drawn.extremes and part.points.stability:
        extremes = tuple(Case(part.inputs, v, {part.output: None}, magnitude(*v)) for v in drawn.extremes)
        checks.append(_plain(part.name, "stability", part.points.stability, extremes, drawn))
    return checks + _purity(part, drawn, unknown)


def _plain(function: str, check: str, points: float, cases: tuple[Case, ...], drawn: _Drawn, **more: Any) -> Compare:
    """A comparison that knows no mistakes by value."""
    nothing = len(cases)
    return Compare(
        function, check, points, cases, ones=(None,) * nothing, quantities=({},) * nothing, seed=drawn.seed, **more
    )


def _example(part: Pair, example: Example, expected: Mapping[str, Any]) -> Case:
    return Case(
        part.inputs,
        example.inputs,
        {name: _array(value) for name, value in expected.items()},
        magnitude(*example.inputs, example.upstream),
        example.upstream,
        part.upstream,
        example.tolerance,
    )


def _array(value: Any) -> Any:
    return np.asarray(value, np.float64)
