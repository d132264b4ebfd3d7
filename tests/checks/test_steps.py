"""Follow-through by step, read off the gradients: layers, gates, intermediate gradients returned besides."""

from __future__ import annotations

import numpy as np
import pytest

from grader import oracle
from grader.assignment import Assignment, Example, Pair, Points
from grader.cases import prepare
from grader.catalogue import BUILT_IN
from grader.errors import AssignmentError
from grader.oracle import Oracle
from reference.solution import Follow, Solution

LAYERS = ["output layer", "layer 2 from the end", "layer 3 from the end", "layer 4 from the end"]
MLP = """
import numpy as np
def s(z): return 1 / (1 + np.exp(-z))
def mlp_forward(x, weights, t):
    a = [x]
    for W in weights:
        a.append(s(a[-1] @ W))
    return 0.5 * np.sum((a[-1] - t) ** 2), (a, weights, t)
def deltas(dloss, cache):
    a, weights, t = cache
    found = [dloss * (a[-1] - t) * a[-1] * (1 - a[-1])]
    for i in range(len(weights) - 1, 0, -1):
        found.insert(0, weights[i] @ found[0] * a[i] * (1 - a[i]))
    return found
def mlp_backward(dloss, cache):
    dW = [np.outer(a, d) for a, d in zip(cache[0], deltas(dloss, cache))]
    return dW
"""
RETURN = "    return dW\n"
GATES = ["cell state", "gate i", "gate f", "gate g", "gate o", "weights", "inputs"]
LSTM = """
import numpy as np
def s(z): return 1 / (1 + np.exp(-z))
def lstm_cell_forward(x, h_prev, c_prev, W, U, b):
    i, f, g, o = np.split(x @ W + h_prev @ U + b, 4)
    i, f, g, o = s(i), s(f), np.tanh(g), s(o)
    c = f * c_prev + i * g
    return o * np.tanh(c), c, (x, h_prev, c_prev, W, U, i, f, g, o, c)
def lstm_cell_backward(dh, dc, cache):
    x, h_prev, c_prev, W, U, i, f, g, o, c = cache
    ds = dc + dh * o * (1 - np.tanh(c) ** 2)
    di = ds * g * i * (1 - i)
    df = ds * c_prev * f * (1 - f)
    dg = ds * i * (1 - g ** 2)
    do = dh * np.tanh(c) * o * (1 - o)
    dz = np.concatenate([di, df, dg, do])
    dW = np.outer(x, dz)
    return W @ dz, U @ dz, ds * f, dW, np.outer(h_prev, dz), dz
"""


@pytest.fixture(scope="session")
def layers(grade):
    """`layers(source)`: the verdict on each layer of a network."""
    return _steps(grade, "mlp")


@pytest.fixture(scope="session")
def gates(grade):
    """`gates(source)`: the verdict on each step of an LSTM cell's backward."""
    return _steps(grade, "lstm_cell")


def _steps(grade, name):
    spec = BUILT_IN.load(name)
    known = oracle.load(spec)

    def run(source, seed=1):
        found = grade(source, seed=seed, assignment=spec, oracle=known)
        return {k.split("stages:")[1]: c for k, c in found.items() if "stages:" in k}

    return run


def lost(found):
    """The steps that are not right."""
    return [step for step, c in found.items() if c.status != "passed"]


# --- layers -----------------------------------------------------------------------------------------------------------


def test_every_layer_of_a_right_backward_is_right(layers):
    """All layers pass and earn their points."""
    found = layers(MLP)
    assert list(found) == LAYERS
    assert lost(found) == []
    assert {c.points for c in found.values()} == {1.75}


@pytest.mark.parametrize("k", range(4))
@pytest.mark.parametrize("slip", ["2 * dW[at]", "-dW[at]", "0 * dW[at]", "dW[at] + 1e-3", "np.nan * dW[at]", "None"])
def test_one_wrong_layer_costs_that_layer(layers, k, slip):
    """A wrong dW with right deltas costs its layer alone, which is named first; what comes after is said to be right."""
    source = MLP.replace(RETURN, f"    at = -{k + 1}\n    if len(dW) > {k}: dW[at] = {slip}\n{RETURN}")
    found = layers(source)
    assert lost(found) == [LAYERS[k]]
    assert found[LAYERS[k]].points == 0
    assert "first stage that goes wrong" not in found[LAYERS[k]].message
    if k < 3:
        assert (
            f"From there on, {', '.join(LAYERS[k + 1 :])} {'is' if k == 2 else 'are'} right" in found[LAYERS[k]].message
        )


