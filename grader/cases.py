"""The checks of an assignment, with their cases drawn from a seed: made once a run, the same for every student.

With an oracle, every case has its expected values and the predictions of known mistakes. Without one (the
self-check), the worked examples are what values are compared with, and the backward's own forward is what its
gradients are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.assignment import Assignment, Example, Experiments, Function, Inputs, Pair, Rng, rng_for
from grader.catalogue import home
from grader.checks import Check
from grader.checks.case import Case
from grader.checks.compare import Compare, shows_in
from grader.checks.experiment import PropertyCheck
from grader.checks.gradcheck import GradCheck
from grader.checks.purity import Purity
from grader.checks.stages import StageMistake, Stages
from grader.checks.steps import Steps
from grader.diagnose import Prediction, Values
from grader.errors import AssignmentError
from grader.modules import told
from grader.numeric import Figure, Floats, figure, flat, magnitude
from grader.slips import called

if TYPE_CHECKING:
    from grader.oracle import Oracle
    from reference.solution import Follow


def prepare(assignment: Assignment, seed: int, oracle: Oracle | None) -> list[Check]:
    """All checks of an assignment, in the order in which they are asked.

    Raises AssignmentError when the spec's own functions fail.
    """
    checks: list[Check] = []
    for part in assignment.parts:
        try:
            checks += _checks(part, assignment.name, seed, oracle)
        except Exception as error:
            course = home(assignment)
            what = "" if isinstance(error, AssignmentError) else "its cases can't be made: "
            why = told(error, course.assignments, course.solutions)
            raise AssignmentError(f"{assignment.name}, {called(part)}: {what}{why}") from error
    return checks


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
        drawn = draw(rng)
        drawer = f"{getattr(draw, '__name__', 'the draw')}()"
        names = f"({', '.join(self.names)}{',' * (len(self.names) == 1)})"
        if not isinstance(drawn, list | tuple) or not drawn:
            raise AssignmentError(f"{drawer} must return a list of cases, each a tuple {names}: is its return missing?")
        for i, inputs in enumerate(drawn):
            if not isinstance(inputs, tuple | list):
                raise AssignmentError(
                    f"case {i} of {drawer} is no tuple but {type(inputs).__name__}: it must be {names}"
                )
            if len(inputs) != len(self.names):
                raise AssignmentError(f"case {i} of {drawer} has {len(inputs)} inputs: it must be a tuple {names}")
        return [tuple(inputs) for inputs in drawn]

    def upstreams(self, names: Sequence[str], outputs: Mapping[str, Any]) -> dict[str, Any]:
        """A random upstream gradient for each output: plain numbers for scalars, of either sign in turn."""
        return {n: self._upstream(np.shape(out)) for n, out in zip(names, outputs.values(), strict=True)}

    def _upstream(self, shape: tuple[int, ...]) -> Any:
        drawn = self.upstream_rng.normal(size=shape)
        if shape:
            return drawn
        self.sign = -self.sign
        return self.sign * (0.3 + abs(float(drawn)))


def _box_seed(*labels: str) -> int:
    """What the box's own generators are seeded with. Made without the run's seed, so it tells nothing of it."""
    return zlib.crc32(repr(labels).encode())


def _quantities(part: Pair | Function, inputs: Inputs) -> Mapping[str, float]:
    """Numbers of a case that a wrong constant factor may come from, by what they are called."""
    found: dict[str, float] = {}
    for name, value in zip(part.inputs, inputs, strict=True):
        if isinstance(value, np.ndarray):
            labels = part.axes.get(name, ())
            lengths = {labels[i] if i < len(labels) else f"{name}.shape[{i}]": n for i, n in enumerate(value.shape)}
            found |= {label: float(n) for label, n in lengths.items()}
        elif isinstance(value, list | tuple):
            found[f"len({name})"] = float(len(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    return found


# --- with a reference -------------------------------------------------------------------------------------------------


def _graded_pair(part: Pair, drawn: _Drawn, oracle: Oracle) -> list[Check]:
    if part.stages:
        return _staged_pair(part, drawn, oracle)
    worked = _worked(part, drawn, drawn.inputs, oracle)
    checks: list[Check] = [_forward(part, drawn, worked.forward, oracle, "forward", part.points.forward)]
    for backward in part.backwards:
        checks += _graded_backward(part, backward, drawn, worked, oracle)
    if drawn.extremes and (part.points.stability or part.points.backward_stability):
        checks += _stability(part, drawn, oracle, checks)
    return checks + [c for backward in part.backwards for c in _purity(part, drawn, worked.backward, backward)]


def _graded_backward(part: Pair, backward: str, drawn: _Drawn, worked: _Worked, oracle: Oracle) -> list[Check]:
    """The checks of one backward's gradients at ordinary inputs."""
    both = _both(worked.forward, worked.backward)
    if part.steps:
        worth = part.points.stages * len(part.steps)
        return [_steps(part, backward, drawn, worked, oracle), _gradcheck(part, backward, drawn, both, worth)]
    if not part.points.backward:
        return []
    return [
        _backward(part, backward, drawn, worked, oracle, "backward", part.points.backward),
        _gradcheck(part, backward, drawn, both, part.points.backward),
    ]


