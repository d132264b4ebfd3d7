from __future__ import annotations

import random
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
import report_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st
from report_reading import HOSTILE, UNSAFE

from grader.report import circuit, layout
from grader.report.circuit import CircuitDrawing, CircuitNode

SVG = "{http://www.w3.org/2000/svg}"


def parse(drawing, wrong=()):
    return ET.fromstring(str(circuit.draw(drawing, wrong)))


def texts(svg, kind):
    return [e.text for e in svg.iter(f"{SVG}text") if kind in e.get("class").split()]


def random_circuit(seed, size=40, sources=5):
    """A circuit of `size` nodes with long wires, forks, repeated operands and a constant."""
    rng = random.Random(seed)
    nodes = [CircuitNode(i, "input", f"x{i}", "-2.00", "0.125") for i in range(sources)]
    nodes.append(CircuitNode(sources, "const", None, "2.00"))
    for i in range(sources + 1, size):
        operands = tuple(rng.choice(range(max(0, i - 9), i)) for _ in range(rng.choice([1, 2, 2, 3])))
        name = rng.choice([None, None, f"stage{i}"])
        nodes.append(
            CircuitNode(i, rng.choice(["+", "exp", "matmul", "sigmoid"]), name, "-1234.56", "-0.0001", operands)
        )
    return CircuitDrawing(tuple(nodes), "random")


def boxes(svg):
    """Left, top, right, bottom of every label and gate, by the widths of a monospaced 12-pixel font."""
    found = []
    for e in svg.iter(f"{SVG}text"):
        kind, x, y = e.get("class"), float(e.get("x")), float(e.get("y"))
        width = len(e.text) * (6.6 if "mark" in kind else 8.5 if kind == "input" else 7.23)
        left = x - width / 2 if kind in {"op", "input", "name"} else x
        if kind != "op":
            found.append((left, y - 9, left + width, y + 2, e.text))
    for e in svg.iter(f"{SVG}rect"):
        if e.get("class") == "gate":
            x, y = float(e.get("x")), float(e.get("y"))
            found.append((x, y, x + float(e.get("width")), y + float(e.get("height")), "gate"))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_labels_and_gates_do_not_overlap(seed):
    """In circuits of 40 nodes no label or gate covers another, and all lie inside the drawing."""
    drawing = random_circuit(seed)
    stage = next(node.name for node in drawing.nodes if node.name and node.inputs)
    svg = parse(drawing, {f"d{stage}"})
    for a, b in combinations(boxes(svg), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
    left, top, width, height = map(float, svg.get("viewBox").split())
    for box in boxes(svg):
        assert left <= box[0] < box[2] <= left + width, box
        assert top <= box[1] < box[3] <= top + height, box


@pytest.mark.parametrize("seed", range(8))
def test_wires_pass_no_gate(seed):
    """The level piece of a wire that passes a layer stays clear of the gates in it."""
    drawing = random_circuit(seed)
    inputs = {node.id: node.inputs for node in drawing.nodes}
    placed = layout.arrange(inputs, frozenset([5]), dict.fromkeys(inputs, (40.0, 24.0)))
    for layer in placed.layers:
        for upper, lower in pairwise(layer):
            real = [placed.depth[v[0]] == v[1] for v in (upper, lower)]
            least = (24.0 if real[0] else layout.WAYPOINT_ROOM) + (40.0 if real[1] else layout.WAYPOINT_ROOM)
            assert placed.y[lower] - placed.y[upper] >= least - 1e-6


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(7, 25))
def test_layers_follow_the_operands(seed, size):
    """Every node stands right of all its operands, and every wire goes one layer at a time."""
    drawing = random_circuit(seed, size)
    inputs = {node.id: node.inputs for node in drawing.nodes}
    placed = layout.arrange(inputs, frozenset([5]), dict.fromkeys(inputs, (30.0, 30.0)))
    for node, sources in inputs.items():
        assert all(placed.depth[source] < placed.depth[node] for source in sources)
    assert all(end[1] == start[1] + 1 for start, end in placed.segments)
    assert {v for layer in placed.layers for v in layer} == set(placed.y)


def test_a_plain_grid_is_drawn_without_crossings():
    """Two chains whose inputs are listed crosswise are untangled."""
    inputs = {0: (), 1: (), 2: (1,), 3: (0,), 4: (2,), 5: (3,), 6: (4, 5)}
    placed = layout.arrange(inputs, frozenset(), dict.fromkeys(inputs, (20.0, 20.0)))
    for a, b in combinations(placed.segments, 2):
        if a[0][1] == b[0][1]:
            assert (placed.y[a[0]] - placed.y[b[0]]) * (placed.y[a[1]] - placed.y[b[1]]) >= 0
    # A chain between forks is straight.
    assert placed.y[1, 0] == pytest.approx(placed.y[4, 2], abs=0.5)


def test_values_above_and_gradients_below():
    """Each wire has its value above it and its gradient below, in the notes' order of stages."""
    svg = parse(samples.staged_circuit())
    assert sorted(texts(svg, "name")) == sorted(["sigy", "num", "sigx", "xpy", "xpysqr", "den", "invden", "f"])
    assert texts(svg, "input") == ["x", "y"]
    assert len(texts(svg, "value")) == len(texts(svg, "gradient")) == 16
    for group in svg.iter(f"{SVG}g"):
        place = {e.get("class"): float(e.get("y")) for e in group.iter(f"{SVG}text")}
        gate = next((float(e.get("y")) + float(e.get("height")) / 2 for e in group.iter(f"{SVG}rect")), None)
        middle = place["input"] - 4.5 if gate is None else gate
        assert place["value"] < middle < place["gradient"]


