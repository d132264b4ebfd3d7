"""Every function of the engine's table, against PyTorch in float64 or, where that lacks it, against differences."""

from __future__ import annotations

import dataclasses
import operator

import numpy as np
import pytest
import torch

from reference import _rules
from reference._rules import COMPOSED, NO_DERIVATIVE, PRIMITIVES
from reference.engine import EngineError, trace, vjp

_rng = np.random.default_rng(20)


def real(*shape):
    """Away from zero and from each other, so that no kink and no tie is near."""
    size = int(np.prod(shape, dtype=int))
    values = (np.arange(size) + _rng.uniform(0.2, 0.8, size)) / max(size, 4) * 2 - 1
    return _rng.permutation(np.where(np.abs(values) < 0.05, values + 0.1, values)).reshape(shape)


def positive(*shape):
    return np.abs(real(*shape)) + 0.3


def einsum(subscripts):
    return lambda *operands: np.einsum(subscripts, *operands), lambda *operands: torch.einsum(subscripts, *operands)


mask = np.array([[True, False, True], [False, False, True]])
torch_mask = torch.tensor(mask)
rows = np.array([0, 2, 2, 1, 0])
index = torch.tensor(rows)

# name, what of it, numpy, torch (None: differences), inputs
CASES = [
    ("add", "broadcast", lambda x, y: x + y, lambda x, y: x + y, (real(2, 3), real(3))),
    ("add", "column and row", lambda x, y: x + y, lambda x, y: x + y, (real(2, 1), real(1, 3))),
    ("add", "scalar", lambda x, y: x + y, lambda x, y: x + y, (real(2, 3), 0.7)),
    ("add", "with itself", lambda x: x + x, lambda x: x + x, (real(2, 3),)),
    ("subtract", "broadcast", lambda x, y: x - y, lambda x, y: x - y, (real(3), real(4, 1))),
    ("subtract", "number on the left", lambda x: 2 - x, lambda x: 2 - x, (real(3),)),
    ("multiply", "broadcast", lambda x, y: x * y, lambda x, y: x * y, (real(2, 1, 3), real(4, 1))),
    ("multiply", "mask", lambda x: x * mask, lambda x: x * torch_mask, (real(2, 3),)),
    ("divide", "broadcast", lambda x, y: x / y, lambda x, y: x / y, (real(2, 3), positive(2, 1))),
    ("divide", "number on the left", lambda x: 3 / x, lambda x: 3 / x, (real(4),)),
    ("divide", "true_divide", np.true_divide, torch.true_divide, (real(4), real(4))),
    ("power", "constant", lambda x: x**3, lambda x: x**3, (real(2, 3),)),
    ("power", "fraction", lambda x: x**-1.5, lambda x: x**-1.5, (positive(2, 3),)),
    ("power", "zero", lambda x: x**0 + x, lambda x: x**0 + x, (np.array([0.0, 1.0, -2.0]),)),
    ("power", "integers", lambda x: x ** np.array([0, 1, 2]),
     lambda x: x ** torch.tensor([0, 1, 2]), (np.array([0.0, 0.0, 0.0]),)),
    ("power", "both", lambda x, y: x**y, lambda x, y: x**y, (positive(2, 3), real(3))),
    ("power", "number on the left", lambda y: 2.0**y, lambda y: 2.0**y, (real(3),)),
    ("power", "base zero", lambda x, y: x**y, lambda x, y: x**y, (np.array([0.0, 2.0]), np.array([2.0, 3.0]))),
    ("maximum", "both", np.maximum, torch.maximum, (real(2, 3), real(3))),
    ("maximum", "relu", lambda x: np.maximum(x, 0), torch.relu, (np.array([-1.0, 0.0, 2.0]),)),
    ("maximum", "relu, turned", lambda x: np.maximum(0.0, x), torch.relu, (np.array([-1.0, 0.0, 2.0]),)),
    ("minimum", "both", np.minimum, torch.minimum, (real(2, 3), real(2, 1))),
    ("logaddexp", "both", np.logaddexp, torch.logaddexp, (real(2, 3), 900 * real(3))),
    ("positive", "", np.positive, torch.positive, (real(3),)),
    ("negative", "", lambda x: -x, torch.neg, (real(3),)),
    ("reciprocal", "", np.reciprocal, torch.reciprocal, (real(3),)),
    ("exp", "", np.exp, torch.exp, (real(2, 3),)),
    ("exp", "scalar", np.exp, torch.exp, (0.3,)),
    ("expm1", "", np.expm1, torch.expm1, (real(2, 3),)),
    ("log", "", np.log, torch.log, (positive(2, 3),)),
    ("log1p", "", np.log1p, torch.log1p, (positive(2, 3),)),
    ("sqrt", "", np.sqrt, torch.sqrt, (positive(2, 3),)),
    ("square", "", np.square, torch.square, (real(2, 3),)),
    ("absolute", "at zero too", np.abs, torch.abs, (np.array([-1.0, 0.0, 2.0]),)),
    ("absolute", "builtin", abs, torch.abs, (real(3),)),
    ("tanh", "", np.tanh, torch.tanh, (3 * real(2, 3),)),
    ("sin", "", np.sin, torch.sin, (3 * real(2, 3),)),
    ("cos", "", np.cos, torch.cos, (3 * real(2, 3),)),
    ("where", "both", lambda x, y: np.where(mask, x, y),
     lambda x, y: torch.where(torch_mask, x, y), (real(2, 3), real(3))),
    ("where", "by comparison", lambda x: np.where(x > 0, x, 0.1 * x),
     lambda x: torch.nn.functional.leaky_relu(x, 0.1), (real(2, 3),)),
    ("sum", "all", np.sum, torch.sum, (real(2, 3),)),
    ("sum", "axis", lambda x: np.sum(x, 1), lambda x: x.sum(1), (real(2, 3),)),
    ("sum", "named", lambda x: np.sum(a=x, axis=-1), lambda x: x.sum(-1), (real(2, 3),)),
    ("sum", "axes", lambda x: x.sum(axis=(0, 2)), lambda x: x.sum((0, 2)), (real(2, 3, 4),)),
    ("sum", "keepdims", lambda x: x.sum(axis=0, keepdims=True) * x,
     lambda x: x.sum(0, keepdim=True) * x, (real(2, 3),)),
    ("mean", "all", lambda x: x.mean(), torch.mean, (real(2, 3),)),
    ("mean", "axes", lambda x: np.mean(x, (0, 1), keepdims=True),
     lambda x: x.mean((0, 1), keepdim=True), (real(2, 3, 4),)),
    ("max", "all", np.max, torch.max, (real(2, 3),)),
    ("max", "axis", lambda x: x.max(axis=1), lambda x: x.amax(1), (real(2, 3),)),
    ("max", "axes", lambda x: np.max(x, (0, 2), keepdims=True),
     lambda x: x.amax((0, 2), keepdim=True), (real(2, 3, 4),)),
    ("max", "ties share", lambda x: np.max(x, 0), lambda x: x.amax(0), (np.array([1.0, 2.0, 2.0]),)),
    ("amax", "axis", lambda x: np.amax(x, axis=0), lambda x: x.amax(0), (real(2, 3),)),
    ("min", "axis", lambda x: x.min(-1), lambda x: x.amin(-1), (real(2, 3),)),
    ("amin", "axis", lambda x: np.amin(x, 0), lambda x: x.amin(0), (real(2, 3),)),
    ("cumsum", "axis", lambda x: np.cumsum(x, 1), lambda x: x.cumsum(1), (real(2, 3),)),
    ("cumsum", "flat", lambda x: x.cumsum(), lambda x: x.flatten().cumsum(0), (real(2, 3),)),
    ("var", "all", lambda x: x.var(), lambda x: x.var(correction=0), (real(2, 3),)),
    ("var", "axis", lambda x: np.var(x, axis=0, ddof=1, keepdims=True),
     lambda x: x.var(0, keepdim=True), (real(4, 3),)),
    ("std", "axis", lambda x: np.std(x, 1, ddof=1), lambda x: x.std(1), (real(4, 3),)),
    ("reshape", "tuple", lambda x: np.reshape(x, (3, -1)), lambda x: x.reshape(3, -1), (real(2, 3),)),
    ("reshape", "numbers", lambda x: x.reshape(3, 2), lambda x: x.reshape(3, 2), (real(2, 3),)),
    ("ravel", "", lambda x: x.ravel(), torch.ravel, (real(2, 3),)),
    ("expand_dims", "", lambda x: np.expand_dims(x, 1), lambda x: x[:, None], (real(2, 3),)),
    ("squeeze", "", np.squeeze, torch.squeeze, (real(1, 3, 1),)),
    ("squeeze", "axis", lambda x: x.squeeze(axis=0), lambda x: x.squeeze(0), (real(1, 3, 1),)),
    ("transpose", "T", lambda x: x.T, lambda x: x.permute(2, 1, 0), (real(2, 3, 4),)),
    ("transpose", "axes", lambda x: x.transpose(1, -1, 0), lambda x: x.permute(1, 2, 0), (real(2, 3, 4),)),
    ("transpose", "named", lambda x: np.transpose(x, axes=(2, 0, 1)), lambda x: x.permute(2, 0, 1), (real(2, 3, 4),)),
    ("swapaxes", "", lambda x: x.swapaxes(0, 2), lambda x: x.swapaxes(0, 2), (real(2, 3, 4),)),
    ("moveaxis", "", lambda x: np.moveaxis(x, 0, -1), lambda x: x.moveaxis(0, -1), (real(2, 3, 4),)),
    ("moveaxis", "several", lambda x: np.moveaxis(x, (0, 1), (2, 0)),
     lambda x: x.moveaxis((0, 1), (2, 0)), (real(2, 3, 4),)),
    ("flip", "all", np.flip, lambda x: x.flip(0, 1), (real(2, 3),)),
    ("flip", "axis", lambda x: np.flip(x, 1), lambda x: x.flip(1), (real(2, 3),)),
    ("broadcast_to", "", lambda x: np.broadcast_to(x, (4, 2, 3)), lambda x: x.broadcast_to(4, 2, 3), (real(2, 1),)),
    ("pad", "number", lambda x: np.pad(x, 2), lambda x: torch.nn.functional.pad(x, (2, 2, 2, 2)), (real(2, 3),)),
    ("pad", "pairs", lambda x: np.pad(x, ((0, 1), (2, 0)), constant_values=3.0),
     lambda x: torch.nn.functional.pad(x, (2, 0, 0, 1), value=3.0), (real(2, 3),)),
    ("pad", "pair", lambda x: np.pad(x, (1, 2), mode="constant"),
     lambda x: torch.nn.functional.pad(x, (1, 2)), (real(4),)),
    ("concatenate", "axis", lambda x, y: np.concatenate([x, y, x], axis=1),
     lambda x, y: torch.cat([x, y, x], 1), (real(2, 3), real(2, 1))),
    ("concatenate", "constant", lambda x: np.concatenate((np.ones(2), x)),
     lambda x: torch.cat([torch.ones(2), x]), (real(3),)),
    ("concatenate", "flat", lambda x, y: np.concatenate([x, y], axis=None),
     lambda x, y: torch.cat([x.ravel(), y]), (real(2, 3), real(2))),
    ("concatenate", "rows of one", lambda x: np.concatenate(x, 1), lambda x: torch.cat(list(x), 1), (real(2, 3, 4),)),
    ("getitem", "number", lambda x: x[1], lambda x: x[1], (real(3, 2),)),
    ("getitem", "slices", lambda x: x[::-1, ..., 1:3], lambda x: x.flip(0)[..., 1:3], (real(3, 2, 4),)),
    ("getitem", "new axis", lambda x: x[:, None] * x, lambda x: x[:, None] * x, (real(3),)),
    ("getitem", "repeated", lambda x: x[rows], lambda x: x[index], (real(3, 2),)),
    ("getitem", "list", lambda x: x[[0, 0, 1]], lambda x: x[[0, 0, 1]], (real(3, 2),)),
    ("getitem", "labels", lambda x: x[np.arange(2), [2, 1]], lambda x: x[torch.arange(2), [2, 1]], (real(2, 3),)),
    ("getitem", "mask", lambda x: x[mask], lambda x: x[torch_mask], (real(2, 3),)),
    ("getitem", "iteration", sum, lambda x: x.sum(0), (real(3, 2),)),
    ("clip", "", lambda x: np.clip(x, -0.4, 0.4), lambda x: x.clip(-0.4, 0.4), (real(2, 3),)),
    ("clip", "one side", lambda x: x.clip(max=0.1), lambda x: x.clip(max=0.1), (real(2, 3),)),
    ("take", "axis", lambda x: np.take(x, rows, axis=1), lambda x: x[:, index], (real(2, 3),)),
    ("take", "flat", lambda x: np.take(x, rows), lambda x: x.take(index), (real(2, 3),)),
    ("split", "number", lambda x: np.multiply(*np.split(x, 2, axis=1)),
     lambda x: torch.mul(*x.split(2, 1)), (real(3, 4),)),
    ("split", "places", lambda x: np.split(x, [1, 3])[1], lambda x: x[1:3], (real(4, 2),)),
    ("stack", "axis", lambda x, y: np.stack([x, y, x], axis=1),
     lambda x, y: torch.stack([x, y, x], 1), (real(2, 3), real(2, 3))),
    ("full_like", "", lambda x, y: np.full_like(x, 2.0) * x + np.full_like(x, y),
     lambda x, y: 2 * x + y, (real(2, 3), 0.3)),
    ("outer", "", np.outer, torch.outer, (real(3), real(4))),
    ("outer", "matrix", np.outer, lambda x, y: torch.outer(x.ravel(), y), (real(3, 2), real(4))),
    ("einsum", "product", *einsum("ij,jk->ki"), (real(2, 3), real(3, 4))),
    ("einsum", "three", *einsum("bi, ij, bj -> b"), (real(4, 2), real(2, 3), real(4, 3))),
    ("einsum", "alone", *einsum("ij,k->k"), (real(2, 3), real(4))),
    ("einsum", "to a number", lambda x: np.einsum("ij->", x), lambda x: x.sum(), (real(2, 3),)),
    ("einsum", "length one", *einsum("ij,ij->i"), (real(2, 1), real(2, 3))),
    ("dot", "scalar", np.dot, torch.mul, (real(2, 3), 0.3)),
    ("dot", "vectors", lambda x, y: x.dot(y), torch.dot, (real(3), real(3))),
    ("dot", "matrix and constant", lambda x: np.dot(x, [[1.0], [2.0]]),
     lambda x: x @ torch.tensor([[1.0], [2.0]]).double(), (real(3, 2),)),
    ("dot", "many axes", np.dot, lambda x, y: torch.tensordot(x, y, dims=([2], [1])), (real(2, 3, 4), real(5, 4, 2))),
    ("dot", "3 and 2 axes", np.dot, torch.matmul, (real(2, 3, 4), real(4, 5))),
    ("dot", "2 and 3 axes", np.dot, lambda x, y: torch.tensordot(x, y, dims=([1], [1])), (real(3, 4), real(2, 4, 5))),
    ("dot", "1 and 3 axes", np.dot, lambda x, y: torch.tensordot(x, y, dims=([0], [1])), (real(4), real(2, 4, 5))),
]  # fmt: skip
MATMUL = [
    ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((3, 1), (1, 3)),
    ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)), ((6, 1, 2, 3), (5, 3, 4)),
]  # fmt: skip
CASES += [("matmul", f"{a} @ {b}", operator.matmul, torch.matmul, (real(*a), real(*b))) for a, b in MATMUL]


