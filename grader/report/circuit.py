"""A circuit drawn as course notes draw it: inputs left, gates as circles, values above the wires, gradients below.

The drawing is inline SVG without fonts, scripts or colours of its own: a page's style sheet colours the classes by
`currentColor` and variables, so that one drawing serves light, dark and print. What the picture says in red and green
it also says by place and in words, and `rows` gives the same as a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec
from markupsafe import Markup

from grader.report import layout
from grader.report.escape import line
from grader.report.info import plural

RADIUS: Final = 19
CHAR: Final = 7.3
"""Width of a character of the drawing's 12-pixel monospaced labels, a little generous."""
LABEL: Final = 22
"""Characters of a label before it is cut."""
MARGIN: Final = 12
HALO: Final = 6


class CircuitNode(msgspec.Struct, frozen=True):
    """One value of the circuit: an input, a constant or what a gate gives.

    `label` is the gate's operation ("+", "exp") or "input"; `name` is the input's or the stage's name ("x", "den");
    `value` and `gradient` are rendered text ("-2.00", "[2x3]"); `inputs` are the ids of the operands in order.
    """

    id: int
    label: str
    name: str | None = None
    value: str = ""
    gradient: str | None = None
    inputs: tuple[int, ...] = ()


class CircuitDrawing(msgspec.Struct, frozen=True):
    """A circuit to draw. `draw` raises ValueError when an id occurs twice, is missing, or the nodes form a circle."""

    nodes: tuple[CircuitNode, ...]
    caption: str = ""


@dataclass(frozen=True)
class Row:
    """One value of the circuit in words: `step` names it, `operation` says how it is made."""

    step: str
    operation: str
    value: str
    gradient: str
    first_wrong: bool


def first_wrong(drawing: CircuitDrawing, wrong: Collection[str]) -> CircuitNode | None:
    """The node whose gradient is the first in backward order that `wrong` names: "dden" names the node "den"."""
    nodes = _by_id(drawing)
    for node_id in reversed(layout.topological({node.id: node.inputs for node in drawing.nodes})):
        name = nodes[node_id].name
        if name is not None and f"d{name}" in wrong:
            return nodes[node_id]
    return None


def rows(drawing: CircuitDrawing, wrong: Collection[str] = ()) -> list[Row]:
    """The circuit as a table, inputs first: the drawing's text alternative."""
    nodes = _by_id(drawing)
    marked = first_wrong(drawing, wrong)
    steps = {node.id: _step(node) for node in drawing.nodes}
    order = layout.topological({node.id: node.inputs for node in drawing.nodes})
    return [
        Row(
            steps[node.id],
            _operation(node, [steps[source] for source in node.inputs]),
            node.value,
            node.gradient or "",
            node is marked,
        )
        for node in (nodes[node_id] for node_id in order)
    ]


def draw(drawing: CircuitDrawing, wrong: Collection[str] = ()) -> Markup:
    """The circuit as an inline SVG, the first wrong gradient of `wrong` ("dden", "dx") marked.

    Raises ValueError for a circuit that is none (see CircuitDrawing).
    """
    marked = first_wrong(drawing, wrong)
    # Pages of one assignment share few drawings: only the mark differs.
    return _draw(drawing, marked.id if marked else None)


@lru_cache(maxsize=256)
def _draw(drawing: CircuitDrawing, marked: int | None) -> Markup:
    if not drawing.nodes:
        return Markup()
    shapes = {node.id: _shape(node, node.id == marked) for node in drawing.nodes}
    placed = layout.arrange(
        {node.id: node.inputs for node in drawing.nodes},
        frozenset(node.id for node in drawing.nodes if not node.inputs and not node.name),
        {node_id: (shape.above, shape.below) for node_id, shape in shapes.items()},
    )
    columns = _columns(shapes, placed)
    wires = Markup().join(_wires(node, shapes, placed, columns) for node in drawing.nodes)
    gates = Markup().join(_gate(node, shapes[node.id], placed, columns, node.id == marked) for node in drawing.nodes)
    top = min(placed.y[node_id, layer] - shapes[node_id].above for node_id, layer in placed.depth.items()) - MARGIN
    bottom = max(placed.y[node_id, layer] + shapes[node_id].below for node_id, layer in placed.depth.items()) + MARGIN
    top, bottom = min(top, min(placed.y.values()) - MARGIN), max(bottom, max(placed.y.values()) + MARGIN)
    width = columns[-1].end + MARGIN
    return Markup(
        '<svg class="circuit" xmlns="http://www.w3.org/2000/svg" role="img" '
        'aria-labelledby="circuit-title circuit-desc" width="{width}" height="{height}" '
        'viewBox="0 {top} {width} {height}">'
        '<title id="circuit-title">{title}</title><desc id="circuit-desc">{desc}</desc>{wires}{gates}</svg>'
    ).format(
        width=_n(width),
        height=_n(bottom - top),
        top=_n(top),
        title=line(drawing.caption) or "The circuit",
        desc=_description(drawing, marked),
        wires=wires,
        gates=gates,
    )


