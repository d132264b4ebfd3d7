"""Forward and backward: what is looked at first is what is reported, and credit is given for what is right."""

from __future__ import annotations

import numpy as np
import pytest

from grader.assignment import Assignment, Function, Points
from grader.oracle import Oracle
from reference.solution import Solution


def test_right_solution_gets_everything(grade, right):
    """A right solution passes every check with full points; the gradcheck is not needed."""
    found = grade(right)
    assert {k: c.status for k, c in found.items()} == {
        "forward/forward": "passed",
        "backward/backward": "passed",
        "backward/gradcheck": "skipped",
        "backward/purity": "passed",
    }
    assert sum(c.points for c in found.values()) == 10


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("None", "not implemented yet"),
        ("(None, None)", "not implemented yet"),
        ("NotImplemented", "not implemented yet"),
        ("NotImplementedError", "not implemented yet"),
        ("u * v + v ** 2", "instead of a tuple (out, cache)"),
        ("('text', 0)", "out is a string"),
        ("((u * v + v ** 2).reshape(-1, 1), 0)", "has shape"),
        ("(u * v + v ** 2 + np.nan, 0)", "is nan"),
        ("((u * v + v ** 2).astype(object), 0)", "where numbers are expected"),
        ("(u * v + v ** 2 + 1j, 0)", "where numbers are expected"),
        ("(u * v + v ** 2 + 1e-4, 0)", "instead of"),
    ],
)
def test_first_thing_wrong_is_reported(grade, value, message):
    """Present, type, shape, finite, value: each has its own message, and no points."""
    source = f"import numpy as np\ndef blend_forward(u, v):\n    return {value}\ndef blend_backward(d, c):\n    return None\n"
    check = grade(source)["forward/forward"]
    assert (check.status, check.points) == ("failed", 0)
    assert message in check.message


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ("return u * v + v ** 2, (u, v)", "return (u * v + v ** 2).tolist(), (u, v)", "is a list"),
        ("return u * v + v ** 2, (u, v)", "return [u * v + v ** 2, (u, v)]", "returns a list"),
        ("return dout * v, dout * (u + 2 * v)", "return [dout * v, dout * (u + 2 * v)]", "returns a list"),
        (
            "return dout * v, dout * (u + 2 * v)",
            "import warnings; warnings.warn('odd'); return dout * v, dout * (u + 2 * v)",
            "odd",
        ),
    ],
)
def test_what_is_accepted_with_a_remark(grade, right, old, new, remark):
    """Lists for arrays, a list for a tuple and warnings cost nothing and are remarked on."""
    found = grade(right.replace(old, new))
    assert sum(c.points for c in found.values()) == 10
    assert any(remark in text for c in found.values() for text in c.remarks)


def test_float32_is_remarked_on(grade, right):
    """float32 within tolerance passes with a remark."""
    found = grade(right.replace("return dout * v,", "return (dout * v).astype(np.float32).astype(np.float32),"))
    assert any("float32" in text for text in found["backward/backward"].remarks)


def test_one_tuple_is_not_an_array(grade, right):
    """A 1-tuple where an array is expected is wrong."""
    check = grade(right.replace("return dout * v,", "return (dout * v,),"))["backward/backward"]
    assert check.status == "failed"
    assert "du is a tuple of 1" in check.message


def test_half_of_the_gradients_is_half_of_the_points(grade, right):
    """Credit within a case is the share of gradients that are right, and the message says which are."""
    check = grade(right.replace("dout * (u + 2 * v)", "dout * (u + 3 * v)"))["backward/backward"]
    assert (check.status, check.points) == ("failed", 3)
    assert "du is right" in check.message
    assert check.evidence is not None
    assert check.evidence.wrong == ["dv"]


def test_one_wrong_case_of_three_costs_a_third(grade, right):
    """Credit is also by case."""
    wrong = right.replace(
        "    return u * v + v ** 2, (u, v)", "    return u * v + v ** 2 * (1 if u.ndim == 1 else 2), (u, v)"
    )
    check = grade(wrong)["forward/forward"]
    assert (check.status, check.points) == ("failed", 2)
    assert "in 1 of 3 cases" in check.message


@pytest.mark.parametrize("entry", ["(0,)", "(-1,)"])
def test_one_entry_off_by_a_ten_thousandth_fails(grade, right, entry):
    """A single entry wrong by 1e-4 of itself is caught."""
    wrong = right.replace("    return dout * v,", f"    dv = dout * v\n    dv[{entry[1:-2]}] *= 1.0001\n    return dv,")
    assert grade(wrong)["backward/backward"].status == "failed"


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("dout * (u + 2 * v)", "dout * u", "square-lost"),
        ("return dout * v, dout * (u + 2 * v)", "return dout * (u + 2 * v), dout * v", "wrong-order"),
        ("return dout * v, dout * (u + 2 * v)", "return -dout * v, -dout * (u + 2 * v)", "sign"),
        ("return dout * v, dout * (u + 2 * v)", "return v, u + 2 * v", "upstream-ignored"),
        ("return dout * v,", "return 2 * dout * v,", "constant-factor"),
        ("return dout * v,", "return dout * v / u.shape[0],", "constant-factor"),
        ("return dout * v,", "return 0 * dout,", "zero"),
    ],
)
def test_mistakes_are_named(grade, right, old, new, name):
    """Known and general mistakes are recognised by what they return."""
    check = grade(right.replace(old, new))["backward/backward"]
    assert check.status == "failed"
    assert check.diagnosis == name