def test_a_wrong_delta_costs_the_layer_where_it_goes_wrong(layers):
    """The layers below are right for the submission's own delta."""
    found = layers(MLP.replace("dloss * (a[-1] - t)", "3 * dloss * (a[-1] - t) ** 2"))
    assert lost(found) == ["output layer"]
    assert "right by your own gradients" in found["output layer"].message


def test_a_mistake_in_all_hidden_layers_is_named_on_each(layers):
    """Each hidden layer is wrong for its own reasons, and each is told the reason."""
    found = layers(MLP.replace("found[0] * a[i] * (1 - a[i])", "found[0]"))
    assert lost(found) == LAYERS[1:]
    assert {found[step].diagnosis for step in LAYERS[1:]} == {"hidden-sigmoid-gradient-missing"}
    assert "first stage that goes wrong" in found[LAYERS[1]].message
    assert not any("first stage" in found[step].message for step in LAYERS[2:])


def test_mistakes_are_named_beside_one_another(layers):
    """Two mistakes in two steps are named each in its own, though no prediction of all gradients holds."""
    found = layers(MLP.replace("(a[-1] - t)", "(t - a[-1])", 2).replace("found[0] * a[i] * (1 - a[i])", "found[0]"))
    assert found["output layer"].diagnosis == "sign"
    assert {found[step].diagnosis for step in LAYERS[1:]} == {"hidden-sigmoid-gradient-missing"}


@pytest.mark.parametrize(
    "dW",
    [
        "[np.ones(W.shape) for W in cache[1]]",
        "[np.zeros(W.shape) for W in cache[1]]",
        "[np.full(W.shape, 1e-300) for W in cache[1]]",
        "[np.full(W.shape, 1e300) for W in cache[1]]",
        "[np.full(W.shape, np.nan) for W in cache[1]]",
        "[np.full(W.shape, dloss) for W in cache[1]]",
        "[1.0 * W for W in cache[1]]",
        "[np.random.randn(*W.shape) for W in cache[1]]",
        "[np.outer(a, np.ones(W.shape[1])) for a, W in zip(*cache[:2])]",
        "[np.outer(a, 1e-9 * np.ones(W.shape[1])) for a, W in zip(*cache[:2])]",
        "[None] * len(cache[1])",
        "None",
        "1.0",
        "'dW'",
        "{}",
        "cache[1]",
        "[[]] * len(cache[1])",
        "[float('nan')] * len(cache[1])",
    ],
)
def test_nonsense_earns_nothing(layers, dW):
    """Constants, noise and other things than a list show no work."""
    assert sum(c.points for c in layers(MLP.replace(RETURN, f"    return {dW}\n")).values()) == 0


@pytest.mark.parametrize("how", ["tuple(dW)", "[d.tolist() for d in dW]", "[np.float32(d) for d in dW]"])
def test_other_kinds_of_lists_are_right_with_a_remark(layers, how):
    """A tuple for the list, lists for its arrays and float32 cost nothing."""
    found = layers(MLP.replace(RETURN, f"    return {how}\n"))
    assert lost(found) == []
    assert found["output layer"].remarks


def test_one_array_will_do_where_all_matrices_have_one_shape(layers):
    """An array in place of the list is right with a remark, and wrong where it can't be made."""
    found = layers(MLP.replace(RETURN, "    return np.array(dW) if len({d.shape for d in dW}) == 1 else dW\n"))
    assert lost(found) == []
    assert any("array" in text for text in found["output layer"].remarks)


@pytest.mark.parametrize("how", ["dW[1:]", "dW + [dW[0]]", "dW[:1] + dW"])
def test_a_list_of_another_length_is_no_list_of_gradients(layers, how):
    """Nobody can tell which layer is whose: all are wrong, and the length is said."""
    found = layers(MLP.replace(RETURN, f"    return {how}\n"))
    assert lost(found) == LAYERS
    assert "instead of a list of" in found["output layer"].message


