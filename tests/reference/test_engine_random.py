"""Random compositions of operations, against PyTorch: programs that hypothesis writes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.engine import jacobian, vjp

# The same names twice. Whatever could leave the domain or grow without bound is fenced by tanh or by a square.
NUMPY = SimpleNamespace(
    exp=np.exp, log=np.log, sqrt=np.sqrt, tanh=np.tanh, sin=np.sin, cos=np.cos, abs=np.abs, maximum=np.maximum,
    minimum=np.minimum, logaddexp=np.logaddexp, where=np.where, expand=np.expand_dims, stack=np.stack,
    join=np.concatenate, sum=np.sum, mean=np.mean, max=np.max, cumsum=np.cumsum, flip=np.flip, swap=np.swapaxes,
    take=lambda x, rows: np.take(x, rows, axis=0),
    ravel=np.ravel, einsum=np.einsum, array=np.array,
)  # fmt: skip
TORCH = SimpleNamespace(
    exp=torch.exp, log=torch.log, sqrt=torch.sqrt, tanh=torch.tanh, sin=torch.sin, cos=torch.cos, abs=torch.abs,
    maximum=torch.maximum, minimum=torch.minimum, logaddexp=torch.logaddexp, where=torch.where, expand=torch.unsqueeze,
    stack=torch.stack, join=torch.cat, sum=torch.sum, mean=torch.mean, max=torch.amax, cumsum=torch.cumsum,
    flip=lambda x, axis: torch.flip(x, (axis,)), swap=torch.swapaxes,
    take=lambda x, rows: x.index_select(0, rows), ravel=torch.ravel,
    einsum=torch.einsum, array=torch.tensor,
)  # fmt: skip

UNARY = {
    "exp": lambda m, x: m.exp(m.tanh(x)),
    "log": lambda m, x: m.log(1.5 + x * x),
    "sqrt": lambda m, x: m.sqrt(0.5 + x**2),
    "tanh": lambda m, x: m.tanh(x),
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: m.cos(2.0 * x),
    "abs": lambda m, x: m.abs(x - 0.37),
    "minus": lambda _, x: -x,
    "sigmoid": lambda m, x: 1 / (1 + m.exp(-m.tanh(x))),
    "cube": lambda m, x: m.tanh(x) ** 3,
    "leaky": lambda m, x: m.where(x > 0.11, x, 0.2 * x),
}
BINARY = {
    "add": lambda _, x, y: x + y,
    "subtract": lambda _, x, y: x - 2 * y,
    "multiply": lambda m, x, y: m.tanh(x) * y,
    "divide": lambda _, x, y: x / (1.5 + y * y),
    "power": lambda m, x, y: (1.1 + m.tanh(x)) ** m.tanh(y),
    "maximum": lambda m, x, y: m.maximum(x, y + 0.01),
    "minimum": lambda m, x, y: m.minimum(x, 0.9 * y - 0.02),
    "logaddexp": lambda m, x, y: m.logaddexp(x, y),
}
# From a (3, 3) array and to one.
SQUARE = {
    "matmul": lambda m, x: m.tanh(x) @ x,
    "normed": lambda m, x: m.exp(x - m.expand(m.max(x, 1), 1)) / m.expand(m.sum(m.exp(m.tanh(x)), 1), 1),
    "centre": lambda m, x: x - m.mean(x, 0),
    "cumsum": lambda m, x: m.cumsum(x, 1),
    "flip": lambda m, x: m.flip(x, 0),
    "swap": lambda m, x: m.swap(x, 0, 1) * x,
    "rows": lambda m, x: m.take(x, m.array([2, 0, 2])),
    "join": lambda m, x: m.join([x[1:], x[:1] * 2]),
    "stack": lambda m, x: m.stack([x[0], m.sin(x[2]), x[0] * x[1]]),
    "reshape": lambda m, x: m.ravel(x)[m.array([0, 0, 5, 8, 1, 2, 3, 5, 7])].reshape(3, 3),
    "einsum": lambda m, x: m.einsum("ij,kj->ik", m.tanh(x), m.cos(x)),
}

step = st.one_of(
    st.tuples(st.sampled_from(sorted(UNARY)), st.integers(0, 9)),
    st.tuples(st.sampled_from(sorted(SQUARE)), st.integers(0, 9)),
    st.tuples(st.sampled_from(sorted(BINARY)), st.integers(0, 9), st.integers(0, 9)),
)


def run(program, module, inputs):
    """Each step takes results of earlier ones, counted from the latest, and adds one: forks come by themselves."""
    pool = list(inputs)
    for name, *places in program:
        arguments = [pool[-1 - place % len(pool)] for place in places]
        if name in SQUARE:
            arguments = [arguments[0] + pool[0]]
        pool.append((UNARY | BINARY | SQUARE)[name](module, *arguments))
    return sum(pool[1:], start=pool[0])


@settings(max_examples=250, deadline=None)
@given(st.lists(step, min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_random_programs_agree_with_torch(close, program, seed):
    """Up to 12 operations on a matrix, a row, a column and a number: value and gradients are PyTorch's to 1e-12."""
    rng = np.random.default_rng(seed)
    inputs = [rng.uniform(-1.2, 1.2, shape) for shape in ((3, 3), (3,), (3, 1), ())]
    out, pullback = vjp(lambda *arrays: run(program, NUMPY, arrays), *inputs)
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    expected = run(program, TORCH, tensors)
    upstream = rng.normal(size=out.shape)
    expected.backward(torch.tensor(upstream))
    close(out, expected.detach().numpy(), "value", 1e-12)
    gradients = pullback(upstream)
    # One scale for all: where the gradients of a fork cancel, what is left of an input's own is rounding.
    scale = max(np.max(np.abs(tensor.grad.numpy())) for tensor in tensors)
    for i, (gradient, tensor) in enumerate(zip(gradients, tensors, strict=True)):
        assert gradient.shape == inputs[i].shape
        assert np.all(np.abs(gradient - tensor.grad.numpy()) <= 1e-12 * scale), f"gradient of input {i}"


