"""The reference itself: its gradients against numerical differentiation of its forwards, and its worked examples.

A solution has forwards alone; their gradients come from the engine, by one rule for each operation that a forward uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.assignment import Example, Function, Inputs, Pair, Rng, rng_for
from grader.errors import AssignmentError
from grader.numeric import EPS, RELATIVE, Floats, Probe, Slope, probes, slope
from grader.oracle import Oracle
from grader.validation.finding import Finding
from grader.validation.ground import Ground

SEEDS: Final = (1, 2, 3)
"""The seeds whose cases are differentiated."""
ENTRIES: Final = 24
"""Inputs of at most this many entries are moved entry by entry, larger ones in this many random directions."""
SAFETY: Final = 10.0
"""The estimated error of a slope is trusted to within this factor."""
UNDECIDED: Final = 1e-3
"""A slope whose estimated error is a larger share of the largest slope says nothing: a kink lies near."""


def faults(ground: Ground) -> Iterator[Finding]:
    """Everything that is wrong with the reference."""
    for part in ground.assignment.parts:
        if isinstance(part, Pair):
            yield from _guarded(part.forward, _differs(part, ground))
        if isinstance(part, Pair | Function):
            where = part.forward if isinstance(part, Pair) else part.name
            for number, example in enumerate(part.examples, 1):
                yield from _guarded(where, _strays(part, example, f"worked example {number}", ground.oracle))


def _guarded(where: str, found: Iterator[str]) -> Iterator[Finding]:
    """The findings; an author's function that raises is one too."""
    try:
        for what in found:
            yield Finding(where, what)
    except AssignmentError:
        raise
    except Exception as error:  # noqa: BLE001 - the author's code may raise anything
        yield Finding(where, f"the reference raises {type(error).__name__}: {error}")


# --- numerical differentiation ----------------------------------------------------------------------------------------


def _differs(part: Pair, ground: Ground) -> Iterator[str]:
    """The first gradient of each seed that is not the slope of its forward."""
    for seed in SEEDS:
        rng = rng_for(seed, ground.assignment.name, part.name, "differences")
        for number, inputs in enumerate(part.cases(rng)):
            wrong = _wrong_slope(part, ground.oracle, tuple(inputs), rng)
            if wrong:
                yield f"{wrong}, in case {number} of seed {seed}"
                return


def _wrong_slope(part: Pair, oracle: Oracle, inputs: Inputs, rng: Rng) -> str:
    with np.errstate(all="ignore"):
        outputs, pullback = _worked(part, oracle, inputs)
        upstreams = [rng.normal(size=np.shape(value)) for value in outputs.values()]
        gradients = pullback(upstreams)
        for position in part.wrt:
            lines = probes(inputs, position, rng, ENTRIES)
            slopes = [_slope(part, oracle, line, inputs, upstreams) for line in lines]
            name = f"d{part.inputs[position]}"
            if text := _disagreement(name, gradients[name], lines, slopes):
                return text
    return ""


def _worked(
    part: Pair, oracle: Oracle, inputs: Inputs
) -> tuple[Mapping[str, Any], Callable[[Sequence[Any]], Mapping[str, Any]]]:
    """The reference's outputs, and upstream gradients to gradients by name."""
    if not part.stages:
        worked = oracle.work(part, inputs)
        return worked.outputs, worked.gradients
    trace = oracle.trace(part, inputs)

    def pullback(upstreams: Sequence[Any]) -> Mapping[str, Any]:
        found = trace.gradients(upstreams[0])
        return {name: found[name[1:]] for name in part.gradients}

    return {part.outputs[0]: trace.out}, pullback


def _slope(part: Pair, oracle: Oracle, line: Probe, inputs: Inputs, upstreams: Sequence[Any]) -> Slope:
    values, noise = [], 0.0
    for point in line.points(inputs):
        outputs = oracle.output(part.forward, part.outputs, point).values()
        terms = [np.ravel(u * np.asarray(o, np.float64)) for u, o in zip(upstreams, outputs, strict=True)]
        values.append(float(sum(t.sum() for t in terms)))
        noise = max(noise, EPS * float(sum(np.abs(t).sum() for t in terms)))
    return slope(values, line.step, noise)


def _disagreement(name: str, gradient: Any, lines: Sequence[Probe], slopes: Sequence[Slope]) -> str:
    """What is wrong with one gradient; nothing when it agrees."""
    largest = max(abs(s.value) for s in slopes) if slopes else 0.0
    sound = [(p, s) for p, s in zip(lines, slopes, strict=True) if _decides(s, largest)]
    if 2 * len(sound) <= len(lines):
        return f"{name} can't be checked by differences: draw inputs at which the forward is smooth"
    for line, numerical in sound:
        item = gradient if line.item is None else gradient[line.item]
        claimed = float(np.sum(np.asarray(item, np.float64) * line.direction))
        allowed = SAFETY * numerical.error + RELATIVE * max(abs(numerical.value), 1e-3 * largest)
        if not abs(claimed - numerical.value) <= allowed:
            at = f"{name}{list(line.index)}" if line.index else name
            return f"{at} is {claimed:.8g} by the engine and {numerical.value:.8g} by differences of the forward"
    return ""


def _decides(one: Slope, largest: float) -> bool:
    return bool(max(one.error, one.kink) <= UNDECIDED * largest + one.noise)


# --- worked examples --------------------------------------------------------------------------------------------------


def _strays(part: Pair | Function, example: Example, which: str, oracle: Oracle) -> Iterator[str]:
    """Where the figures of a worked example are not what the reference computes."""
    if isinstance(part, Function):
        computed = oracle.output(part.name, part.outputs, example.inputs)
    else:
        outputs, pullback = _worked(part, oracle, example.inputs)
        computed = dict(outputs)
        if example.gradients:
            computed |= pullback(example.upstream if len(part.outputs) > 1 else [example.upstream])
    for name, figures in {**_by_name(part.outputs, example.output), **example.gradients}.items():
        for a, b in zip(_items(figures), _items(computed[name]), strict=True):
            if a.shape != b.shape:
                yield f"{which} gives {name} the shape {a.shape}, and the reference {b.shape}"
            elif not (np.abs(a - b) <= example.tolerance * np.maximum(1.0, np.abs(a))).all():
                yield f"{which}: {name} is off by {np.max(np.abs(a - b)):.2g} from what the reference computes"


def _by_name(names: Sequence[str], output: Any) -> Mapping[str, Any]:
    """An example's outputs: one, a tuple of several, a dict, or none given."""
    if output is None:
        return {}
    if isinstance(output, dict):
        return output
    return dict(zip(names, output if len(names) > 1 else (output,), strict=True))


def _items(value: Any) -> list[Floats]:
    """An array, or the arrays of a list of them."""
    if isinstance(value, list | tuple) and any(isinstance(item, np.ndarray) for item in value):
        return [np.asarray(item, np.float64) for item in value]
    return [np.asarray(value, np.float64)]
