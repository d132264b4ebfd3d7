"""The only door to the secret half: expected values, gradients, traces and predictions come from here.

The self-check never imports this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment import Assignment, Inputs, Pair
from grader.catalogue import Catalogue, home
from grader.diagnose import GENERAL, MistakeInfo, Prediction, Values
from grader.errors import AssignmentError
from grader.modules import said
from grader.numeric import Figure, Floats, figure, flat
from reference import engine
from reference.solution import Follow, Mistake, Solution


def load(assignment: Assignment) -> Oracle:
    """The oracle of an assignment. Raises AssignmentError when its solution is missing or incomplete."""
    course = home(assignment)
    where = course.solution(assignment.name)
    if not where.exists():
        raise AssignmentError(_lack(course, where))
    module = course.secrets.load(assignment.name)
    wanted = [p.forward if isinstance(p, Pair) else p.name for p in assignment.parts if hasattr(p, "name")]
    absent = [name for name in wanted if not callable(getattr(module, name, None))]
    if absent:
        raise AssignmentError(f"{where} does not define {', '.join(absent)}: write each forward under its own name")
    listed = getattr(module, "MISTAKES", ())
    if not isinstance(listed, tuple | list) or not all(isinstance(m, Mistake) for m in listed):
        raise AssignmentError(f"{where}: MISTAKES must be a tuple of Mistake: is the comma after an only one missing?")
    mistakes = tuple(listed)
    strange = sorted({m.function for m in mistakes} - assignment.functions.keys())
    if strange:
        raise AssignmentError(f"{where}: MISTAKES name {', '.join(strange)}, which the assignment does not ask for")
    return Oracle(Solution({n: getattr(module, n) for n in wanted}, mistakes, getattr(module, "FOLLOW", {})))


def _lack(course: Catalogue, where: Path) -> str:
    if course.root is None:
        return f"{where} is not there: grading needs a checkout of the project, which holds the secret half"
    return (
        f"{where} is not there: grading needs the secret half, each forward in plain numpy and MISTAKES; "
        f"without it there is `grader check FILE{course.option}`"
    )


@dataclass(frozen=True)
class Worked:
    """A pair's reference at one point: `gradients(upstreams)` are its vector-Jacobian products by name."""

    outputs: Mapping[str, Floats]
    gradients: Callable[[Sequence[Any]], dict[str, Figure]]


@dataclass(frozen=True)
class Oracle:
    """What the reference says."""

    solution: Solution

    def output(self, function: str, names: Sequence[str], inputs: Inputs) -> dict[str, Figure]:
        """The reference's outputs by name: float64, of the contract's shapes."""
        with np.errstate(all="ignore"):
            return _results(self.solution.forwards[function](*inputs), names, function)

    def work(self, pair: Pair, inputs: Inputs) -> Worked:
        """Outputs and pullback of a pair without stages."""
        with np.errstate(all="ignore"):
            out, pullback = engine.vjp(self.solution.forwards[pair.forward], *inputs, wrt=pair.wrt)

        def gradients(upstreams: Sequence[Any]) -> dict[str, Figure]:
            given = tuple(upstreams) if len(pair.outputs) > 1 else upstreams[0]
            with np.errstate(all="ignore"):
                return dict(zip(pair.gradients, map(figure, pullback(given)), strict=True))

        outputs = _results(out, pair.outputs, pair.forward)
        return Worked({name: np.asarray(value, np.float64) for name, value in outputs.items()}, gradients)

    def trace(self, pair: Pair, inputs: Inputs) -> engine.Trace:
        """The trace of a pair's forward, its inputs and stages named."""
        with np.errstate(all="ignore"):
            return engine.trace(self.solution.forwards[pair.forward], *inputs, names=pair.inputs, wrt=pair.wrt)

    def follow(self, pair: Pair) -> Follow:
        """How a pair's backward is judged step by step. Raises AssignmentError where the solution does not tell."""
        found = self.solution.follow.get(pair.backward)
        if found is None:
            raise AssignmentError(f"the solution's FOLLOW has nothing for {pair.backward}, which has steps")
        return found

    def mistakes(self, function: str) -> list[Mistake]:
        """The known mistakes that show in a function and are recognised by value."""
        return [m for m in self.solution.mistakes if m.function == function and m.predict and not m.stage]

    def predictions(self, function: str, names: Sequence[str], arguments: Sequence[Inputs]) -> tuple[Prediction, ...]:
        """What each known mistake in a function returns in each case, by the names of outputs or gradients; None where
        it can't be computed.

        Raises AssignmentError when a prediction has another structure than the function's results.
        """
        return tuple(
            Prediction(m.name, tuple(_predicted(m.predict, inputs, names, m.name) for inputs in arguments))
            for m in self.mistakes(function)
            if m.predict is not None
        )

    def stage_mistakes(self, function: str) -> list[Mistake]:
        """The known mistakes in single stages of a staged backward."""
        return [m for m in self.solution.mistakes if m.function == function and m.predict and m.stage]

    def infos(self) -> dict[str, MistakeInfo]:
        """What to tell of each mistake by name, the general ones included."""
        own = {m.name: MistakeInfo(m.name, m.title, m.reason, m.read) for m in self.solution.mistakes}
        return {**GENERAL, **own}


def _predicted(predict: Callable[..., Any], inputs: Inputs, names: Sequence[str], mistake: str) -> Values | None:
    """One prediction; None for shapes that numpy refuses, as it refuses the submission's."""
    try:
        with np.errstate(all="ignore"):
            value = predict(*inputs)
    except (ValueError, IndexError):
        return None
    except Exception as error:
        raise AssignmentError(
            f"the mistake {mistake!r} can't be predicted: {said(error)}; predict takes the forward's "
            "inputs, and for a backward the upstream gradients before them"
        ) from error
    return _named(value, names, mistake)


def _named(predicted: Any, names: Sequence[str], mistake: str) -> Values:
    if isinstance(predicted, dict):
        return {n: flat(figure(v)) for n, v in predicted.items()}
    items = predicted if isinstance(predicted, tuple) else (predicted,)
    if len(items) != len(names):
        raise AssignmentError(
            f"the mistake {mistake!r} predicts {len(items)} values, where {', '.join(names)} are returned"
        )
    return {n: flat(figure(v)) for n, v in zip(names, items, strict=True)}


def _results(value: Any, names: Sequence[str], function: str) -> dict[str, Figure]:
    """What a reference function returns, by name. Raises AssignmentError for another number of values."""
    if isinstance(value, dict):
        items = [value[name] for name in names if name in value]
    else:
        items = list(value) if len(names) > 1 and isinstance(value, tuple) else [value]
    if len(items) != len(names) or (len(names) == 1 and isinstance(value, tuple)):
        raise AssignmentError(
            f"the reference's {function} must return {', '.join(names)} and no cache; it returns "
            + (f"{len(value)} values" if isinstance(value, tuple | dict) else f"a {type(value).__name__}")
        )
    return {name: figure(item) for name, item in zip(names, items, strict=True)}
