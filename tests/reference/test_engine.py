"""The engine as its users meet it: vjp, stages, the circuit, long chains, and every refusal."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from grader.errors import MachineError
from reference.engine import EngineError, MissingRule, jacobian, stage, trace, vjp


def sigma(z):
    return 1 / (1 + np.exp(-z))


def fxy(x, y):
    """(x + sigma(y)) / (sigma(x) + (x + y)^2), in stages."""
    sigy = stage("sigy", sigma(y))
    num = stage("num", x + sigy)
    sigx = stage("sigx", sigma(x))
    xpy = stage("xpy", x + y)
    xpysqr = stage("xpysqr", xpy**2)
    den = stage("den", sigx + xpysqr)
    invden = stage("invden", 1.0 / den)
    return num * invden


# The notes' figures for x = 3, y = -4 and df = 1.
FIGURES = {
    "num": 0.5121444488, "invden": 3.0179862100, "den": -0.7915934473, "sigx": -0.7915934473, "xpysqr": -0.7915934473,
    "xpy": 1.5831868945, "sigy": 0.5121444488, "x": 2.0595697956, "y": 1.5922327515,
}  # fmt: skip
CONSUMERS = {
    "sigy": ("num",), "num": ("out",), "sigx": ("den",), "xpy": ("xpysqr",), "xpysqr": ("den",), "den": ("invden",),
    "invden": ("out",), "x": ("num", "sigx", "xpy"), "y": ("sigy", "xpy"),
}  # fmt: skip


@pytest.fixture
def traced():
    return trace(fxy, 3.0, -4.0, names=("x", "y"))


# --- stages -----------------------------------------------------------------------------------------------------------


def test_stages_of_the_worked_example(traced):
    """Every named gradient of the worked example is the notes' figure."""
    assert float(traced.out) == 1.5456448841066441 == fxy(3.0, -4.0)
    assert traced.names == ("x", "y", "sigy", "num", "sigx", "xpy", "xpysqr", "den", "invden")
    assert traced.values["xpy"] == -1.0
    gradients = traced.gradients(1.0)
    assert {name: float(g) for name, g in gradients.items()} == pytest.approx(FIGURES, abs=5e-11)


def test_consumers_are_the_nearest_stages_downstream(traced):
    """A stage's consumers are those that use it without another stage between, or the output."""
    assert {name: traced.consumers(name) for name in traced.names} == CONSUMERS


def test_pull_from_the_right_gradients_gives_the_right_one(traced):
    """From right upstream gradients every stage's own is the right one."""
    right = traced.gradients(1.0)
    for name in traced.names:
        assert traced.pull(name, right, 1.0) == pytest.approx(right[name], rel=1e-14)


def test_pull_follows_a_wrong_gradient_through(traced):
    """A stage is computed from what is given for its consumers, however wrong, and from nothing above them."""
    wrong = {name: np.array(7.0) for name in traced.names}
    x, y, sigy, den = 3.0, -4.0, sigma(-4.0), float(traced.values["den"])
    assert traced.pull("den", {"invden": 7.0}, 1.0) == pytest.approx(-7.0 / den**2, rel=1e-14)
    assert traced.pull("sigx", {"den": 0.79}, 1.0) == 0.79
    assert traced.pull("xpy", {"xpysqr": 7.0}, 1.0) == 7.0 * 2 * (x + y)
    assert traced.pull("x", wrong, 1.0) == pytest.approx(7.0 + 7.0 + 7.0 * sigma(x) * (1 - sigma(x)), rel=1e-14)
    assert traced.pull("y", wrong, 1.0) == pytest.approx(7.0 + 7.0 * sigy * (1 - sigy), rel=1e-14)
    assert traced.pull("num", wrong, 2.0) == pytest.approx(2.0 / den, rel=1e-14)


def test_pull_asks_for_every_consumer_in_its_shape(traced):
    """A missing or misshapen upstream gradient is named, as is an unknown stage."""
    with pytest.raises(EngineError, match="'den' needs that of 'invden', which is not given"):
        traced.pull("den", {"num": 1.0}, 1.0)
    with pytest.raises(EngineError, match=r"given for 'invden' has shape \(2,\)"):
        traced.pull("den", {"invden": np.ones(2)}, 1.0)
    with pytest.raises(EngineError, match="no stage or input 'dden'"):
        traced.pull("dden", {}, 1.0)