def _stability(part: Pair, drawn: _Drawn, oracle: Oracle, before: Sequence[Check]) -> list[Check]:
    """The checks at extreme inputs."""
    extreme = _worked(part, drawn, drawn.extremes, oracle)
    checks: list[Check] = []
    if part.points.stability:
        check = _forward(part, drawn, extreme.forward, oracle, "stability", part.points.stability)
        checks.append(_beside(check, before))
    if part.points.backward_stability:
        points = part.points.backward_stability
        for backward in part.backwards:
            check = _backward(part, backward, drawn, extreme, oracle, "stability", points)
            checks.append(_beside(check, before))
    return checks


def _beside(stability: Compare, checks: Sequence[Check]) -> Compare:
    """A stability check that knows which mistakes show at ordinary inputs: those of the check before it."""
    mine = [c for c in checks if isinstance(c, Compare) and c.function == stability.function and c.check != "stability"]
    if not mine:
        return replace(stability, ordinary=(False,) * len(stability.predictions))
    shows = tuple(shows_in(p, mine[0].cases) for p in mine[0].predictions)
    return replace(stability, ordinary=shows)


@dataclass(frozen=True)
class _Worked:
    """Forward cases, backward cases, and the gradients for an upstream gradient of ones."""

    forward: tuple[Case, ...]
    backward: tuple[Case, ...]
    ones: tuple[Any, ...]


def _worked(part: Pair, drawn: _Drawn, inputs: Sequence[Inputs], oracle: Oracle) -> _Worked:
    forward, backward, ones = [], [], []
    loose = frozenset(part.loose)
    for values in inputs:
        worked = oracle.work(part, values)
        upstreams = drawn.upstreams(part.upstreams, worked.outputs)
        given = tuple(upstreams.values())
        forward.append(Case(part.inputs, values, worked.outputs, magnitude(*values), loose=loose))
        gradients = worked.gradients(given)
        backward.append(Case(part.inputs, values, gradients, magnitude(*given), upstreams, loose=loose))
        plain = worked.gradients([np.ones(np.shape(value)) for value in given])
        ones.append({name: flat(value) for name, value in plain.items()})
    return _Worked(tuple(forward), tuple(backward), tuple(ones))


def _forward(part: Pair, drawn: _Drawn, cases: tuple[Case, ...], oracle: Oracle, check: str, points: float) -> Compare:
    return Compare(
        part.forward,
        check,
        points,
        cases,
        paired=True,
        predictions=oracle.predictions(part.forward, part.outputs, [c.inputs for c in cases]),
        ones=(None,) * len(cases),
        quantities=tuple(_quantities(part, c.inputs) for c in cases),
        seed=drawn.seed,
    )


