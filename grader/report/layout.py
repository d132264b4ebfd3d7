"""Where the gates of a circuit go: layers by longest path, few crossings, straight wires.

The usual layered drawing of a directed graph, in four short steps: put every node in a layer after its inputs; give
each wire that passes through a layer a waypoint there (wires that leave one node share theirs, and fork as late as they
can); order each layer by the barycentre of its neighbours, and keep the order with the fewest crossings; then move
nodes towards their neighbours as far as the others in the layer leave room. It knows nothing of SVG: sizes come in,
places go out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SWEEPS: Final = 12
STRAIGHTENING: Final = 120
CHAIN: Final = 12.0
"""How much harder a long wire or a chain of gates resists bending than a single wire between forks."""
WAYPOINT_ROOM: Final = 9.0
"""What a passing wire needs above and below."""

Vertex = tuple[int, int]
"""A node's id and a layer: the node itself in its own layer, a waypoint of its wire in a later one."""


@dataclass(frozen=True)
class Layout:
    """Vertices of each layer from top to bottom, their places (y grows downwards), the pieces of wire between them."""

    layers: tuple[tuple[Vertex, ...], ...]
    y: Mapping[Vertex, float]
    segments: tuple[tuple[Vertex, Vertex], ...]
    depth: Mapping[int, int]


def topological(inputs: Mapping[int, Sequence[int]]) -> list[int]:
    """The ids in an order that has every node after its inputs, the lowest id first where there is a choice.

    Raises ValueError when a node's input is not there, or when nodes feed each other in a circle.
    """
    waiting = {node: len(set(sources)) for node, sources in inputs.items()}
    users: dict[int, list[int]] = {node: [] for node in inputs}
    for node, sources in inputs.items():
        for source in set(sources):
            if source not in inputs:
                raise ValueError(f"node {node} takes node {source}, which is not in the circuit")
            users[source].append(node)
    ready = sorted((node for node, count in waiting.items() if not count), reverse=True)
    order: list[int] = []
    while ready:
        node = ready.pop()
        order.append(node)
        for user in users[node]:
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
        ready.sort(reverse=True)
    if len(order) < len(inputs):
        raise ValueError(f"nodes {sorted(set(inputs) - set(order))} feed each other in a circle")
    return order


def arrange(
    inputs: Mapping[int, Sequence[int]], floating: frozenset[int], room: Mapping[int, tuple[float, float]]
) -> Layout:
    """Lay out a circuit given by each node's inputs.

    `floating` are sources that stand just before their first user (constants); other sources stand in the first layer.
    `room` is what a node needs above and below its centre. Raises ValueError as `topological` does.
    """
    order = topological(inputs)
    depth = _depths(order, inputs, floating)
    segments = _segments(order, inputs, depth)
    layers = _ordered(_initial(order, segments, depth), segments)

    def gap(upper: Vertex, lower: Vertex) -> float:
        below = room[upper[0]][1] if depth[upper[0]] == upper[1] else WAYPOINT_ROOM
        above = room[lower[0]][0] if depth[lower[0]] == lower[1] else WAYPOINT_ROOM
        return below + above

    return Layout(tuple(map(tuple, layers)), _heights(layers, segments, depth, gap), tuple(segments), depth)


def _depths(order: Sequence[int], inputs: Mapping[int, Sequence[int]], floating: frozenset[int]) -> dict[int, int]:
    depth: dict[int, int] = {}
    for node in order:
        depth[node] = max((depth[source] + 1 for source in inputs[node]), default=0)
    for source in floating:
        depth[source] = min((depth[node] for node in order if source in inputs[node]), default=1) - 1
    return depth


def _segments(
    order: Sequence[int], inputs: Mapping[int, Sequence[int]], depth: Mapping[int, int]
) -> list[tuple[Vertex, Vertex]]:
    segments: dict[tuple[Vertex, Vertex], None] = {}  # a dict keeps their order and drops repetitions
    for node in order:
        for source in inputs[node]:
            path = [(source, layer) for layer in range(depth[source], depth[node])] + [(node, depth[node])]
            segments.update(dict.fromkeys(pairwise(path)))
    return list(segments)