# --- what a node needs ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    """A node's texts and sizes.

    `width` and half the height `half` are the gate's or the input's name's, `halo` is the mark's distance from it,
    `room` is the width that it takes in its column.
    """

    text: str
    name: str
    value: str
    gradient: str
    gate: bool
    width: float
    half: float
    halo: float
    room: float
    stub: float
    above: float
    below: float
    ports: dict[int, int]
    """How often the gate takes each of its operands."""


@dataclass(frozen=True)
class _Column:
    """A layer's horizontal extent: gates are centred at `centre`, wires arrive at `start` and leave at `end`."""

    start: float
    centre: float
    end: float


def _shape(node: CircuitNode, marked: bool) -> _Shape:
    gate = bool(node.inputs)
    name = line(node.name or "", LABEL) if gate else ""
    # A constant shows its value in place of a name, and needs no label on its wire.
    constant = not gate and not node.name
    text = line((node.value or node.label) if constant else node.label if gate else node.name or node.label, LABEL)
    value = "" if constant else line(node.value, LABEL)
    gradient = line(node.gradient or "", LABEL)
    width = max(2 * RADIUS, len(text) * CHAR + 16) if gate else max(len(text) * CHAR * 1.17 + 8, 24)
    half = RADIUS if gate else 12.0
    # The mark takes room around the gate, and its words go below the gradient.
    halo = HALO if marked else 0.0
    longest = max(len(value), len(gradient), len("first wrong") if marked else 0)
    below = max(half + halo + 5, 40.0 if marked else 21.0 if gradient else 0.0)
    above = max(half + halo + (21 if name else 5), 20.0 if value else 0.0)
    stub = longest * CHAR + 14 + halo if longest else 10.0
    room = max(width + 2 * halo, len(name) * CHAR)
    return _Shape(text, name, value, gradient, gate, width, half, halo, room, stub, above, below, Counter(node.inputs))


def _columns(shapes: dict[int, _Shape], placed: layout.Layout) -> list[_Column]:
    columns: list[_Column] = []
    left = float(MARGIN)
    for i, layer in enumerate(placed.layers):
        here = [shapes[node] for node, at in layer if placed.depth[node] == at]
        width = max(shape.room for shape in here)
        end = left + width + max(shape.stub for shape in here)
        columns.append(_Column(left, left + width / 2, end))
        left = end + 30 + min(36, 4 * sum(start[1] == i for start, _ in placed.segments))
    return columns


# --- wires and gates --------------------------------------------------------------------------------------------------


def _wires(node: CircuitNode, shapes: dict[int, _Shape], placed: layout.Layout, columns: list[_Column]) -> Markup:
    """The wires that leave `node`: its own stub, the pieces through later layers, the curves into other gates."""
    own = placed.depth[node.id]
    column, shape, y = columns[own], shapes[node.id], placed.y[node.id, own]
    leaves = [(start, end) for start, end in placed.segments if start[0] == node.id]
    right = column.centre + shape.width / 2 + (0 if shape.gate else shape.halo)
    path = [f"M{_n(right)} {_n(y)}H{_n(column.end)}"]
    dots = []
    for start in dict.fromkeys(start for start, _ in leaves):
        from_x, from_y = columns[start[1]].end, placed.y[start]
        ends = [
            place for begin, end in leaves if begin == start for place in _ports(begin, end, shapes, placed, columns)
        ]
        path += [_curve(from_x, from_y, columns[start[1] + 1].start, to_y, to_x) for to_x, to_y in ends]
        if len(ends) > 1:
            dots.append(Markup('<circle class="fork" cx="{}" cy="{}" r="2.6"/>').format(_n(from_x), _n(from_y)))
    return Markup('<path class="wire" d="{}"/>{}').format("".join(path), Markup().join(dots))


