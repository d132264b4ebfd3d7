"""Two ways in which a tape goes wrong whatever order it goes in, and the gradients that they leave in the leaves."""

from __future__ import annotations

from collections.abc import Callable

from assignments.gradient_tape.samples import Graph

Tape = Callable[[Graph], list[float]]


def one_level(graph: Graph) -> list[float]:
    """The gradient reaches what the result was made of, and no further."""
    grads = [0.0] * len(graph.parents)
    for parent, slope in graph.parents[graph.root]:
        grads[parent] += slope
    return grads[: graph.leaves]


def ignoring(operation: str) -> Tape:
    """An operation passes on its own derivative without the upstream gradient."""

    def tape(graph: Graph) -> list[float]:
        grads = [0.0] * len(graph.parents)
        grads[graph.root] = 1.0
        for node in reversed(range(len(graph.parents))):
            ignores = graph.operations[node] == operation and grads[node] != 0
            for parent, slope in graph.parents[node]:
                grads[parent] += slope * (1.0 if ignores else grads[node])
        return grads[: graph.leaves]

    return tape


def shares(graph: Graph) -> list[list[float]]:
    """What each leaf gets from each of its uses: what is right is their sum."""
    grads = [0.0] * len(graph.parents)
    grads[graph.root] = 1.0
    found: list[list[float]] = [[] for _ in range(graph.leaves)]
    for node in reversed(range(len(graph.parents))):
        for parent, slope in graph.parents[node]:
            grads[parent] += slope * grads[node]
            if parent < graph.leaves:
                found[parent].append(slope * grads[node])
    return found


def path_sizes(graph: Graph) -> list[float]:
    """For each leaf, the sum of what its paths from the result are worth, whatever their signs."""
    sizes = [0.0] * len(graph.parents)
    sizes[graph.root] = 1.0
    for node in reversed(range(len(graph.parents))):
        for parent, slope in graph.parents[node]:
            sizes[parent] += abs(slope) * sizes[node]
    return sizes[: graph.leaves]
