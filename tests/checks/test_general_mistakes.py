"""The mistakes that any assignment can show are named, and a right solution in an odd manner is not."""

from __future__ import annotations

import numpy as np
import pytest

from grader.assignment import Assignment, Pair, Points
from grader.cases import prepare
from grader.judge import judge
from grader.oracle import Oracle
from grader.sandbox import wire
from reference.solution import Solution

HEAD = "import numpy as np\n"
FORWARD = "def shift_forward(X, b):\n    return np.tanh(X) + b, (X, b)\n"


def shift_forward(X, b):
    """The reference: X (m, n), b (n,)."""
    return np.tanh(X) + b


def draw(rng):
    """Batches, a square one among them."""
    return [(rng.normal(size=shape), rng.normal(size=shape[1])) for shape in ((4, 3), (2, 5), (3, 3), (6, 2))]


SHIFT = Assignment(
    "Shift",
    "A topic",
    (
        Pair(
            "shift",
            ("X", "b"),
            "out",
            draw,
            Points(forward=3, backward=6, purity=1),
            axes={"X": ("the batch size m", "n")},
        ),
    ),
    "shift",
)


@pytest.fixture
def graded(wall):
    """`graded(body)`: the checks of a backward whose body is `body`, by name."""

    def run(body: str, forward: str = FORWARD, *, refuse_numerical: bool = False):
        checks = prepare(SHIFT, 1, Oracle(Solution({"shift_forward": shift_forward}, ())))
        source = f"{HEAD}{forward}def shift_backward(dout, cache):\n    X, b = cache\n"
        cells = (wire.Cell("work.py", source + "".join(f"    {line}\n" for line in body.splitlines())),)
        with wall.open() as box:
            found, _ = judge(checks, box, box.load(cells), lambda: box.load(cells), refuse_numerical=refuse_numerical)
        return {f"{c.function}:{c.check}": c for c in found}

    return run


RIGHT = "(1 - np.tanh(X) ** 2) * dout"
NUMERICAL = """
found = []
for i, value in enumerate((X, b)):
    g = np.zeros_like(value)
    for at in np.ndindex(value.shape):
        up, down = [v.copy() for v in (X, b)], [v.copy() for v in (X, b)]
        up[i][at] += {h}
        down[i][at] -= {h}
        g[at] = np.sum(dout * (shift_forward(*up)[0] - shift_forward(*down)[0])) / (2 * {h})
    found.append(g)
return tuple(found)
"""


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (f"return {RIGHT}, dout.sum(axis=1)", "sum-over-wrong-axis", "db"),
        (f"return {RIGHT}, dout.sum()", "sum-over-wrong-axis", "db"),
        (f"return {RIGHT}, dout", "sum-missing", "db"),
        (f"return {RIGHT}, dout.sum(axis=0, keepdims=True)", "wrong-shape", "db"),
        (f"return {RIGHT}, dout.mean(axis=0)", "constant-factor", "1/the batch size m times"),
        (f"return {RIGHT} * X.shape[0], dout.sum(axis=0)", "constant-factor", "the batch size m times"),
        (f"return 2 * {RIGHT}, dout.sum(axis=0)", "constant-factor", "counted twice"),
        (
            "return ((1 - np.tanh(X) ** 2).round(4) * dout).astype(np.float32).astype(float), dout.sum(0)",
            "float32",
            "dX",
        ),
        (f"return np.round({RIGHT}, 4), dout.sum(axis=0)", "few-digits", "dX"),
        (NUMERICAL.format(h="1e-2"), "numerical-differentiation", "dX"),
        (
            f"import torch\nx = torch.tensor(X)\nreturn {RIGHT} + x.grad.numpy(), dout.sum(0)",
            "differentiating-library",
            "torch",
        ),
        (f"return -{RIGHT}, dout.sum(axis=0)", "sign", "dX"),
        (f"return ({RIGHT}).T, dout.sum(axis=0)", "transposed", "dX"),
        (f"return dout.sum(axis=0), {RIGHT}", "wrong-order", "They come as (db, dX)"),
        ("return 1 - np.tanh(X) ** 2, np.full(b.shape, float(len(X)))", "upstream-ignored", "dX"),
    ],
)
def test_a_general_mistake_is_named(graded, body, name, said):
    """Each is recognised by what it returns, and the message says in what."""
    check = graded(body)["shift_backward:backward"]
    assert check.diagnosis == name
    assert said in check.message
    assert check.points < 6


@pytest.mark.parametrize("wrong", ["got[0, 0] *= 1 + 1e-4", "got[0] = 0", "got[0, 0] += 1e-5"])
def test_one_wrong_entry_is_not_called_something_else(graded, wrong):
    """An entry that is off is told as it is: there is no name for it."""
    check = graded(f"got = {RIGHT}\n{wrong}\nreturn got, dout.sum(axis=0)")["shift_backward:backward"]
    assert check.status == "failed"
    assert check.diagnosis is None


def test_differences_are_right_and_the_instructor_is_told(graded):
    """Differences within tolerance earn full points, unless the instructor wants none for them."""
    body = NUMERICAL.format(h="1e-5")
    check = graded(body)["shift_backward:backward"]
    assert (check.status, check.points) == ("passed", 6)
    assert "differentiates numerically" in check.instructor[0]
    refused = graded(body, refuse_numerical=True)["shift_backward:backward"]
    assert (refused.status, refused.points, refused.diagnosis) == ("failed", 0, "numerical-differentiation")


@pytest.mark.parametrize("refuse", [False, True])
def test_calling_the_forward_again_is_no_difference(graded, refuse):
    """A backward that calls its forward once, to have its output, derives."""
    body = f"shift_forward(X, b)\nreturn {RIGHT}, dout.sum(axis=0)"
    check = graded(body, refuse_numerical=refuse)["shift_backward:backward"]
    assert (check.status, check.points, check.instructor) == ("passed", 6, [])


def test_a_cache_that_is_used_up_is_a_remark(graded):
    """The cache is the submission's own: that it works once only costs nothing, and is said."""
    body = f"got = {RIGHT}\nX *= 0\nreturn got, dout.sum(axis=0)"
    check = graded(body, FORWARD.replace("(X, b)\n", "(X.copy(), b)\n"))["shift_backward:purity"]
    assert (check.status, check.points) == ("passed", 1)
    assert "changes its cache" in check.remarks[0]