def test_an_unknown_mistake_has_no_name(grade, right):
    """What agrees with no prediction in every case is not named."""
    check = grade(right.replace("dout * (u + 2 * v)", "dout * (u + np.sin(v))"))["backward/backward"]
    assert (check.status, check.diagnosis) == ("failed", None)


def test_raising_is_an_error_with_its_place(grade, right):
    """An exception in every case is an error that says where."""
    check = grade(right.replace("return dout * v,", "return dout / 0 + undefined,"))["backward/backward"]
    assert check.status == "error"
    assert "NameError" in check.message
    assert "line 9" in check.message


def test_missing_and_skipped(grade, right):
    """A function that is not there is missing; what depends on it is skipped and counts for nothing by itself."""
    found = grade(right.replace("blend_forward", "blend_forwards"))
    assert found["forward/forward"].status == "missing"
    assert found["backward/backward"].status == "skipped"
    assert sum(c.points for c in found.values()) == 0


def test_hang_costs_itself(wall, grade, right):
    """A backward that hangs loses its points and the forward keeps its own."""
    found = grade(right.replace("u, v = cache", "u, v = cache\n    while True: pass"))
    assert found["forward/forward"].status == "passed"
    assert found["backward/backward"].status == "timeout"


def test_death_costs_itself(grade, right):
    """A forward that ends its process is an error; the backward is not asked."""
    found = grade(right.replace("def blend_forward(u, v):", "def blend_forward(u, v):\n    import os; os._exit(0)"))
    assert found["forward/forward"].status == "error"
    assert found["backward/backward"].status == "skipped"


def test_same_seed_same_verdicts(grade, right):
    """The same seed gives the same verdicts, messages and evidence; another seed draws other inputs."""
    wrong = right.replace("2 * v", "v")
    assert grade(wrong, seed=5) == grade(wrong, seed=5)
    assert grade(wrong, seed=5)["backward/backward"].evidence != grade(wrong, seed=6)["backward/backward"].evidence


def test_numerical_backward_is_told_to_the_instructor(grade):
    """A backward by differences within tolerance is right, with a remark that only the instructor sees."""
    source = """
import numpy as np
def blend_forward(u, v):
    return u * v + v ** 2, (u, v)
def blend_backward(dout, cache):
    u, v = cache
    h = 1e-5
    f = lambda a, b: a * b + np.sin(b) * 0 + b ** 2
    return dout * (f(u + h, v) - f(u - h, v)) / (2 * h), dout * (f(u, v + h) - f(u, v - h)) / (2 * h)
"""
    check = grade(source)["backward/backward"]
    assert check.status == "passed"
    assert any("numerically" in text for text in check.instructor)
    assert not any("numerically" in text for text in check.remarks)


def _logs(**how):
    """An assignment of one function with two outputs, of which the first may be infinite at extreme inputs."""
    part = Function(
        "logs",
        ("x",),
        ("total", "slope"),
        lambda rng: [(1.0 + rng.random(3),) for _ in range(5)],
        Points(forward=5, stability=5),
        extremes=lambda _: [(np.array([1000.0, 2000.0]),)],
        overflows=("total",),
        **how,
    )
    solution = Solution({"logs": lambda x: (np.sum(x + np.log1p(np.exp(-x))), 1 / (1 + np.exp(-x)))}, ())
    return Assignment("Logs", "A topic", (part,), "logs"), Oracle(solution)


LOGS = "import numpy as np\ndef logs(x):\n    {}\n    return np.sum(np.log(1 + np.exp(x))), 1 / (1 + np.exp(-x))\n"


def test_an_output_may_be_infinite_with_a_remark_where_the_others_are_right(grade):
    """What a spec allows to overflow costs nothing at extreme inputs, unless something else is wrong or it is NaN."""
    assignment, oracle = _logs()
    check = grade(LOGS.format("pass"), 1, assignment, oracle)["logs/stability"]
    assert (check.status, check.points) == ("passed", 5)
    assert any("infinite" in remark for remark in check.remarks)
    nan = LOGS.replace("np.sum(np.log(1 + np.exp(x)))", "np.sum(np.log(1 + np.exp(x)) - np.exp(x) + x)")
    wrong = LOGS.replace("1 / (1 + np.exp(-x))", "1 / (1 + np.exp(-x)) + 1e-3 * (x > 900)")
    for source, points in ((nan, 2.5), (wrong, 0)):
        check = grade(source.format("pass"), 1, assignment, oracle)["logs/stability"]
        assert (check.status, check.points) == ("failed", points)


def test_a_changed_input_of_a_lenient_function_is_a_remark(grade):
    """It is told, and costs nothing."""
    assignment, oracle = _logs(lenient=True)
    found = grade(LOGS.format("y = x.copy(); x *= 2; x = y"), 1, assignment, oracle)
    assert sum(c.points for c in found.values()) == 10
    assert any("in place" in remark for remark in found["logs/purity"].remarks)


def test_a_float_as_a_length_is_explained(grade):
    """Python 2's division, as many older files have it, is pointed to."""
    source = "import numpy as np\ndef blend_forward(u, v):\n    return np.zeros(len(u) / 1), None\n"
    assert "`//` gives an integer" in grade(source)["forward/forward"].message