@settings(max_examples=30, deadline=None)
@given(st.lists(step, min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_the_jacobian_is_the_pullback_of_every_unit(program, seed):
    """The product of upstream and J is the pullback of that upstream gradient, and J has both shapes side by side."""
    rng = np.random.default_rng(seed)
    x, row = rng.uniform(-1, 1, (3, 3)), rng.uniform(-1, 1, 3)

    def f(v):
        return run(program, NUMPY, (x, v, x[:, :1]))

    matrix = jacobian(f, row)
    out, pullback = vjp(f, row)
    assert matrix.shape == out.shape + row.shape
    upstream = rng.normal(size=out.shape)
    pulled = pullback(upstream)[0]
    # Where the rows of J cancel, what is left is their rounding.
    scale = max(np.max(np.abs(matrix)), 1.0) * np.max(np.abs(upstream))
    assert pulled.shape == row.shape
    assert np.all(np.abs(np.tensordot(upstream, matrix, out.ndim) - pulled) <= 1e-12 * scale)


@pytest.mark.parametrize("seed", range(3))
def test_the_jacobian_agrees_with_torch(close, seed):
    """A softmax's Jacobian is PyTorch's, and p_i (delta_ij - p_j)."""
    a = np.random.default_rng(seed).normal(size=4)

    def softmax(a):
        e = np.exp(a - np.max(a))
        return e / np.sum(e)

    p = softmax(a)
    expected = torch.autograd.functional.jacobian(lambda a: torch.softmax(a, 0), torch.tensor(a)).numpy()
    close(jacobian(softmax, a), expected, "J", 1e-12)
    close(jacobian(softmax, a), np.diag(p) - np.outer(p, p), "J", 1e-12)
    assert jacobian(np.sin, 0.5).shape == ()
    assert jacobian(np.square, np.array([1, 2])).tolist() == [[2.0, 0.0], [0.0, 4.0]]