def test_a_stage_can_be_the_output_and_feed_another_stage():
    """The output's own stage takes the upstream gradient; with another consumer its gradient must be given."""
    single = trace(lambda x: stage("f", stage("a", x * 2.0) * 3.0), 1.0, names=("x",))
    assert single.consumers("a") == ("f",)
    assert single.consumers("f") == ("out",)
    assert single.pull("a", {}, 5.0) == 15.0
    assert single.pull("a", {"f": 1.0}, 5.0) == 3.0
    assert single.pull("f", {}, 5.0) == 5.0

    def both(x):
        a = stage("a", x * 2.0)
        return a, stage("b", a * 3.0)

    double = trace(both, 1.0, names=("x",))
    assert double.consumers("a") == ("b", "out")
    assert double.pull("a", {"b": 1.0}, (5.0, 7.0)) == 8.0
    with pytest.raises(EngineError, match="needs that of 'a'"):
        double.pull("x", {}, (5.0, 7.0))


def test_stage_is_the_identity_on_plain_values():
    """Outside a trace a stage is the value itself."""
    value = np.ones(3)
    assert stage("a", value) is value
    assert stage("a", 2.0) == 2.0


def test_a_second_name_makes_a_copy_and_a_name_in_use_is_refused():
    """An input may be a stage too; two stages of one name, or one called out, may not be."""
    renamed = trace(lambda x: stage("a", x) * 2.0, 3.0, names=("x",))
    assert renamed.consumers("x") == ("a",)
    assert renamed.gradients(1.0) == {"x": 2.0, "a": 2.0}
    for name in ("x", "out"):
        with pytest.raises(EngineError, match=f"stage '{name}' is named twice"):
            trace(lambda x, name=name: stage(name, x * 2.0), 3.0, names=("x",))


def test_a_stage_that_leads_nowhere_has_a_zero_gradient():
    """What the output does not depend on has gradient zero, in its own shape."""

    def f(x):
        stage("unused", x * x)
        return x.sum()

    assert trace(f, np.ones((2, 3))).gradients(1.0)["unused"].tolist() == np.zeros((2, 3)).tolist()


# --- vjp --------------------------------------------------------------------------------------------------------------


def test_a_pullback_answers_the_same_every_time():
    """Called again, for other upstream gradients and the first one anew, a pullback holds no state of earlier calls."""
    x = np.array([1.0, -2.0, 3.0])
    _, pullback = vjp(lambda x: x * x * np.tanh(x), x)
    first = pullback(np.ones(3))[0]
    doubled = pullback(np.full(3, 2.0))[0]
    assert np.array_equal(pullback(np.ones(3))[0], first)
    assert np.array_equal(doubled, 2.0 * first)


def test_nothing_given_out_or_taken_in_is_shared():
    """Changing outputs, gradients, upstream gradients or inputs afterwards changes no later answer."""
    x, labels, upstream = np.array([1.0, 2.0]), np.array([1, 0]), np.ones(2)
    out, pullback = vjp(lambda x, labels: np.exp(x)[labels] + x, x, labels)
    (expected,) = pullback(upstream)
    kept = expected.copy()
    for array in (x, labels, out, upstream):
        array[:] = 0
    first, second = vjp(np.add, np.ones(2), np.ones(2))[1](np.ones(2))
    first[:] = 9.0
    assert second.tolist() == [1.0, 1.0]
    expected[:] = 9.0
    assert pullback(np.ones(2))[0].tolist() == kept.tolist()


def test_a_constant_that_the_function_changes_later_counts_as_it_was():
    """A buffer of the function's own may be filled anew between two uses."""

    def f(x):
        buffer, place = np.ones(2), np.array([0, 1])
        first = x * buffer + x[place] + x[place,]
        buffer[:], place[:] = 5.0, 0
        return first + x * buffer

    assert vjp(f, np.array([1.0, 2.0]))[1](np.ones(2))[0].tolist() == [8.0, 8.0]


def test_inputs_without_derivative_are_constants():
    """Integers, booleans and text pass as they are; each float input has a gradient, Python floats included."""

    def loss(logits, labels, mask, mode, rate):
        assert mode == "train"
        assert isinstance(labels, np.ndarray)
        picked = logits[np.arange(len(labels)), labels]
        return -np.sum(picked * mask) * rate

    logits = np.arange(6.0).reshape(2, 3)
    out, pullback = vjp(loss, logits, np.array([2, 0]), np.array([True, False]), "train", 0.5)
    assert float(out) == -1.0
    dlogits, drate = pullback(1.0)
    assert dlogits.tolist() == [[0.0, 0.0, -0.5], [0.0, 0.0, 0.0]]
    assert drate.shape == ()
    assert float(drate) == -2.0