def _initial(
    order: Sequence[int], segments: Sequence[tuple[Vertex, Vertex]], depth: Mapping[int, int]
) -> list[list[Vertex]]:
    layers: list[dict[Vertex, None]] = [{} for _ in range(max(depth.values(), default=-1) + 1)]
    for node in order:
        layers[depth[node]][node, depth[node]] = None
    for _, end in segments:
        layers[end[1]][end] = None
    return [list(layer) for layer in layers]


def _neighbours(
    segments: Sequence[tuple[Vertex, Vertex]],
) -> tuple[dict[Vertex, list[Vertex]], dict[Vertex, list[Vertex]]]:
    before: dict[Vertex, list[Vertex]] = {}
    after: dict[Vertex, list[Vertex]] = {}
    for start, end in segments:
        before.setdefault(end, []).append(start)
        after.setdefault(start, []).append(end)
    return before, after


def _ordered(layers: list[list[Vertex]], segments: Sequence[tuple[Vertex, Vertex]]) -> list[list[Vertex]]:
    before, after = _neighbours(segments)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, segments)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        forwards = sweep % 2 == 0
        towards = before if forwards else after
        for layer in layers if forwards else reversed(layers):
            place = {vertex: float(i) for other in layers for i, vertex in enumerate(other)}
            layer.sort(key=lambda vertex: _mean([place[v] for v in towards.get(vertex, ())], place[vertex]))
        crossings = _crossings(layers, segments)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _crossings(layers: Sequence[Sequence[Vertex]], segments: Sequence[tuple[Vertex, Vertex]]) -> int:
    place = {vertex: i for layer in layers for i, vertex in enumerate(layer)}
    by_layer: dict[int, list[tuple[int, int]]] = {}
    for start, end in segments:
        by_layer.setdefault(start[1], []).append((place[start], place[end]))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for ends in by_layer.values() for i, a in enumerate(ends) for b in ends[:i]
    )


def _heights(
    layers: Sequence[Sequence[Vertex]],
    segments: Sequence[tuple[Vertex, Vertex]],
    depth: Mapping[int, int],
    gap: Callable[[Vertex, Vertex], float],
) -> dict[Vertex, float]:
    before, after = _neighbours(segments)
    offsets: list[list[float]] = []
    y: dict[Vertex, float] = {}
    for layer in layers:
        offset = [0.0]
        for upper, lower in pairwise(layer):
            offset.append(offset[-1] + gap(upper, lower))
        offsets.append(offset[: len(layer)])
        y.update({vertex: place - offset[-1] / 2 for vertex, place in zip(layer, offset, strict=False)})
    # Each wire is a spring. Those of a chain, and those between two waypoints, are the stiff ones.
    springs: dict[Vertex, list[tuple[Vertex, float]]] = {vertex: [] for layer in layers for vertex in layer}
    for start, end in segments:
        waypoints = (depth[start[0]] != start[1]) + (depth[end[0]] != end[1])
        chain = len(after[start]) == len(before[end]) == 1
        stiffness = CHAIN if chain or waypoints == 2 else 1.0 + waypoints
        springs[start].append((end, stiffness))
        springs[end].append((start, stiffness))
    weights = {vertex: sum(k for _, k in near) or 1.0 for vertex, near in springs.items()}
    for sweep in range(STRAIGHTENING):
        for layer, offset in list(zip(layers, offsets, strict=True))[:: 1 if sweep % 2 == 0 else -1]:
            wanted = [
                sum(y[v] * k for v, k in springs[vertex]) / weights[vertex] if springs[vertex] else y[vertex]
                for vertex in layer
            ]
            flat = _isotonic([w - o for w, o in zip(wanted, offset, strict=True)], [weights[v] for v in layer])
            y.update({vertex: z + o for vertex, z, o in zip(layer, flat, offset, strict=True)})
    return y


def _isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest non-decreasing sequence in weighted least squares, by pooling adjacent violators."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_total, other_count = blocks.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total, count = total + other_total, count + other_count
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default
