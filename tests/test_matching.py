"""Which file answers which assignment."""

from __future__ import annotations

import itertools

import pytest

from grader.assignment import Assignment, Experiments
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


# --- functions that several assignments ask for -----------------------------------------------------------------------


def asking(name, **functions):
    """An assignment that asks for functions with these parameters."""
    return Assignment(name, "-", (Experiments({f: tuple(p.split()) for f, p in functions.items()}, ()),), name)


COURSE = {
    a.name: a
    for a in (
        asking(
            "layers",
            affine_forward="x w b",
            affine_backward="dout cache",
            svm_loss="x y",
            relu_forward="x",
            relu_backward="dout cache",
            dropout_forward="x dropout_param",
            dropout_backward="dout cache",
            batchnorm_forward="x gamma beta bn_param",
            batchnorm_backward="dout cache",
        ),
        asking(
            "activations",
            relu_forward="x",
            relu_backward="da cache",
            tanh_forward="x",
            tanh_backward="da cache",
        ),
        asking("dropout", dropout_forward="a keep_prob train", dropout_backward="dout cache"),
        asking("batch_norm", batchnorm_forward="x gamma beta eps", batchnorm_backward="dout cache"),
    )
}

WRITTEN = {
    "a whole file of layers": ({f: " ".join(p) for f, p in COURSE["layers"].functions.items()}, {"layers"}),
    "layers, parameters renamed": (dict.fromkeys(COURSE["layers"].functions, "a b"), {"layers"}),
    "relu alone": ({"relu_forward": "x", "relu_backward": "dout cache"}, {"activations"}),
    "relu, and other names": ({"relu_forward": "z"}, {"activations"}),
    "activations": ({"relu_forward": "x", "tanh_forward": "x"}, {"activations"}),
    "relu beside layers": ({"relu_forward": "x", "affine_forward": "x w b"}, {"layers"}),
    "dropout of the notes": ({"dropout_forward": "a keep_prob train", "dropout_backward": "dout cache"}, {"dropout"}),
    "dropout, a parameter short": ({"dropout_forward": "a keep_prob", "dropout_backward": "dout mask"}, {"dropout"}),
    "dropout of the layers": ({"dropout_forward": "x dropout_param", "dropout_backward": "dout cache"}, {"layers"}),
    "half of the layers": (
        {"relu_forward": "x", "dropout_forward": "x dropout_param", "batchnorm_backward": "dout cache"},
        {"layers"},
    ),
    "everything of the notes": (
        {
            f: " ".join(p)
            for name in ("activations", "dropout", "batch_norm")
            for f, p in COURSE[name].functions.items()
        },
        {"activations", "dropout", "batch_norm"},
    ),
    "layers, and the dropout of the notes": (
        {"affine_forward": "x w b", "dropout_forward": "a keep_prob train", "relu_forward": "x"},
        {"layers", "dropout"},
    ),
    "layers and activations": (
        {"affine_forward": "x w b", "affine_backward": "d c", "relu_forward": "x", "tanh_forward": "x"},
        {"layers", "activations"},
    ),
}


@pytest.mark.parametrize(("functions", "answered"), WRITTEN.values(), ids=list(WRITTEN))
def test_functions_that_several_assignments_ask_for(functions, answered):
    """Each goes where its parameters fit, or else where the rest of the file belongs; what gets nothing is not
    answered.
    """
    definitions = tuple(Definition(f, "function", tuple(p.split()), "line 1") for f, p in functions.items())
    for course in (COURSE, dict(reversed(COURSE.items()))):
        assert set(match([Candidate(0, "a.py", None, 0, definitions)], course)) == answered


def test_alone_in_a_run_an_assignment_is_answered():
    """Where only one assignment is asked of a file, its functions are that one's."""
    definitions = tuple(Definition(f, "function", tuple(p), "") for f, p in COURSE["layers"].functions.items())
    assert set(match([Candidate(0, "a.py", None, 0, definitions)], {"dropout": COURSE["dropout"]})) == {"dropout"}


def test_a_class_under_another_name_answers_when_it_alone_fits():
    """One class with the members that are asked for answers the assignment; two do not."""
    spec = BUILT_IN.load_all(("gradient_tape",))
    fits = [Definition(n, "class", ("data",), "", spec["gradient_tape"].classes["Value"]) for n in ("Tensor", "Var")]
    assert set(match([Candidate(0, "a.py", None, 0, (fits[0],))], spec)) == {"gradient_tape"}
    assert match([Candidate(0, "a.py", None, 0, tuple(fits))], spec) == {}
    assert match([Candidate(0, "a.py", None, 0, (Definition("Layer", "class", (), ""),))], spec) == {}