@pytest.mark.parametrize(("name", "what", "f", "g", "inputs"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES])
def test_value_and_gradients_agree_with_torch(name, what, f, g, inputs, agrees_with_torch):
    """Value and every gradient are PyTorch's to 1e-12 of the largest entry."""
    agrees_with_torch(f, g, inputs)


def test_every_function_of_the_table_has_a_case():
    """No rule goes untested: the cases name the table's functions, and each primitive's do record it."""
    assert {case[0] for case in CASES} == {op.name for op in (*PRIMITIVES.values(), *COMPOSED.values())}
    for name, _, f, _, inputs in CASES:
        if name in {op.name for op in PRIMITIVES.values()}:
            assert name in {record.op.name for record in trace(f, *inputs)._tape.records if record.op}


RULES = [(op, position) for op in PRIMITIVES.values() for position in op.rules]


@pytest.mark.parametrize(("op", "position"), RULES, ids=[f"{op.name}: {op.positional[p]}" for op, p in RULES])
def test_a_rule_that_is_off_by_a_two_thousandth_is_noticed(op, position, monkeypatch, agrees_with_torch):
    """The tests are tested: each rule in turn is planted 0.05% too large, and some case objects."""

    def planted(*args, **options):
        given = op.rules[position](*args, **options)
        return [1.0005 * piece for piece in given] if isinstance(given, list) else 1.0005 * given

    function = next(function for function, known in PRIMITIVES.items() if known is op)
    monkeypatch.setitem(PRIMITIVES, function, dataclasses.replace(op, rules=op.rules | {position: planted}))
    objections = 0
    for name, _, f, g, inputs in CASES:
        if name == op.name:
            try:
                agrees_with_torch(f, g, inputs)
            except AssertionError as error:
                assert "gradient of input" in str(error)  # noqa: PT017 - counted below
                objections += 1
    assert objections > 0


