"""Experiments: what their judges see, what an exception means, and a class that is called otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from grader.assignment import (
    SAME,
    Assignment,
    Earlier,
    Experiment,
    Experiments,
    Larger,
    Opinion,
    Property,
    Raised,
    Step,
)
from grader.program import CALLS, bind, drive, program

HALVE = "def halve(x):\n    return {'half': x / 2}\n"


def asking(*steps, judge, sees_all=False, function="halve", members=(), before=()):
    """An assignment of one experiment, and of those before it."""
    experiments = [*before, Experiment(steps, judge, {"x": 1.0}, sees_all=sees_all)]
    subject = Property(function, "property:own", 10, lambda _: experiments, members=members)
    return Assignment("A title", "A topic", (Experiments({function: ("x",)}, (subject,)),), "sample")


def test_a_step_may_return_a_dict(grade):
    """A judge gets it with arrays in it."""

    def judge(results):
        return Opinion(float(results[0]["half"] == 2.0), "wrong")

    verdict = grade(HALVE, assignment=asking(Step("halve", (4.0,)), judge=judge), oracle=None)["halve/property:own"]
    assert (verdict.status, verdict.points) == ("passed", 10)


def test_what_raised_is_reported_unless_the_judge_wants_to_see_it(grade):
    """Alone an exception is an error; a judge that sees all gives it a meaning, and credit for the rest."""
    source = "def halve(x):\n    if x < 0:\n        raise OverflowError('too small')\n    return x / 2\n"
    steps = (Step("halve", (4.0,)), Step("halve", (-4.0,)))
    seen = []

    def judge(results):
        seen.extend(results)
        return Opinion(0.5, "half of it", "sign", remarks=("a remark",))

    plain = grade(source, assignment=asking(*steps, judge=judge), oracle=None)["halve/property:own"]
    assert (plain.status, plain.points) == ("error", 0)
    assert not seen
    meant = grade(source, assignment=asking(*steps, judge=judge, sees_all=True), oracle=None)["halve/property:own"]
    assert (meant.status, meant.points, meant.diagnosis) == ("failed", 5, "sign")
    assert meant.remarks == ["a remark"]
    assert seen[1] == Raised("OverflowError", "too small", "line 3")


def test_a_remark_costs_nothing(grade):
    """A right answer keeps its points and what is said of it."""

    def judge(_):
        return Opinion(1.0, remarks=("by the way",))

    verdict = grade(HALVE, assignment=asking(Step("halve", (4.0,)), judge=judge), oracle=None)["halve/property:own"]
    assert (verdict.status, verdict.points, verdict.remarks) == ("passed", 10, ["by the way"])


def test_nothing_but_exceptions_is_an_error(grade):
    """A judge says so, and the status follows."""
    source = "def halve(x):\n    raise KeyError('x')\n"

    def judge(results):
        return Opinion(0.0, "raised", error=all(isinstance(r, Raised) for r in results))

    asked = asking(Step("halve", (4.0,)), judge=judge, sees_all=True)
    assert grade(source, assignment=asked, oracle=None)["halve/property:own"].status == "error"


def test_the_boxs_own_calls_are_not_the_submissions_to_get_right(grade):
    """A made function is no array, and binding returns nothing: neither is a fault."""
    source = "def scale(x):\n    return 10 * x\ndef halve(f, x):\n    return scale(f(x)) / 2\n"
    steps = (
        Step(SAME, (program(lambda x: x + 1.0, "x"),)),
        bind("scale", program(lambda x: -x, "x")),
        Step("halve", (Earlier(0), 3.0)),
        Step(CALLS, (Earlier(0),)),
    )

    def judge(results):
        return Opinion(float(results[2] == -2.0 and results[3] == 1), "wrong")

    assert grade(source, assignment=asking(*steps, judge=judge), oracle=None)["halve/property:own"].status == "passed"


# --- a class ----------------------------------------------------------------------------------------------------------

NUMBER = """
class {name}:
    def __init__(self, data):
        self.data, self.grad = data, 0.0
    def __add__(self, other):
        return {name}(self.data + other.data)
    def backward(self):
        pass
"""


def _sum(results):
    return Opinion(float(np.all(results[0]["data"] == 3.0)), "wrong")


def summing():
    """An assignment that asks for a class."""
    step = drive("Value", program(lambda a, b: a + b, "a", "b"), (1.0, 2.0), backward=False)
    return asking(step, judge=_sum, function="Value", members=("__add__", "backward"))


@pytest.mark.parametrize("name", ["Value", "Tensor"])
def test_a_class_is_found_under_another_name_when_it_alone_fits(grade, name):
    """The only class with the members that it must have is taken, and that is said."""
    source = NUMBER.format(name=name) + "class Layer:\n    def backward(self): pass\n"
    verdict = grade(source, assignment=summing(), oracle=None)["Value/property:own"]
    assert verdict.status == "passed"
    assert verdict.remarks == (["Tensor is taken for Value: it is the only class here that fits."] * (name == "Tensor"))


def test_of_two_classes_that_fit_neither_is_taken(grade):
    """The student is told which they are; the name of the contract decides where it is there."""
    two = NUMBER.format(name="Number") + NUMBER.format(name="Tensor")
    verdict = grade(two, assignment=summing(), oracle=None)["Value/property:own"]
    assert verdict.status == "missing"
    assert "Number, Tensor" in verdict.message
    three = two + NUMBER.format(name="Value")
    assert grade(three, assignment=summing(), oracle=None)["Value/property:own"].status == "passed"


@pytest.mark.parametrize(
    ("values", "points", "message"),
    [
        ([2, 0], 10, ""),
        ([3, 0, 2, 2], 10, ""),
        ([3, 0, 2, 3], 5, "2 came"),
        ([3, 0, 2], 5, "halve raises IndexError at line 4: list index out of range."),
    ],
)
def test_a_larger_sample_is_asked_only_where_it_is_wanted(grade, values, points, message):
    """After the question, in one of its own; then the experiment is judged by it alone."""
    step = Step("halve", (4.0,))
    sampled = Experiment(
        (step,),
        lambda results: Opinion(float(all(r == 2 for r in results)), f"{len(results)} came"),
        larger=Larger((step, step), lambda results: results != [2.0]),
    )
    source = f"values = {values}\nasked = []\ndef halve(x):\n    asked.append(x); return values[len(asked) - 1]\n"
    assignment = asking(step, judge=lambda _: Opinion(1.0), before=(sampled,))
    verdict = grade(source, assignment=assignment, oracle=None)["halve/property:own"]
    assert (verdict.points, verdict.message) == (points, message)
    assert verdict.status == ("passed" if points == 10 else "failed")
