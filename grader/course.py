"""A run's assignments, prepared: checks drawn from the seed, expected values known, and what reports tell of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from grader import oracle
from grader.assignment import Assignment, Pair, rng_for
from grader.cases import prepare
from grader.catalogue import BUILT_IN, Catalogue, home
from grader.checks import Check
from grader.diagnose import MistakeInfo
from grader.grading import Prepared
from grader.numeric import size
from grader.report.circuit import CircuitDrawing, CircuitNode
from grader.report.info import AssignmentInfo
from grader.values import shown
from grader.version import __version__

FEW: Final = 3
"""Entries that stand beside a wire one by one."""
MOST_NODES: Final = 60
"""A larger circuit is not drawn: nobody could read it."""


@dataclass(frozen=True)
class Explained:
    """What the reports tell of an assignment."""

    info: AssignmentInfo
    mistakes: Mapping[str, MistakeInfo]
    circuit: CircuitDrawing | None


def usable(names: Sequence[str], course: Catalogue = BUILT_IN) -> list[str]:
    """The assignments called `names`, or all that there are, once both halves of each are known to load. Raises
    UsageError or AssignmentError.
    """
    found = course.load_all(names)
    for assignment in found.values():
        oracle.load(assignment)
    return list(found)


def prepare_all(
    names: Sequence[str], seed: int, course: Catalogue = BUILT_IN, *, refuse_numerical: bool = False
) -> dict[str, Prepared]:
    """The assignments called `names`, or all that there are, to judge by. Raises UsageError or AssignmentError."""
    found = {}
    for name, assignment in course.load_all(names).items():
        draw = partial(_draw, assignment, seed)
        found[name] = Prepared(assignment, draw, fingerprint(assignment), refuse_numerical)
    return found


def _draw(assignment: Assignment, seed: int) -> Sequence[Check]:
    return prepare(assignment, seed, oracle.load(assignment))


def fingerprint(assignment: Assignment) -> str:
    """A hash of the grader's version and the assignment's two halves, with the files that solutions share."""
    course = home(assignment)
    mine = sorted(path for path in assignment.folder.rglob("*.py") if path.name != "stub.py")
    shared = sorted(path for path in course.solutions.glob("_*.py"))
    sha = hashlib.sha256(__version__.encode())
    for path in (*mine, course.solution(assignment.name), *shared):
        sha.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return sha.hexdigest()[:16]


def explain(prepared: Prepared) -> Explained:
    """What the reports tell of a prepared assignment."""
    assignment = prepared.assignment
    known = oracle.load(assignment)
    info = AssignmentInfo(
        assignment.name, assignment.title, assignment.topic, prepared.max_score, tuple(assignment.functions)
    )
    return Explained(info, known.infos(), _circuit(assignment, known))


def _circuit(assignment: Assignment, known: oracle.Oracle) -> CircuitDrawing | None:
    """The circuit of the first pair with one output, at its worked example or at a drawn case."""
    pair = next((p for p in assignment.parts if isinstance(p, Pair) and len(p.outputs) == 1), None)
    if pair is None:
        return None
    if pair.examples:
        inputs, upstream, caption = (
            pair.examples[0].inputs,
            pair.examples[0].upstream,
            "The worked example",
        )
    else:
        drawn = pair.cases(rng_for(0, assignment.name, "drawing"))
        inputs, upstream = min(drawn, key=size), None
        caption = "An example"
    trace = known.trace(pair, inputs)
    ones = np.ones(np.shape(trace.out)) if upstream is None else upstream
    nodes = trace.circuit(ones).nodes
    if len(nodes) > MOST_NODES:
        return None
    drawn_nodes = tuple(
        CircuitNode(
            n.id, n.op, n.name, _short(n.value), None if n.gradient is None else _short(n.gradient), tuple(n.inputs)
        )
        for n in nodes
    )
    told = "all ones" if upstream is None and np.size(ones) > 1 else f"= {' '.join(shown(ones).split())}"
    text = f"{caption}, with {pair.upstreams[0]} {told}"
    return CircuitDrawing(drawn_nodes, f"{text}.")


def _short(value: object) -> str:
    """A value as it stands beside a wire: a number, a few numbers, or an array's shape."""
    array = np.asarray(value)
    if array.size == 1:
        return f"{array.item() + 0.0:.3g}"
    if array.ndim == 1 and array.size <= FEW:
        return ", ".join(f"{v + 0.0:.2g}" for v in array.tolist())
    return "×".join(str(n) for n in array.shape) + (" numbers" if array.ndim == 1 else "")