def _backward(
    part: Pair, backward: str, drawn: _Drawn, worked: _Worked, oracle: Oracle, check: str, points: float
) -> Compare:
    return Compare(
        backward,
        check,
        points,
        worked.backward,
        forward=part.forward,
        extras=part.extras,
        predictions=_fitted(_predictions(part, backward, worked.backward, oracle), worked.backward),
        ones=worked.ones,
        quantities=tuple(_quantities(part, c.inputs) for c in worked.backward),
        seed=drawn.seed,
    )


def _predictions(part: Pair, backward: str, cases: Sequence[Case], oracle: Oracle) -> tuple[Prediction, ...]:
    arguments = [(*c.upstreams.values(), *c.inputs) for c in cases]
    return oracle.predictions(backward, part.gradients, arguments)


def _fitted(predictions: Sequence[Prediction], cases: Sequence[Case]) -> tuple[Prediction, ...]:
    """Predictions in the shapes in which what comes is compared, where axes of length 1 do not matter."""
    if not any(case.loose for case in cases):
        return tuple(predictions)

    def fit(values: Values | None, case: Case) -> Values | None:
        return values and {name: case.fitted(name, value, case.want(name)) for name, value in values.items()}

    return tuple(
        replace(p, values=tuple(fit(values, case) for values, case in zip(p.values, cases, strict=True)))
        for p in predictions
    )


def _steps(part: Pair, backward: str, drawn: _Drawn, worked: _Worked, oracle: Oracle) -> Steps:
    follow = oracle.follow(part)
    guides = tuple(_Guide(follow, case) for case in worked.backward)
    _fit(part, guides, worked.backward)
    return Steps(
        backward,
        part.forward,
        part.points.stages,
        worked.backward,
        guides,
        part.steps,
        predictions=_predictions(part, backward, worked.backward, oracle),
        ones=worked.ones,
        quantities=tuple(_quantities(part, c.inputs) for c in worked.backward),
        seed=drawn.seed,
    )


def _fit(part: Pair, guides: Sequence[_Guide], cases: Sequence[Case]) -> None:
    """Raises AssignmentError where the solution's FOLLOW has other steps or extras than the spec, or parts whose names
    do not begin with that of a gradient.
    """
    found: dict[str, set[str]] = {}
    for guide, case in zip(guides, cases, strict=True):
        if guide.extras.keys() != set(part.extras):
            raise AssignmentError(f"FOLLOW gives {sorted(guide.extras)} as right, the spec's extras are {part.extras}")
        right = {name: value for name, value in case.expected.items() if value is not None}
        for step, parts in guide.parts({**right, **guide.extras}).items():
            found.setdefault(step, set()).update(parts)
    if found.keys() != set(part.steps):
        raise AssignmentError(f"FOLLOW's parts are of the steps {sorted(found)}, the spec's steps are {part.steps}")
    names = (*part.gradients, *part.extras)
    if odd := sorted(p for parts in found.values() for p in parts if not p.startswith(names)):
        raise AssignmentError(f"FOLLOW calls a part {odd[0]!r}: it must begin with the gradient that it is of")


class _Guide:
    """The solution's follow-through at one case."""

    def __init__(self, follow: Follow, case: Case) -> None:
        self._follow = follow
        self._case = case
        found = follow.right(case.upstreams, *case.inputs) if follow.right else {}
        self.extras = {name: figure(value) for name, value in found.items()}

    def parts(self, gradients: Mapping[str, Figure]) -> dict[str, dict[str, Floats]]:
        """What belongs to each step."""
        found = self._follow.parts(gradients, *self._case.inputs)
        return {
            step: {name: np.asarray(value, np.float64) for name, value in parts.items()}
            for step, parts in found.items()
        }

    def slips(self, own: Mapping[str, Figure]) -> list[tuple[str, dict[str, Figure] | None]]:
        """The gradients as they follow with each known mistake of a single step."""
        return [(name, self._slipped(follow, own)) for name, follow in self._follow.slips]

    def _slipped(self, follow: Callable[..., Mapping[str, Any]], own: Mapping[str, Figure]) -> dict[str, Figure] | None:
        try:
            with np.errstate(all="ignore"):
                found = follow(own, self._case.upstreams, *self._case.inputs)
        except (ValueError, IndexError):
            return None
        return {name: figure(value) for name, value in found.items()}

    def follow(self, own: Mapping[str, Figure]) -> dict[str, Figure]:
        """The gradients, each as it follows from the others."""
        found = self._follow.follow(own, self._case.upstreams, *self._case.inputs)
        return {name: figure(value) for name, value in found.items()}