def test_wrt_chooses_inputs_and_takes_integers():
    """Only the positions of wrt are differentiated, in that order; an integer there counts as a number."""
    out, pullback = vjp(lambda x, y, n: x * y**n, 2.0, 3, 2, wrt=(1, 0))
    assert float(out) == 18.0
    assert [float(g) for g in pullback(1.0)] == [12.0, 9.0]
    for wrong in ((3,), (-1,), (2,)):
        with pytest.raises(EngineError, match=f"wrt names input {wrong[0]}, which holds no number"):
            vjp(lambda x, y, _mode: x * y, 2.0, 3, "train", wrt=wrong)


def test_structures_of_arrays_go_in_and_come_out():
    """Lists and dicts as inputs give such gradients; structures as outputs take such upstream gradients."""

    def f(weights, parameters):
        return {"sum": weights[0] + weights[1], "rest": (parameters["b"] * 2.0, [weights[0] @ weights[1]], 5)}

    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    out, pullback = vjp(f, [a, b], {"b": 1.5, "mode": "train"})
    assert out["rest"][2] == 5
    assert [type(out["sum"]), float(out["rest"][0]), float(out["rest"][1][0])] == [np.ndarray, 3.0, 11.0]
    dweights, dparameters = pullback({"sum": np.ones(2), "rest": (1.0, [10.0], None)})
    assert [g.tolist() for g in dweights] == [[31.0, 41.0], [11.0, 21.0]]
    assert dparameters == {"b": 2.0, "mode": None}
    zero, _ = pullback({"sum": None, "rest": (1.0, None, None)})
    assert [g.tolist() for g in zero] == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("upstream", [(1.0, 2.0), {"a": 1.0}, {"a": 1.0, "c": 1.0}, {"a": np.ones(2), "b": 1.0}, 1.0])
def test_an_upstream_gradient_of_another_form_is_refused(upstream):
    """Structure and shapes of the upstream gradient must be the output's; nothing is broadcast."""
    _, pullback = vjp(lambda x: {"a": x, "b": x * 2.0}, 1.0)
    with pytest.raises(EngineError, match="upstream"):
        pullback(upstream)


def test_single_precision_is_raised_to_double():
    """float32 inputs are differentiated in float64."""
    out, pullback = vjp(np.exp, np.ones(2, dtype=np.float32))
    assert out.dtype == pullback(np.ones(2, dtype=np.float32))[0].dtype == np.float64


def test_the_output_may_be_an_input_or_a_constant():
    """The identity's pullback is the identity; what does not depend on an input gives it zero."""
    assert vjp(lambda x: x, 2.0)[1](3.0) == (3.0,)
    out, pullback = vjp(lambda _: np.ones(2), np.ones(3))
    assert out.tolist() == [1.0, 1.0]
    assert pullback(None)[0].tolist() == [0.0, 0.0, 0.0]
    assert pullback(np.ones(2))[0].tolist() == [0.0, 0.0, 0.0]


# --- long chains ------------------------------------------------------------------------------------------------------

