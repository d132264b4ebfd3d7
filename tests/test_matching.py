"""Which file answers which assignment."""

from __future__ import annotations

import itertools

import pytest

from grader.catalogue import BUILT_IN
from grader.matching import Candidate, match
from grader.sandbox.wire import Definition

ASSIGNMENTS = BUILT_IN.load_all(("softmax", "matmul_gate"))
SOFTMAX = ("softmax_forward", "softmax_backward", "softmax_jacobian")


def file(index, name, named_for=None, functions=(), parameters=("a",), distance=0):
    """A candidate that defines `functions`."""
    definitions = tuple(Definition(f, "function", tuple(parameters), "line 1") for f in functions)
    return Candidate(index, name, named_for, distance, definitions)


@pytest.mark.parametrize(
    ("candidates", "winner", "why"),
    [
        ([file(0, "a.py", None, SOFTMAX)], "a.py", ""),
        ([file(0, "a.py", None, SOFTMAX), file(1, "softmax.py", "softmax")], "softmax.py", "name"),
        ([file(0, "Softmax (1).py", "softmax", distance=2), file(1, "softmax.py", "softmax")], "softmax.py", "name"),
        ([file(0, "z.py", None, SOFTMAX[:1]), file(1, "a.py", None, SOFTMAX)], "a.py", "more of the functions"),
        (
            [file(0, "z.py", None, SOFTMAX[2:], ("x",)), file(1, "a.py", None, SOFTMAX[2:], ("a",))],
            "a.py",
            "parameters",
        ),
        ([file(0, "a.py", None, SOFTMAX), file(1, "b.py", None, SOFTMAX)], "b.py", "last in sorted order"),
    ],
)
def test_order_of_precedence(candidates, winner, why):
    """Name, share of functions, parameters, sorted order; in whatever order the files are met."""
    for order in itertools.permutations(candidates):
        answer = match(order, ASSIGNMENTS)["softmax"]
        names = {c.index: c.name for c in candidates}
        assert names[answer.index] == winner
        assert why in answer.why
        assert set(answer.others) == set(names.values()) - {winner}


def test_one_file_may_answer_several():
    """A file without an assignment's name answers every assignment of which it defines a function."""
    found = match([file(0, "all.py", None, (*SOFTMAX, "matmul_forward"))], ASSIGNMENTS)
    assert set(found) == {"softmax", "matmul_gate"}


def test_a_named_file_answers_its_own_assignment_only():
    """softmax.py with a matmul_forward in it does not answer matmul_gate."""
    assert set(match([file(0, "softmax.py", "softmax", ("matmul_forward",))], ASSIGNMENTS)) == {"softmax"}


def test_nothing_answers():
    """A file with functions of its own answers nothing."""
    assert match([file(0, "a.py", None, ("train",))], ASSIGNMENTS) == {}