def test_the_first_wrong_gradient_is_the_last_computed():
    """Of several wrong gradients the one nearest the output is marked, once, with words."""
    drawing = samples.staged_circuit()
    svg = parse(drawing, {"dx", "dy", "dxpysqr", "dden", "dunknown"})
    halos = [e for e in svg.iter(f"{SVG}rect") if e.get("class") == "halo"]
    assert len(halos) == 1
    assert texts(svg, "first-wrong") == ["-0.79"]
    assert texts(svg, "mark") == ["first wrong"]
    assert [row.step for row in circuit.rows(drawing, {"dx", "dden"}) if row.first_wrong] == ["den"]
    assert "is dden." in svg.find(f"{SVG}desc").text
    marked = next(g for g in svg.iter(f"{SVG}g") if halos[0] in list(g))
    assert [e.text for e in marked.iter(f"{SVG}text") if e.get("class") == "name"] == ["den"]


def test_an_input_can_be_marked():
    """A wrong gradient of an input is marked at the input."""
    svg = parse(samples.matmul_circuit(), {"dW"})
    marked = next(g for g in svg.iter(f"{SVG}g") if any(e.get("class") == "halo" for e in g))
    assert marked.find(f"{SVG}text").text == "W"


@pytest.mark.parametrize("wrong", [(), {"dz"}, {"den"}])
def test_nothing_wrong_nothing_marked(wrong):
    """Names that are no gradients of the circuit mark nothing."""
    svg = parse(samples.staged_circuit(), wrong)
    assert not texts(svg, "mark")
    assert "wrong" not in svg.find(f"{SVG}desc").text


def test_it_speaks_to_screen_readers():
    """The drawing is an image with a title and a description that are there."""
    svg = parse(samples.softmax_circuit())
    assert svg.get("role") == "img"
    ids = {e.get("id"): e.text for e in svg.iter() if e.get("id")}
    assert all(ids[name] for name in svg.get("aria-labelledby").split())


def test_the_table_says_the_same():
    """The text alternative lists every value once, operands before what is made of them."""
    rows = circuit.rows(samples.staged_circuit())
    assert len(rows) == 16
    by_step = {row.step: row for row in rows}
    assert by_step["den"].operation == "sigx + xpysqr"
    assert by_step["xpysqr"].operation == "^2 of xpy"
    assert by_step["sigx"].operation == "1/x of #9"
    assert by_step["#3"].operation == "exp(#2)"
    assert by_step["x"].operation == "input"
    order = [row.step for row in rows]
    assert order.index("sigx") < order.index("den") < order.index("f")


def test_a_value_used_twice_has_two_ports():
    """The gate of x * x is drawn with two wires into the gate."""
    drawing = CircuitDrawing((CircuitNode(0, "input", "x", "3"), CircuitNode(1, "*", None, "9", None, (0, 0))))
    path = next(iter(parse(drawing).iter(f"{SVG}path"))).get("d")
    assert len(re.findall("M", path)) == 3  # the stub, and a curve to each port


def test_constants_stand_before_their_gate():
    """A constant stands in the layer before the gate that takes it, with its value in place of a name."""
    nodes = [CircuitNode(0, "input", "x", "1"), CircuitNode(1, "const", None, "2.00")]
    nodes += [CircuitNode(i, "exp", None, "1", "1", (i - 1 if i > 2 else 0,)) for i in range(2, 6)]
    nodes.append(CircuitNode(6, "*", None, "1", "1", (5, 1)))
    svg = parse(CircuitDrawing(tuple(nodes)))
    place = {e.text: float(e.get("x")) for e in svg.iter(f"{SVG}text")}
    assert place["2.00"] > place["x"] + 200


@pytest.mark.parametrize(
    ("nodes", "what"),
    [
        ((CircuitNode(0, "+", None, "", None, (1,)), CircuitNode(1, "+", None, "", None, (0,))), "circle"),
        ((CircuitNode(0, "+", None, "", None, (7,)),), "node 7, which is not"),
        ((CircuitNode(0, "input", "x"), CircuitNode(0, "input", "y")), "same id"),
    ],
)
def test_what_is_no_circuit_is_refused(nodes, what):
    """Circles, missing operands and repeated ids are named, not drawn."""
    with pytest.raises(ValueError, match=what):
        circuit.draw(CircuitDrawing(nodes))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text):
    """Any text in any field of a circuit is text in the drawing, which stays well-formed."""
    nodes = (
        CircuitNode(0, text, text, text, text),
        CircuitNode(1, text, text, text, text, (0,)),
        CircuitNode(2, text, None, text, text),
        CircuitNode(3, text, None, text, None, (1, 2)),
    )
    drawing = CircuitDrawing(nodes, text)
    drawn = str(circuit.draw(drawing, {f"d{text}"}))
    svg = ET.fromstring(drawn.encode("utf-8"))
    assert {e.tag.removeprefix(SVG) for e in svg.iter()} <= {
        "svg",
        "title",
        "desc",
        "path",
        "circle",
        "g",
        "rect",
        "text",
    }
    assert not [c for c in UNSAFE if c in drawn]
    assert all(len(e.text) <= circuit.LABEL for e in svg.iter(f"{SVG}text"))


def test_no_nodes_no_drawing():
    """An empty circuit gives an empty drawing."""
    assert circuit.draw(CircuitDrawing(())) == ""