CHAIN = """
import sys
import threading
import numpy as np
from reference.engine import trace

def chain(x):
    for _ in range(50_000):
        x = (x + 1e-5) * 1.00001
    return x

def main():
    traced = trace(chain, 1.0, names=("x",))
    print(repr(float(traced.gradients(1.0)["x"])), len(traced.circuit(1.0).nodes))
    del traced
    print("freed")

sys.setrecursionlimit(150)
threading.stack_size(256 * 1024)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def test_a_chain_of_100_000_operations_works_on_a_small_stack():
    """Built, differentiated, drawn and freed with 256 KiB of stack and 150 frames: nothing recurs along the chain."""
    done = subprocess.run([sys.executable, "-c", CHAIN], capture_output=True, text=True, timeout=120, check=True)
    figure, nodes = done.stdout.splitlines()[0].split()
    assert float(figure) == pytest.approx(1.00001**50_000, rel=1e-10)
    assert (int(nodes), done.stdout.splitlines()[1]) == (100_001, "freed")


def test_exponentially_many_paths_are_walked_once():
    """A value used twice at each of 200 levels has 2^200 paths, and one pass."""

    def doubled(x):
        for _ in range(200):
            x = x + x
        return x

    assert float(vjp(doubled, 1.0)[1](1.0)[0]) == 2.0**200


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "operation", "argument"),
    [
        (np.arctan, "arctan", None),
        (np.fft.fft, "fft", None),
        (np.add.reduce, "add.reduce", None),
        (lambda x: np.where(x, 1.0, 2.0), "where", "condition"),
        (lambda x: np.sum(x, where=x > 1), "sum", "where"),
        (lambda x: np.sum(x, 0, float), "sum", "number 3"),
        (lambda x: np.add(x, 1.0, dtype=float), "add", "dtype"),
        (lambda x: np.pad(x, 1, constant_values=x[0]), "pad", "constant_values"),
        (lambda x: np.pad(x, 1, mode="edge"), "pad", "mode"),
        (lambda x: np.var(x, mean=1.0), "var", "mean"),
        (lambda x: np.einsum("i,i", x, x), "einsum", "subscripts"),
        (lambda x: np.einsum("ii->i", np.reshape(x, (1, 2))), "einsum", "subscripts"),
        (lambda x: np.einsum("...i->i", x), "einsum", "subscripts"),
        (lambda x: np.split(x, [1, 0]), "split", "indices_or_sections"),
    ],
)  # fmt: skip
def test_a_missing_rule_names_operation_and_argument(f, operation, argument):
    """What has no derivative is refused when it is met, by name, and as our fault, not the submission's."""
    with pytest.raises(MissingRule) as refused:
        vjp(f, np.array([1.0, 2.0]))
    assert (refused.value.operation, refused.value.argument) == (operation, argument)
    assert operation in str(refused.value)
    assert argument is None or argument in str(refused.value)
    assert isinstance(refused.value, MachineError)


def _in_place(x):
    x += 1.0
    return x


def _into_plain(x):
    z = np.zeros(2)
    z += x
    return z


def _assigned(x):
    x[0] = 1.0
    return x


def _filled(x):
    z = np.zeros(2)
    z[:] = x
    return z


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (_in_place, "x = x \\+ y is followed"),
        (_into_plain, "x = x \\+ y is followed"),
        (_assigned, "can't be assigned to"),
        (_filled, "can't become a plain array"),
        (lambda x: np.array([x[0], x[1]]), "can't become a plain array"),
        (np.asarray, "can't become a plain array"),
        (lambda x: np.sum([x, x]), "can't become a plain array"),
        (lambda x: math.exp(x[0]), "can't become a Python number"),
        (lambda x: int(x[0]), "can't become a Python number"),
        (lambda x: x[0].item(), "can't become a Python number"),
        (lambda x: vjp(lambda y: x * y, 2.0)[0], "two differentiated functions"),
    ],
)  # fmt: skip
def test_what_would_lose_a_gradient_is_refused(f, message):
    """No gradient is cut silently: changing in place, leaving numpy and nesting are errors."""
    with pytest.raises(EngineError, match=message):
        vjp(f, np.array([1.0, 2.0]))


def test_wrong_use_of_names_and_jacobian_is_refused():
    """Names must match the inputs; a Jacobian is of one array."""
    with pytest.raises(EngineError, match="1 names were given for 2 inputs"):
        trace(np.add, 1.0, 2.0, names=("x",))
    with pytest.raises(EngineError, match="returns a tuple"):
        jacobian(lambda x: (x, x), 1.0)


def test_an_array_of_no_axis_is_not_iterated():
    """Unpacking a scalar fails as it does in numpy, instead of giving nothing."""
    with pytest.raises(TypeError, match="unsized"):
        vjp(lambda x: [*x], 1.0)


def test_a_tensor_is_like_an_array_to_look_at():
    """Shape, size, dtype, length, truth and comparisons are those of the value."""
    x = np.arange(1.0, 7.0).reshape(2, 3)

    def f(t):
        assert (t.shape, t.ndim, t.size, t.dtype, len(t)) == (x.shape, 2, 6, x.dtype, 2)
        assert np.shape(t) == (2, 3)
        assert isinstance(t > 2, np.ndarray)
        assert bool(t[0, 0])
        assert t.argmax() == 5
        assert "Tensor" in repr(t)
        assert np.array_equal(t.flatten().copy().value, x.ravel())
        return np.float64(2.0) * t + [1.0, 2.0, 3.0] * t

    out, pullback = vjp(f, x)
    assert np.array_equal(out, 2.0 * x + [1.0, 2.0, 3.0] * x)
    assert pullback(np.ones((2, 3)))[0].tolist() == [[3.0, 4.0, 5.0]] * 2


