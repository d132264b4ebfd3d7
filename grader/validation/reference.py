"""The reference itself: its gradients against numerical differentiation of its forwards, and its worked examples.

A solution has forwards alone; their gradients come from the engine, by one rule for each operation that a forward uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from grader.assignment import Example, Function, Inputs, Pair, Rng, rng_for
from grader.errors import AssignmentError
from grader.numeric import EPS, RELATIVE, Floats, Probe, Slope, probes, slope
from grader.oracle import Oracle
from grader.validation.finding import Finding
from grader.validation.ground import Ground
from reference import engine

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
    forward = oracle.solution.forwards[part.forward]
    with np.errstate(all="ignore"):
        out, pullback = engine.vjp(forward, *inputs, wrt=part.wrt)
        upstream = _random_like(out, rng)
        gradients = dict(zip(part.wrt, pullback(upstream), strict=True))
        for position in part.wrt:
            lines = probes(inputs, position, rng, ENTRIES)
            slopes = [_slope(forward, line, inputs, upstream) for line in lines]
            name = f"d{part.inputs[position]}"
            if text := _disagreement(name, gradients[position], lines, slopes):
                return text
    return ""


def _slope(forward: Any, line: Probe, inputs: Inputs, upstream: Any) -> Slope:
    values, noise = [], 0.0
    for point in line.points(inputs):
        terms = [(u * o).ravel() for u, o in zip(_leaves(upstream), _leaves(forward(*point)), strict=True)]
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


def _random_like(out: Any, rng: Rng) -> Any:
    if isinstance(out, tuple):
        return tuple(_random_like(item, rng) for item in out)
    return rng.normal(size=np.shape(out))


def _leaves(value: Any) -> list[Floats]:
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [np.asarray(value, np.float64)]


# --- worked examples --------------------------------------------------------------------------------------------------


def _strays(part: Pair | Function, example: Example, which: str, oracle: Oracle) -> Iterator[str]:
    """Where the figures of a worked example are not what the reference computes."""
    if isinstance(part, Function):
        out = oracle.solution.forwards[part.name](*example.inputs)
        yield from _apart(which, part.outputs, example.output, out, example.tolerance)
        return
    trace = oracle.trace(part, example.inputs)
    if example.output is not None:
        yield from _apart(which, part.outputs, example.output, trace.out, example.tolerance)
    if example.gradients:
        if unknown := sorted(example.gradients.keys() - set(part.gradients)):
            yield f"{which} gives {', '.join(unknown)}, which {part.backward} does not return"
            return
        found = trace.gradients(example.upstream)
        for name, figures in example.gradients.items():
            yield from _apart(which, (name,), figures, found[name[1:]], example.tolerance)


def _apart(which: str, names: Sequence[str], given: Any, computed: Any, tolerance: float) -> Iterator[str]:
    if isinstance(computed, dict):
        computed = tuple(computed[name] for name in names)
        given = tuple(given[name] for name in names) if isinstance(given, dict) else given
    several = len(names) > 1
    pairs = zip(names, given if several else (given,), computed if several else (computed,), strict=True)
    for name, mine, theirs in pairs:
        for a, b in zip(_items(mine), _items(theirs), strict=True):
            if a.shape != b.shape:
                yield f"{which} gives {name} the shape {a.shape}, and the reference {b.shape}"
            elif not (np.abs(a - b) <= tolerance * np.maximum(1.0, np.abs(a))).all():
                yield f"{which}: {name} is off by {np.max(np.abs(a - b)):.2g} from what the reference computes"


def _items(value: Any) -> list[Floats]:
    """An array, or the arrays of a list of them."""
    if isinstance(value, list | tuple) and any(isinstance(item, np.ndarray) for item in value):
        return [np.asarray(item, np.float64) for item in value]
    return [np.asarray(value, np.float64)]