def _ports(
    start: layout.Vertex, end: layout.Vertex, shapes: dict[int, _Shape], placed: layout.Layout, columns: list[_Column]
) -> list[tuple[float, float]]:
    """Where the piece of wire from `start` to `end` stops: the far side of a waypoint's layer, or a gate's rim.

    A gate that takes the same value twice has two ports for it.
    """
    node, layer = end
    column, y = columns[layer], placed.y[end]
    if placed.depth[node] != layer:
        return [(column.end, y)]
    arriving = sorted((begin for begin, to in placed.segments if to == end), key=lambda begin: placed.y[begin])
    sources = [begin for begin in arriving for _ in range(shapes[node].ports[begin[0]])]
    spread = min(11.0, 26.0 / max(len(sources), 1))
    places = []
    for i, begin in enumerate(sources):
        if begin == start:
            offset = (i - (len(sources) - 1) / 2) * spread
            rim = column.centre - shapes[node].width / 2 + RADIUS - (RADIUS**2 - offset**2) ** 0.5
            places.append((rim, y + offset))
    return places


def _curve(x: float, y: float, to_x: float, to_y: float, end: float) -> str:
    """A smooth curve from (x, y) to (to_x, to_y), level at both ends, and on to x = `end`."""
    if abs(y - to_y) < 0.05:
        return f"M{_n(x)} {_n(y)}H{_n(end)}"
    middle = _n((x + to_x) / 2)
    return f"M{_n(x)} {_n(y)}C{middle} {_n(y)} {middle} {_n(to_y)} {_n(to_x)} {_n(to_y)}H{_n(end)}"


def _gate(node: CircuitNode, shape: _Shape, placed: layout.Layout, columns: list[_Column], marked: bool) -> Markup:
    """A gate or an input with its labels."""
    layer = placed.depth[node.id]
    x, y = columns[layer].centre, placed.y[node.id, layer]
    left, label = x - shape.width / 2, x + shape.width / 2 + shape.halo + 7
    parts = []
    if marked:
        halo, half = shape.halo, shape.half + shape.halo
        parts.append(_box("halo", left - halo, y - half, shape.width + 2 * halo, 2 * half))
    if shape.gate:
        parts.append(_box("gate", left, y - RADIUS, shape.width, 2 * RADIUS))
    parts.append(_text("op" if shape.gate else "input", x, y + 4.5, shape.text))
    parts.append(_text("name", x, y - RADIUS - shape.halo - 7, shape.name))
    parts.append(_text("value", label, y - 6, shape.value))
    parts.append(_text("gradient first-wrong" if marked else "gradient", label, y + 16, shape.gradient))
    if marked:
        parts.append(_text("mark", label, y + 31, "first wrong"))
    return Markup("<g>{}</g>").format(Markup().join(parts))


def _box(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>').format(
        kind, _n(x), _n(y), _n(width), _n(height), _n(height / 2)
    )


def _text(kind: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, _n(x), _n(y), text) if text else Markup()


# --- words ------------------------------------------------------------------------------------------------------------


def _by_id(drawing: CircuitDrawing) -> dict[int, CircuitNode]:
    nodes = {node.id: node for node in drawing.nodes}
    if len(nodes) < len(drawing.nodes):
        raise ValueError("two nodes of the circuit have the same id")
    return nodes


def _step(node: CircuitNode) -> str:
    if node.name:
        return line(node.name, LABEL)
    return f"#{node.id}" if node.inputs else line(node.value or node.label, LABEL)


def _operation(node: CircuitNode, operands: list[str]) -> str:
    if not node.inputs:
        return "input" if node.name else "constant"
    label = line(node.label, LABEL)
    if len(operands) == 2 and not any(character.isalnum() for character in label):
        return f"{operands[0]} {label} {operands[1]}"
    return f"{label}({', '.join(operands)})" if label.isidentifier() else f"{label} of {', '.join(operands)}"


def _description(drawing: CircuitDrawing, marked: int | None) -> str:
    gates = sum(bool(node.inputs) for node in drawing.nodes)
    names = [line(node.name, LABEL) for node in drawing.nodes if node.name and not node.inputs]
    words = f"A circuit of {plural(gates, 'gate')} from the inputs {', '.join(names)}, drawn from left to right. "
    words += "Each wire has its forward value above and its gradient below. The table that follows says the same."
    wrong = next((node.name for node in drawing.nodes if node.id == marked), None)
    return f"{words} The first wrong gradient, going backwards, is d{line(wrong, LABEL)}." if wrong else words


def _n(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