def test_a_wrong_shape_costs_its_layer(layers):
    """A transposed dW in the list is that layer's fault, and no other's."""
    found = layers(MLP.replace(RETURN, "    if len(dW) > 1: dW[-2] = np.vstack([dW[-2], dW[-2]])\n" + RETURN))
    assert lost(found) == ["layer 2 from the end"]
    assert "shape" in found["layer 2 from the end"].message
    assert found["layer 2 from the end"].evidence.got == {}


def test_a_list_of_transposed_matrices_is_named(layers):
    """The general mistakes look into lists."""
    found = layers(MLP.replace(RETURN, "    return [d.T for d in dW]\n"))
    assert {c.diagnosis for c in found.values()} == {"outer-transposed"}


def test_float32_in_the_middle_is_followed(layers):
    """A wrong layer in float32 costs that layer: what follows from it is right to float32's digits."""
    source = MLP.replace("[dloss * (a[-1] - t) * a[-1] * (1 - a[-1])]", "[np.float32(dloss * (a[-1] - t))]")
    source = source.replace(
        "weights[i] @ found[0] * a[i] * (1 - a[i])", "np.float32(weights[i] @ found[0] * a[i] * (1 - a[i]))"
    )
    found = layers(source.replace("np.outer(a, d)", "np.float32(np.outer(a, d))"))
    assert lost(found) == ["output layer"]
    assert found["output layer"].diagnosis == "sigmoid-gradient-missing"


def test_a_backward_that_raises_somewhere_costs_those_cases(layers):
    """A call that raises is every layer's fault in its case; the other cases count."""
    found = layers(MLP.replace(RETURN, "    if len(dW) == 4: raise ValueError('deep')\n" + RETURN))
    assert lost(found) == LAYERS
    assert [0 < c.points < 1.75 for c in found.values()] == [True, True, True, False]
    assert "raises ValueError" in found["output layer"].message


# --- gates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "step", "name"),
    [
        ("dc + dh", "dh", "cell state", "dc-forgotten"),
        ("ds * g * i * (1 - i)", "ds * g", "gate i", "gate-gradient-missing"),
        ("ds * c_prev *", "ds * c *", "gate f", "new-state-for-old"),
        ("ds * i * (1 - g ** 2)", "ds * g * (1 - g ** 2)", "gate g", "i-g-exchanged"),
        ("dh * np.tanh(c) * o", "dh * c * o", "gate o", "tanh-of-c-missing"),
        ("dW = np.outer(x, dz)", "dW = 3 * np.outer(x, dz)", "weights", "constant-factor"),
        ("W @ dz, U", "-W @ dz, U", "inputs", "sign"),
    ],
)
def test_one_wrong_gate_costs_that_gate_and_nothing_else(gates, old, new, step, name):
    """Gates follow from the submission's own dc_prev, weights and inputs from its own db."""
    assert old in LSTM
    found = gates(LSTM.replace(old, new))
    assert lost(found) == [step]
    assert found[step].diagnosis == name
    assert found[step].points == (0.5 if step in {"weights", "inputs"} else 0)


def test_the_right_part_of_a_step_is_told(gates):
    """Of two parts of a step, the right one counts half and is said to be right."""
    message = gates(LSTM.replace("dW = np.outer(x, dz)", "dW = -np.outer(x, dz)"))["weights"].message
    assert message.startswith("dW[")
    assert "; dU is right" in message


def test_three_mistakes_are_three_names(gates):
    """Each wrong step is diagnosed from what the submission has above it."""
    source = LSTM.replace("dc + dh", "dh").replace("ds * i * (1 - g ** 2)", "ds * i").replace("dW = ", "dW = -")
    found = gates(source)
    assert {step: found[step].diagnosis for step in lost(found)} == {
        "cell state": "dc-forgotten",
        "gate g": "gate-gradient-missing",
        "weights": "sign",
    }


# --- intermediate gradients -------------------------------------------------------------------------------------------

SQUARE = """
def square_forward(u, v):
    p = u * v
    return p ** 2, (u, v, p)
def square_backward(dout, cache):
    u, v, p = cache
    dp = dout * 2 * p
    du = dp * v
    return du, dp * u, {"dp": dp, "note": "of no interest"}
"""


