"""The convolution's forward and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import PATTERNS, VECTORIZED

_CONVOLUTION: Final = "Convolutional networks: the convolutional layer"

Rule = Callable[..., Any]


def conv1d_forward(x: Any, kernel: Any, bias: Any) -> Any:
    """The sum of x[i + o] kernel[o] over the kernel's rows o, plus bias; x (t, c_in), kernel (k, c_in, c_out)."""
    windows = len(x) - len(kernel) + 1
    out = bias
    for o in range(len(kernel)):
        out = out + x[o : o + windows] @ kernel[o]
    return out


# --- the right gradients, and the ways to each by mistake -------------------------------------------------------------


def _dx(dout: Any, x: Any, kernel: Any) -> Any:
    dx = np.zeros(x.shape)
    for o in range(len(kernel)):
        dx[o : o + len(dout)] += dout @ kernel[o].T
    return dx


def _dkernel(dout: Any, x: Any, kernel: Any) -> Any:
    return np.stack([x[o : o + len(dout)].T @ dout for o in range(len(kernel))])


def _dbias(dout: Any, _x: Any, _kernel: Any) -> Any:
    return np.sum(dout, axis=0)


def _backward(dx: Rule = _dx, dkernel: Rule = _dkernel, dbias: Rule = _dbias) -> Rule:
    """A backward of three rules, each of (dout, x, kernel)."""
    return lambda dout, x, kernel, _bias: tuple(rule(dout, x, kernel) for rule in (dx, dkernel, dbias))


def _dx_last_window(dout: Any, x: Any, kernel: Any) -> Any:
    dx = np.zeros(x.shape)
    for i in range(len(dout)):
        dx[i : i + len(kernel)] = kernel @ dout[i]
    return dx


def _dx_last_channel(dout: Any, x: Any, kernel: Any) -> Any:
    """With `=` in a loop over windows and one over output channels, whichever is the outer one."""
    return _dx_last_window(dout[:, -1:], x, kernel[:, :, -1:])


def _dx_last_row(dout: Any, x: Any, kernel: Any) -> Any:
    dx = np.zeros(x.shape)
    for o in range(len(kernel)):
        dx[o : o + len(dout)] = dout @ kernel[o].T
    return dx


def _dkernel_last_window(dout: Any, x: Any, _kernel: Any) -> Any:
    return x[len(dout) - 1 :, :, None] * dout[-1]


def _dx_exchanged(dout: Any, x: Any, kernel: Any) -> Any:
    dx = np.zeros(x.shape)
    for o in range(len(kernel)):
        dx[o : o + len(dout)] += dout @ kernel[o]
    return dx


def _dkernel_exchanged(dout: Any, x: Any, kernel: Any) -> Any:
    return _dkernel(dout, x, kernel).swapaxes(1, 2)


def _dkernel_exchanged_into(dout: Any, x: Any, kernel: Any) -> Any:
    """Written into an array of the kernel's shape, where it fits."""
    dkernel = np.zeros(kernel.shape)
    dkernel[:] = _dkernel_exchanged(dout, x, kernel)
    return dkernel


def _exchanged(x: Any, kernel: Any, bias: Any) -> Any:
    return conv1d_forward(x, kernel.swapaxes(1, 2), bias)