def test_differences_notice_a_planted_rule_too(monkeypatch, agrees_with_differences):
    """The other judge accepts tanh and objects to a tanh that is 0.05% off."""
    x = real(2, 3)
    agrees_with_differences(np.tanh, (x,))
    op = PRIMITIVES[np.tanh]
    wrong = {0: lambda g, out, x: 1.0005 * op.rules[0](g, out, x)}
    monkeypatch.setitem(PRIMITIVES, np.tanh, dataclasses.replace(op, rules=wrong))
    with pytest.raises(AssertionError, match="gradient of input 0"):
        agrees_with_differences(np.tanh, (x,))


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x, y: x ** np.array([2, 3]) / y, (real(3, 2), positive(2))),
        (lambda x: np.pad(x, ((1, 0),), constant_values=2.0) * np.pad(x, ((0, 1),)), (real(4),)),
        (lambda x, y: np.einsum("ij,ij->i", x, y), (real(2, 1), real(2, 3))),
        (lambda x: np.stack([np.take(x, [1, 1], axis=-1), x[..., :2]]), (real(2, 3),)),
    ],
)
def test_gradients_agree_with_differences(f, inputs, agrees_with_differences):
    """What torch writes otherwise or not at all agrees with two-sided differences."""
    agrees_with_differences(f, inputs)