def _both(forward: Sequence[Case], backward: Sequence[Case]) -> tuple[Case, ...]:
    """Backward cases that know the outputs' shapes too."""
    return tuple(b.given(b.upstreams, {**f.expected, **b.expected}) for f, b in zip(forward, backward, strict=True))


def _gradcheck(
    part: Pair, backward: str, drawn: _Drawn, cases: tuple[Case, ...], worth: float, alone: float | None = None
) -> GradCheck:
    return GradCheck(
        backward,
        part.forward,
        part.outputs,
        cases,
        part.wrt,
        part.gradients,
        keyed=bool(part.stages),
        extras=part.extras,
        worth=worth,
        alone=alone,
        seed=drawn.seed,
    )


def _purity(
    part: Pair | Function, drawn: _Drawn, cases: Sequence[Case], backward: str | None = None, at: int | None = None
) -> list[Check]:
    """Two cases of one shape: the first, and the same drawn again.

    In the self-check, `at` is the place of the forward's outputs for the first.
    """
    pair = part if isinstance(part, Pair) else None
    lenient = part.lenient
    if not part.points.purity and not lenient:
        return []
    first = cases[0]
    again = drawn.again[0]
    given = first.upstreams
    upstreams = {} if not given else drawn.upstreams(list(given), given) if at is None else given
    second = Case(first.names, again, {}, first.scale, upstreams)
    return [
        Purity(
            pair.forward if pair else part.name,
            part.points.purity,
            (first, second),
            part.inputs,
            backward,
            None if at is None else (at, at),
            pair.changes if pair else (),
            lenient,
            drawn.seed,
        )
    ]


def _staged_pair(part: Pair, drawn: _Drawn, oracle: Oracle) -> list[Check]:
    traces = [oracle.trace(part, inputs) for inputs in drawn.inputs]
    forward, backward = [], []
    for inputs, trace in zip(drawn.inputs, traces, strict=True):
        outputs = {part.outputs[0]: np.asarray(trace.out, np.float64)}
        upstreams = drawn.upstreams(part.upstreams, outputs)
        (upstream,) = upstreams.values()
        found = trace.gradients(upstream)
        expected = {name: np.asarray(found[name[1:]], np.float64) for name in part.gradients}
        forward.append(Case(part.inputs, inputs, outputs, magnitude(*inputs)))
        backward.append(Case(part.inputs, inputs, expected, magnitude(upstream), upstreams))
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
        _gradcheck(part, part.backward, drawn, _both(forward, backward), worth),
        *_purity(part, drawn, backward, part.backward),
    ]


def _graded_function(part: Function, drawn: _Drawn, oracle: Oracle) -> list[Check]:
    checks: list[Check] = []
    loose = frozenset(part.loose)
    for check, inputs, points in (
        ("forward", drawn.inputs, part.points.forward),
        ("stability", drawn.extremes, part.points.stability),
    ):
        if not inputs or not points:
            continue
        overflows = frozenset(part.overflows if check == "stability" else ())
        cases = tuple(
            Case(
                part.inputs,
                v,
                oracle.output(part.name, part.outputs, v),
                magnitude(*v),
                loose=loose,
                overflows=overflows,
            )
            for v in inputs
        )
        compare = Compare(
            part.name,
            check,
            points,
            cases,
            paired=part.cached,
            keyed=part.keyed,
            predictions=_fitted(oracle.predictions(part.name, part.outputs, inputs), cases),
            ones=(None,) * len(cases),
            quantities=tuple(_quantities(part, v) for v in inputs),
            seed=drawn.seed,
        )
        checks.append(_beside(compare, checks) if check == "stability" else compare)
    plain = [Case(part.inputs, v, {}, magnitude(*v)) for v in drawn.inputs]
    return checks + _purity(part, drawn, plain)