# --- the circuit ------------------------------------------------------------------------------------------------------


def test_the_circuit_of_the_worked_example(traced):
    """Gates in topological order, with the notes' labels, values and gradients."""
    circuit = traced.circuit(1.0)
    assert [node.id for node in circuit.nodes] == list(range(len(circuit.nodes)))
    assert all(source < node.id for node in circuit.nodes for source in node.inputs)
    assert [node.op for node in circuit.nodes] == [
        "input", "input", "*-1", "exp", "+1", "1/x", "+", "*-1", "exp", "+1", "1/x", "+", "^2", "+", "1/x", "*",
    ]  # fmt: skip
    named = {node.name: node for node in circuit.nodes if node.name}
    assert {name: float(node.gradient) for name, node in named.items()} == pytest.approx(FIGURES, abs=5e-11)
    (end,) = circuit.outputs
    assert (float(circuit.nodes[end].value), float(circuit.nodes[end].gradient)) == (float(traced.out), 1.0)
    assert circuit.nodes[end].inputs == (named["num"].id, named["invden"].id)


@pytest.mark.parametrize(
    ("f", "label"),
    [
        (lambda x: x + 2, "+2"), (lambda x: 2 + x, "+2"), (lambda x: x - 0.5, "-0.5"), (lambda x: 1 - x, "1-x"),
        (lambda x: 2 * x, "*2"), (lambda x: x / 4, "/4"), (lambda x: 1 / x, "1/x"), (lambda x: x**3, "^3"),
        (lambda x: 2**x, "2^x"), (lambda x: np.maximum(x, 0), "max(0,x)"), (lambda x: np.maximum(0, x), "max(0,x)"),
        (lambda x: x * x, "*"), (lambda x: x.sum(), "Σ"), (lambda x: np.where([True, False], x, 0.0), "where(x,0)"),
    ],
)  # fmt: skip
def test_numbers_are_part_of_the_label(f, label):
    """A gate with one constant number is one node with the number in its label."""
    circuit = trace(f, np.array([1.0, 2.0])).circuit(f(np.array([1.0, 2.0])))
    assert [node.op for node in circuit.nodes] == ["input", label]


def test_constant_arrays_are_nodes_without_gradient():
    """A constant matrix is drawn, under its input's name where it has one; what the output does not use is not."""

    def f(W, X, mask):
        np.exp(X)
        return W @ X * mask + np.array([5.0, 6.0])

    traced = trace(f, np.ones((2, 2)), np.ones((2, 2)), np.array([True, False]), names=("W", "X", "mask"))
    circuit = traced.circuit(np.ones((2, 2)))
    assert [(node.op, node.name, node.inputs) for node in circuit.nodes] == [
        ("input", "W", ()), ("input", "X", ()), ("W·X", None, (0, 1)), ("constant", "mask", ()), ("*", None, (2, 3)),
        ("constant", None, ()), ("+", None, (4, 5)),
    ]  # fmt: skip
    assert [node.gradient is None for node in circuit.nodes] == [False, False, False, True, False, True, False]


def test_lists_of_operands_are_drawn_one_by_one():
    """A join has a wire for each of its parts, constants among them."""
    circuit = trace(lambda x: np.concatenate([x, np.zeros(2), x]), np.ones(2)).circuit(np.ones(6))
    assert [(node.op, node.inputs) for node in circuit.nodes] == [("input", ()), ("constant", ()), ("join", (0, 1, 0))]


def test_the_circuit_becomes_json(traced):
    """The plain form passes strict JSON and back, infinities as words."""
    plain = traced.circuit(1.0).to_plain()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["nodes"][0] == {
        "id": 0, "op": "input", "name": "x", "shape": [], "value": 3.0,
        "gradient": pytest.approx(FIGURES["x"], abs=5e-11), "inputs": [],
    }  # fmt: skip
    with np.errstate(divide="ignore"):
        infinite = trace(np.log, np.array([0.0, 1.0])).circuit(np.ones(2)).to_plain()
    assert infinite["nodes"][1]["value"] == ["-inf", 0.0]
    assert json.dumps(infinite, allow_nan=False)