@pytest.mark.parametrize(
    ("f", "x", "slopes"),
    [
        (lambda x: np.maximum(x, 0), [0.0], [0.0]),
        (lambda x: np.maximum(0, x), [0.0], [0.0]),
        (lambda x: np.minimum(1.0, x), [1.0], [0.0]),
        (lambda x: np.maximum(x, x * x), [1.0], [2.0]),
        (lambda x: np.maximum(x * x, x), [1.0], [1.0]),
        (lambda x: np.clip(x, -1, 1), [-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]),
        (np.abs, [0.0], [0.0]),
        (lambda x: x**0, [0.0], [0.0]),
        (lambda x: 0.0**x, [2.0], [0.0]),
    ],
)
def test_slopes_at_kinks_are_those_of_the_docstring(f, x, slopes):
    """At a kink the engine takes the slope that the table's docstring states."""
    x = np.array(x)
    assert vjp(f, x)[1](np.ones(x.shape))[0].tolist() == slopes


def test_a_maximum_of_ties_shares_evenly():
    """A max over equal entries gives each of them the same part."""
    assert vjp(np.max, np.array([2.0, 2.0, 1.0, 2.0]))[1](3.0)[0].tolist() == [1.0, 1.0, 0.0, 1.0]


SAMPLES = {
    np.heaviside: (0.5,), np.floor_divide: (2.0,), np.searchsorted: (0.5,), np.isclose: (1.0,), np.allclose: (1.0,),
    np.array_equal: (1.0,),
    **dict.fromkeys([np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal], (0.0,)),
    **dict.fromkeys([np.logical_and, np.logical_or, np.logical_xor], (True,)),
}  # fmt: skip