# --- without a reference: the self-check ------------------------------------------------------------------------------


def _own_pair(part: Pair, drawn: _Drawn) -> list[Check]:
    examples = [e for e in part.examples if e.output is not None]
    known = [_example(part, e, _by_name(part.outputs, e.output)) for e in examples]
    loose = frozenset(part.loose)
    unknown = [Case(part.inputs, v, dict.fromkeys(part.outputs), magnitude(*v), loose=loose) for v in drawn.inputs]
    cases = (*known, *unknown)
    checks: list[Check] = [_plain(part.forward, "forward", part.points.forward, cases, drawn, paired=True)]
    worked = tuple(_example(part, e, e.gradients) for e in part.examples if e.gradients)
    worth = part.points.backward + part.points.stages * len(part.followed)
    for backward in part.backwards:
        if worked:
            how = {"forward": part.forward, "keyed": bool(part.stages), "extras": part.extras}
            checks.append(_plain(backward, "backward", 0.0, worked, drawn, **how))
        checks.append(_gradcheck(part, backward, drawn, cases, worth, alone=worth))
    if drawn.extremes and part.points.stability:
        extremes = tuple(Case(part.inputs, v, dict.fromkeys(part.outputs), magnitude(*v)) for v in drawn.extremes)
        checks.append(_plain(part.forward, "stability", part.points.stability, extremes, drawn, paired=True))
    named = [Case(c.names, c.inputs, {}, c.scale, dict.fromkeys(part.upstreams)) for c in unknown]
    return checks + [c for backward in part.backwards for c in _purity(part, drawn, named, backward, at=len(known))]


def _own_function(part: Function, drawn: _Drawn) -> list[Check]:
    known = [
        Case(
            part.inputs,
            e.inputs,
            _by_name(part.outputs, e.output),
            magnitude(*e.inputs),
            tolerance=e.tolerance,
            loose=frozenset(part.loose),
        )
        for e in part.examples
    ]
    unknown = [Case(part.inputs, v, dict.fromkeys(part.outputs), magnitude(*v)) for v in drawn.inputs]
    how = {"paired": part.cached, "keyed": part.keyed}
    checks: list[Check] = [_plain(part.name, "forward", part.points.forward, (*known, *unknown), drawn, **how)]
    if drawn.extremes and part.points.stability:
        overflows = frozenset(part.overflows)
        extremes = tuple(
            Case(part.inputs, v, dict.fromkeys(part.outputs), magnitude(*v), overflows=overflows)
            for v in drawn.extremes
        )
        checks.append(_plain(part.name, "stability", part.points.stability, extremes, drawn, **how))
    return checks + _purity(part, drawn, unknown)


def _plain(function: str, check: str, points: float, cases: tuple[Case, ...], drawn: _Drawn, **more: Any) -> Compare:
    """A comparison that knows no mistakes by value."""
    nothing = len(cases)
    return Compare(
        function, check, points, cases, ones=(None,) * nothing, quantities=({},) * nothing, seed=drawn.seed, **more
    )


def _example(part: Pair, example: Example, expected: Mapping[str, Any]) -> Case:
    given = {} if example.upstream is None else _by_name(part.upstreams, example.upstream, plain=True)
    return Case(
        part.inputs,
        example.inputs,
        {name: figure(value) for name, value in expected.items()},
        magnitude(*example.inputs, *given.values()),
        given,
        example.tolerance,
        frozenset(part.loose),
    )


def _by_name(names: Sequence[str], value: Any, *, plain: bool = False) -> dict[str, Any]:
    """An example's figure, or its figures where there are several, by name; `plain`, as they are written."""
    if not isinstance(value, dict):
        value = dict(zip(names, value if len(names) > 1 else (value,), strict=True))
    return {name: value[name] if plain else figure(value[name]) for name in names}
