"""The one judge of the engine's tests: a numpy function's value and gradients against an independent answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.engine import vjp


def assert_close(actual, expected, what, tolerance):
    """Equal shapes, and entries within `tolerance` of the expected array's largest. NaN fails: it compares false."""
    assert np.shape(actual) == np.shape(expected), f"{what}: shape {np.shape(actual)}, expected {np.shape(expected)}"
    scale = np.max(np.abs(expected), initial=0.0)
    off = np.abs(np.asarray(actual) - np.asarray(expected))
    assert np.all(off <= tolerance * scale), f"{what}: off by {off.max()} at scale {scale}"


def _upstream(shape):
    """Of either sign, and never near zero."""
    rng = np.random.default_rng(7)
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


@pytest.fixture(scope="session")
def close():
    return assert_close


@pytest.fixture
def agrees_with_torch():
    """Checks numpy's f against torch's g at `inputs`: value, and the gradient of every input, to 1e-12 relative."""

    def check(f, g, inputs, tolerance=1e-12):
        out, pullback = vjp(f, *inputs)
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
        expected = g(*tensors)
        upstream = _upstream(out.shape)
        assert_close(out, f(*inputs), "value on plain arrays", tolerance)
        assert_close(out, expected.detach().numpy(), "value", tolerance)
        expected.backward(torch.tensor(upstream))
        for i, (gradient, tensor) in enumerate(zip(pullback(upstream), tensors, strict=True)):
            assert_close(gradient, tensor.grad.numpy(), f"gradient of input {i}", tolerance)

    return check


@pytest.fixture
def agrees_with_differences():
    """Checks f's gradients at `inputs` against two-sided differences, for what torch has not."""

    def check(f, inputs, tolerance=1e-7):
        out, pullback = vjp(f, *inputs)
        upstream = _upstream(out.shape)
        for i, gradient in enumerate(pullback(upstream)):
            expected = np.zeros(np.shape(inputs[i]))
            for at in np.ndindex(expected.shape):
                moved = []
                for step in (1e-5, -1e-5):
                    arguments = [np.array(x, dtype=float) for x in inputs]
                    arguments[i][at] += step
                    moved.append(np.sum(f(*arguments) * upstream))
                expected[at] = (moved[0] - moved[1]) / 2e-5
            assert_close(gradient, expected, f"gradient of input {i}", tolerance)

    return check