@pytest.mark.parametrize("function", sorted(NO_DERIVATIVE, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_what_has_no_derivative_gives_a_constant(function):
    """A function of the list gives on tensors exactly what numpy gives on arrays, and no gradient flows through it."""
    x = np.array([-1.0, 0.5, 2.0])
    seen = []

    def f(t):
        seen.append(function(t, *SAMPLES.get(function, ())))
        return t * 2.0

    _, pullback = vjp(f, x)
    expected = function(x, *SAMPLES.get(function, ()))
    if function is np.empty_like:
        assert seen[0].shape == expected.shape
    else:
        np.testing.assert_equal(seen[0], expected)
    assert pullback(np.ones(3))[0].tolist() == [2.0, 2.0, 2.0]


def test_a_gradient_of_the_wrong_shape_is_refused(monkeypatch):
    """A rule that forgets to undo broadcasting is named instead of believed."""
    op = PRIMITIVES[np.add]
    monkeypatch.setitem(PRIMITIVES, np.add, dataclasses.replace(op, rules=op.rules | {1: lambda g, _o, _x, _y: g}))
    with pytest.raises(EngineError, match=r"add: the rule for 'x2' gives a gradient of shape \(2, 3\)"):
        vjp(np.add, real(2, 3), real(3))[1](np.ones((2, 3)))


def test_a_rule_for_no_argument_is_refused_when_it_is_entered():
    """A misspelt argument is noticed at registration and leaves the table as it was."""
    before = dict(PRIMITIVES)
    with pytest.raises(ValueError, match="arctan: rules for"):
        _rules.primitive(np.arctan, "x", {"y": lambda g, _o, _x: g})
    assert before == PRIMITIVES


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (1, 3), (2, 1), (4, 2, 3), (4, 1, 3), (1, 1, 1)])
def test_unbroadcast_is_the_transpose_of_broadcasting(shape):
    """<g, broadcast(x)> = <unbroadcast(g), x> for every shape that broadcasts."""
    x, g = real(*shape), real(4, 2, 3)
    narrowed = _rules.unbroadcast(g, shape)
    assert narrowed.shape == shape
    assert np.sum(g * np.broadcast_to(x, g.shape)) == pytest.approx(np.sum(narrowed * x), rel=1e-12)
