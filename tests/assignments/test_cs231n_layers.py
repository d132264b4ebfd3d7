"""The layers of CS231n: the reference is PyTorch's, and the report says what p was taken for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - the name that everybody uses

from assignments.cs231n_layers import spec
from grader import cases, grading, oracle
from grader.catalogue import BUILT_IN
from grader.sandbox import Limits
from grader.sandbox.none_wall import NoneWall
from grader.submission import Submission, read_file
from reference import engine
from reference.solutions import cs231n_layers

NAME = "cs231n_layers"
TORCH = {
    "affine_forward": lambda x, w, b: x.reshape(len(x), -1) @ w + b,
    "relu_forward": F.relu,
    "batchnorm_forward": lambda x, g, b, p: F.layer_norm(x.T, x.T.shape[1:], eps=p.get("eps", 1e-5)).T * g + b,
    "layernorm_forward": lambda x, g, b, p: F.layer_norm(x, x.shape[1:], g, b, p.get("eps", 1e-5)),
    "conv_forward_naive": lambda x, w, b, p: F.conv2d(x, w, b, p["stride"], p["pad"]),
    "max_pool_forward_naive": lambda x, p: F.max_pool2d(x, (p["pool_height"], p["pool_width"]), p["stride"]),
}
LOSSES = {
    "softmax_loss": F.cross_entropy,
    "svm_loss": lambda x, y: F.multi_margin_loss(x, y, reduction="sum") * x.shape[1] / len(y),
}


def tensor(value):
    return torch.tensor(value, requires_grad=value.dtype == np.float64) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize(
    "pair", [p for p in spec.assignment.parts if getattr(p, "forward", "") in TORCH], ids=lambda p: p.name
)
def test_forwards_and_gradients_are_those_of_pytorch(pair):
    """For every case of a few draws, the output and the gradients that the engine takes of it."""
    rng = np.random.default_rng(5)
    for inputs in (case for _ in range(3) for case in pair.cases(rng)):
        out, pullback = engine.vjp(getattr(cs231n_layers, pair.forward), *inputs, wrt=pair.wrt)
        upstream = rng.normal(size=out.shape)
        tensors = [tensor(value) for value in inputs]
        expected = TORCH[pair.forward](*tensors)
        expected.backward(torch.tensor(upstream))
        np.testing.assert_allclose(out, expected.detach(), rtol=1e-10, atol=1e-11)
        for position, gradient in zip(pair.wrt, pullback(upstream), strict=True):
            np.testing.assert_allclose(gradient, tensors[position].grad, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_gradients_are_those_of_pytorch(name):
    """At ordinary scores and at those near +-1000."""
    rng = np.random.default_rng(6)
    (part,) = (p for p in spec.assignment.parts if getattr(p, "name", "") == name)
    for x, y in [*part.cases(rng), *part.extremes(rng)]:
        scores = tensor(x)
        expected = LOSSES[name](scores, torch.tensor(y))
        expected.backward()
        loss, dx = getattr(cs231n_layers, name)(x, y)
        np.testing.assert_allclose(loss, expected.detach(), rtol=1e-12)
        np.testing.assert_allclose(dx, scores.grad, rtol=1e-10, atol=1e-14)


def checks_of(path, assignment):
    """The checks of one file by (function, check)."""
    ready = grading.Prepared(assignment, lambda: cases.prepare(assignment, 1, oracle.load(assignment)))
    with NoneWall(Limits(question_s=10)) as wall:
        found = grading.grade(Submission("ada", (read_file(path, (NAME,)),), ()), wall, {NAME: ready}, 1)
    return {(c.function, c.check): c for c in found.results[0].checks}


@pytest.mark.parametrize(("file", "meaning"), [("right_arrays.py", "keeping"), ("right_older_handout.py", "dropping")])
def test_the_report_says_what_p_was_taken_for(file, meaning):
    """Both readings earn full marks; a remark names the one that was found."""
    check = checks_of(BUILT_IN.zoo / NAME / file, BUILT_IN.load(NAME))["dropout_forward", "forward"]
    assert (check.status, check.points) == ("passed", check.max_points)
    assert [r for r in check.remarks if "probability" in r] == [r for r in check.remarks if meaning in r] != []


def test_layers_can_be_left_out():
    """Each layer of ASKED can be struck out: the others can be prepared without it, and full marks are less."""
    whole = BUILT_IN.load(NAME)
    assert set(spec.ASKED) == set(spec.PARTS)
    for name, parts in spec.PARTS.items():
        less = replace(whole, parts=tuple(part for part in whole.parts if part not in parts))
        assert less.max_points < whole.max_points, name
        assert not set(parts[0].functions) & set(less.functions)