Ends = tuple[Callable[[int], int], Callable[[int], int]]
"""How many rows of zeros stand before and after x, for a kernel of k rows."""
_PADDINGS: Final[tuple[Ends, ...]] = (
    (lambda k: (k - 1) // 2, lambda k: k // 2),
    (lambda k: k // 2, lambda k: (k - 1) // 2),
    (lambda k: k - 1, lambda k: k - 1),
)


def _pad(x: Any, k: int, ends: Ends) -> Any:
    return np.pad(x, ((ends[0](k), ends[1](k)), (0, 0)))


def _padded(ends: Ends) -> Rule:
    return lambda x, kernel, bias: conv1d_forward(_pad(x, len(kernel), ends), kernel, bias)


def _padded_backward(ends: Ends) -> Rule:
    """With the padded x from the cache: dx has the padding too."""
    return lambda dout, x, kernel, bias: _backward()(dout, _pad(x, len(kernel), ends), kernel, bias)


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant; the keywords are the ends of the functions' names."""
    return [
        Mistake(name, title, reason, read, f"conv1d_{function}", predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "kernel-flipped",
        "The kernel is flipped",
        "Row o of the kernel meets row `i + o` of x, in the forward as in the backward: `kernel[o]` brings the "
        "gradient to `dx[i + o]`, and `dkernel[o]` is made of `x[i + o]`. Here the kernel runs the other way, as in "
        "np.convolve.",
        _CONVOLUTION,
        forward=[lambda x, kernel, bias: conv1d_forward(x, kernel[::-1], bias)],
        backward=[
            _backward(
                lambda dout, x, kernel: _dx(dout, x, kernel[::-1]), lambda *given: _dkernel(*given)[::-1], _dbias
            ),
        ],
    ),
    *_mistake(
        "not-accumulated",
        "Assigned, where contributions add up",
        "Each entry of out is a sum over the kernel's rows and channels, each row of x lies in several windows, and "
        "all windows share the kernel and the bias. `=` keeps only the last contribution: start from zeros and use "
        "`+=`.",
        PATTERNS,
        forward=[
            lambda x, kernel, bias: x[len(kernel) - 1 :] @ kernel[-1] + bias,
            lambda x, kernel, bias: conv1d_forward(x[:, -1:], kernel[:, -1:], bias),
            lambda x, kernel, bias: x[len(kernel) - 1 :, -1:] @ kernel[-1, -1:] + bias,
        ],
        backward=[
            _backward(_dx_last_window, _dkernel_last_window, lambda dout, *_: dout[-1]),
            _backward(_dx_last_channel, _dkernel_last_window, lambda dout, *_: dout[-1]),
            _backward(_dx_last_row),
        ],
    ),
    *_mistake(
        "dbias-not-summed",
        "dbias is not the sum of dout over time",
        "The bias is added to every row of out: its gradient is the sum of dout's rows, `dout.sum(axis=0)`, of shape "
        "(c_out,) like the bias itself. Nothing is averaged.",
        VECTORIZED,
        backward=[
            _backward(dbias=lambda dout, *_: dout),
            _backward(dbias=lambda dout, *_: dout.sum(axis=1)),
            _backward(dbias=lambda dout, *_: dout.sum(axis=0, keepdims=True)),
            _backward(dbias=lambda dout, *_: dout.sum()),
            _backward(dbias=lambda dout, *_: dout.mean(axis=0)),
        ],
    ),
    *_mistake(
        "bias-repeated",
        "The bias is added once too often",
        "Each entry of out holds the bias once. Inside the loop over the kernel's rows or channels it is added again "
        "each time round; the same loop adds its gradient up k times.",
        PATTERNS,
        forward=[
            lambda x, kernel, bias: conv1d_forward(x, kernel, len(kernel) * bias),
            lambda x, kernel, bias: conv1d_forward(x, kernel, kernel.shape[1] * bias),
            lambda x, kernel, bias: conv1d_forward(x, kernel, len(kernel) * kernel.shape[1] * bias),
        ],
        backward=[_backward(dbias=lambda dout, _x, kernel: len(kernel) * dout.sum(axis=0))],
    ),
    *_mistake(
        "bias-missing",
        "The bias is not added",
        "Each output channel has a bias, which is added to all of its entries: `out + bias` lines it up with the last "
        "axis.",
        _CONVOLUTION,
        forward=[lambda x, kernel, bias: conv1d_forward(x, kernel, 0 * bias)],
    ),
    *_mistake(
        "window-missing",
        "The last window is missing",
        "A window of k rows fits into t rows at t - k + 1 places, from 0 to t - k: with k = t there is one. A loop "
        "over `range(t - k)` stops before the last.",
        _CONVOLUTION,
        forward=[lambda x, kernel, bias: conv1d_forward(x, kernel, bias)[:-1]],
    ),
    *_mistake(
        "padded",
        "x is padded with zeros",
        "There is no padding here: only windows that lie wholly inside x count, and out has t - k + 1 rows. "
        "np.convolve calls that mode `valid`; `same` and `full` pad.",
        _CONVOLUTION,
        forward=[_padded(ends) for ends in _PADDINGS],
        backward=[_padded_backward(ends) for ends in _PADDINGS],
    ),
    *_mistake(
        "channels-exchanged",
        "The kernel's channels are exchanged",
        "`kernel[o]` is (c_in, c_out): it stands on the right of a row of x, and `dx` needs it transposed, `dout @ "
        "kernel[o].T`. `dkernel[o]` has the same shape: `x.T @ dout` over the windows. Check with c_in and c_out "
        "apart.",
        VECTORIZED,
        forward=[_exchanged],
        backward=[
            _backward(_dx_exchanged),
            _backward(dkernel=_dkernel_exchanged),
            _backward(dkernel=_dkernel_exchanged_into),
            _backward(_dx_exchanged, _dkernel_exchanged),
        ],
    ),
)