def square_forward(u, v):
    """The reference: (u v)^2, entry by entry."""
    return (u * v) ** 2


def _parts(gradients, _u, _v):
    middle = {"dp": gradients["dp"]} if "dp" in gradients else {}
    return {"product": {**middle, "du": gradients["du"]}, "v": {"dv": gradients["dv"]}}


def _follow(own, upstreams, u, v):
    dp = own.get("dp", upstreams["dout"] * 2 * u * v)
    return {"dp": upstreams["dout"] * 2 * u * v, "du": dp * v, "dv": dp * u}


FOLLOW = Follow(_parts, _follow, right=lambda upstreams, u, v: {"dp": upstreams["dout"] * 2 * u * v})


def _squares(extras=("dp",), steps=("product", "v"), follow=FOLLOW):
    pair = Pair(
        "square",
        ("u", "v"),
        "out",
        lambda rng: [(1 + rng.random(n), 1 + rng.random(n)) for n in (2, 3, 4)],
        Points(forward=1, stages=4, purity=1),
        steps=steps,
        extras=extras,
        examples=(Example((np.ones(1), np.full(1, 2.0)), [4.0], np.ones(1), {"du": [8.0], "dv": [4.0]}),),
    )
    return Assignment("Square", "a topic", (pair,), "square"), Oracle(
        Solution({"square_forward": square_forward}, (), {"square_backward": follow})
    )


@pytest.fixture
def squared(grade):
    """`squared(source)`: the verdicts of the small assignment with an intermediate gradient."""
    spec, known = _squares()
    return lambda source, oracle=known: grade(source, assignment=spec, oracle=oracle)


@pytest.mark.parametrize("source", [SQUARE, SQUARE.replace(', {"dp": dp, "note": "of no interest"}', "")])
def test_intermediate_gradients_may_be_returned_or_not(squared, source):
    """Full marks either way, and in the self-check too."""
    assert {c.status for c in squared(source).values()} <= {"passed", "skipped"}
    assert sum(c.points for c in squared(source).values()) == 10
    assert {c.status for c in squared(source, None).values()} == {"passed"}


def test_a_wrong_intermediate_gradient_costs_its_part(squared):
    """What follows from it is right, and is worth its share."""
    found = squared(SQUARE.replace("dout * 2 * p", "dout * p"))
    step = found["square_backward/stages:product"]
    assert step.points == 2
    assert step.message.startswith("dp[")
    assert "; du is right" in step.message
    assert found["square_backward/stages:v"].points == 4


def test_without_it_the_gradients_must_be_right(squared):
    """A submission that keeps its intermediate gradient to itself is not followed through."""
    found = squared(SQUARE.replace("dout * 2 * p", "dout * p").replace(', {"dp": dp, "note": "of no interest"}', ""))
    assert found["square_backward/stages:product"].points == 0


@pytest.mark.parametrize("wrong", ["None", "'dp'", "()"])
def test_an_intermediate_gradient_without_numbers_is_none(squared, wrong):
    """It is as if it were not returned."""
    step = squared(SQUARE.replace('{"dp": dp,', f'{{"dp": {wrong},'))["square_backward/stages:product"]
    assert (step.status, step.points) == ("passed", 4)


@pytest.mark.parametrize("wrong", ["[1.0]", "[float('nan')] * 3", "float('inf')"])
def test_an_unreadable_intermediate_gradient_costs_its_part(squared, wrong):
    """The gradients are judged by the right one in its place."""
    step = squared(SQUARE.replace('{"dp": dp,', f'{{"dp": {wrong},'))["square_backward/stages:product"]
    assert step.points == 2


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"extras": ()}, "extras"),
        ({"steps": ("product", "v", "w")}, "steps"),
        (
            {
                "follow": Follow(
                    lambda g, u, v: {"product": {"odd": g["du"]}, "v": {"dv": g["dv"]}}, _follow, FOLLOW.right
                )
            },
            "odd",
        ),
    ],
)
def test_a_follow_that_does_not_fit_is_the_author_s_fault(plan, said):
    """Steps, extras and parts are compared with the spec when the cases are made."""
    spec, known = _squares(**plan)
    with pytest.raises(AssignmentError, match=said):
        prepare(spec, 1, known)
