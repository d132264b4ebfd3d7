"""The pooling layers' forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.engine import vjp
from reference.solution import Mistake
from reference.solutions import PATTERNS, VECTORIZED

_POOLING: Final = "Convolutional networks: the pooling layer"

Rule = Callable[..., Any]


def max_pool1d_forward(x: Any, size: int) -> Any:
    """The largest entry of each of t // size windows, channel by channel; x (t, c)."""
    return np.max(_windows(x, size), axis=1)


def global_average_pool1d_forward(x: Any) -> Any:
    """The mean over time; x (t, c), out (c,)."""
    return np.mean(x, axis=0)


def _windows(x: Any, size: int) -> Any:
    """The full windows, (t // size, size, c)."""
    n = len(x) // size
    return np.reshape(x[: n * size], (n, size, x.shape[1]))


def _derived(forward: Rule) -> Rule:
    """The backward that belongs to another forward."""
    return lambda dout, x, *rest: vjp(forward, x, *rest, wrt=(0,))[1](dout)[0]


# --- max pooling's mistakes -------------------------------------------------------------------------------------------


def _right(dout: Any, x: Any, size: int) -> Any:
    return _derived(max_pool1d_forward)(dout, x, size)


def _route(step: Callable[[int], int], width: Callable[[int], int]) -> Rule:
    """A backward with a loop over dout's rows: the window of row i starts at `i * step(size)`, `width(size)` long."""

    def backward(dout: Any, x: Any, size: int) -> Any:
        dx = np.zeros(x.shape)
        columns = np.arange(x.shape[1])
        for i, row in enumerate(dout):
            start = i * step(size)
            dx[start + np.argmax(x[start : start + width(size)], axis=0), columns] += row
        return dx

    return backward


def _stretched(x: Any, size: int) -> Any:
    """With the rows that are left over in the last window."""
    last = len(x) // size * size - size
    parts = [max_pool1d_forward(x[:last], size)] if last else []
    return np.concatenate([*parts, np.max(x[last:], axis=0, keepdims=True)])


def _left_over(fill: Callable[[Any, Any], Any]) -> Rule:
    """The right backward, and `fill(dout's last row, the rows that are left over)` for those."""

    def backward(dout: Any, x: Any, size: int) -> Any:
        dx = _right(dout, x, size)
        rest = x[len(dout) * size :]
        if len(rest):
            dx[len(dout) * size :] = fill(dout[-1], rest)
        return dx

    return backward


def _all_windows(fill: float | None = None) -> Rule:
    """A forward that keeps the rows that are left over, alone or filled up."""

    def forward(x: Any, size: int) -> Any:
        ends = [x[start : start + size] for start in range(0, len(x), size)]
        tops = np.stack([np.max(window, axis=0) for window in ends])
        if fill is not None and len(x) % size:
            tops[-1] = np.maximum(tops[-1], fill)
        return tops

    return forward


def _every_entry(share: bool = False, rest: bool = False) -> Rule:
    def backward(dout: Any, x: Any, size: int) -> Any:
        dx = np.zeros(x.shape)
        full = len(dout) * size
        dx[:full] = np.repeat(dout / size if share else dout, size, axis=0)
        if rest:
            dx[full:] = dx[full - 1]
        return dx

    return backward


def _first_window(*, add: bool) -> Rule:
    """Positions within the window, taken as positions in x."""

    def backward(dout: Any, x: Any, size: int) -> Any:
        dx = np.zeros(x.shape)
        tops = np.argmax(_windows(x, size), axis=1)
        for i, row in enumerate(dout):
            at = (tops[i], np.arange(x.shape[1]))
            dx[at] = dx[at] + row if add else row
        return dx

    return backward


def _one_for_all(x: Any, size: int) -> Any:
    """A window's largest entry of all channels, for each of them."""
    top = np.max(_windows(x, size), axis=(1, 2))
    return np.repeat(top[:, None], x.shape[1], axis=1)


def _one_entry(dout: Any, x: Any, size: int) -> Any:
    """Only the window's largest entry of all channels gets its gradient."""
    windows = _windows(x, size)
    dx = np.zeros(x.shape)
    hit = windows == np.max(windows, axis=(1, 2), keepdims=True)
    dx[: len(dout) * size] = np.reshape(hit * dout[:, None], (-1, x.shape[1]))
    return dx


def _sliding(rows: Callable[[int, int], int]) -> Rule:
    def forward(x: Any, size: int) -> Any:
        return np.stack([np.max(x[i : i + size], axis=0) for i in range(rows(len(x), size))])

    return forward


def _interleaved(x: Any, size: int) -> Any:
    n = len(x) // size
    return np.max(np.reshape(x[: n * size], (size, n, x.shape[1])), axis=0)


def _by_twos(dout: Any, x: Any, _size: int) -> Any:
    """Windows of two rows, as many as fit: dout has not that many rows where the windows are longer."""
    dx = np.zeros(x.shape)
    columns = np.arange(x.shape[1])
    for i in range(len(x) // 2):
        dx[2 * i + np.argmax(x[2 * i : 2 * i + 2], axis=0), columns] += dout[i]
    return dx


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant; the keywords are the functions' names without their "1d"."""
    return [
        Mistake(name, title, reason, read, function.replace("pool_", "pool1d_"), predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


MISTAKES = (
    *_mistake(
        "gradient-to-every-entry",
        "Every entry of a window gets the gradient",
        "A max gate is a switch: only the largest entry of a window reaches the output, so it alone gets the "
        "gradient, all of it, and the others get 0. Sharing it out evenly is what average pooling does.",
        PATTERNS,
        max_pool_backward=[_every_entry(), _every_entry(share=True), _every_entry(rest=True)],
    ),
    *_mistake(
        "remainder-gets-gradient",
        "Rows that are left over get a gradient",
        "Rows at the end that don't fill a window are dropped: no output depends on them, so their gradient is 0. The "
        "last window has `size` rows like the others.",
        _POOLING,
        max_pool_backward=[
            _derived(_stretched),
            _left_over(lambda last, rest: last * (rest == np.max(rest, axis=0))),
            _left_over(lambda last, _: last),
        ],
    ),
    *_mistake(
        "remainder-kept",
        "Rows that are left over are not dropped",
        "There are `t // size` windows, all of `size` rows. Rows at the end that don't fill one make no row of out, "
        "and take no part in the last window either.",
        _POOLING,
        max_pool_forward=[_all_windows(), _all_windows(0.0), _stretched],
    ),
    *_mistake(
        "window-offset-missing",
        "The position is counted from the window's start",
        "argmax tells where in its window the largest entry is; in x that is `i * size` rows further down. Without "
        "it, all gradients land in the first window.",
        _POOLING,
        max_pool_backward=[_first_window(add=True), _first_window(add=False)],
    ),
    *_mistake(
        "one-max-for-all-channels",
        "One maximum for all channels of a window",
        "Each channel is pooled by itself: take the maximum, and its position, along the window's rows (axis=0 of x[i "
        "* size:(i + 1) * size]), not over the whole window.",
        VECTORIZED,
        max_pool_forward=[_one_for_all],
        max_pool_backward=[_one_entry],
    ),
    *_mistake(
        "max-starts-at-zero",
        "The maximum is at least 0",
        "Where all entries of a window are negative, so is the largest. A running maximum must not start at 0: start "
        "it at the window's first entry or at `-np.inf`.",
        _POOLING,
        max_pool_forward=[lambda x, size: np.maximum(max_pool1d_forward(x, size), 0.0)],
    ),
    *_mistake(
        "average-in-place-of-max",
        "The mean of each window in place of its maximum",
        "Max pooling keeps the largest entry of each window. The mean is another layer, with another gradient.",
        _POOLING,
        max_pool_forward=[lambda x, size: np.mean(_windows(x, size), axis=1)],
    ),
    *_mistake(
        "smallest-in-place-of-largest",
        "The smallest entry in place of the largest",
        "Max pooling keeps the largest entry of each window, and its gradient goes back to that entry: argmax finds "
        "it, argmin the opposite one.",
        _POOLING,
        max_pool_forward=[lambda x, size: np.min(_windows(x, size), axis=1)],
        max_pool_backward=[_derived(lambda x, size: np.min(_windows(x, size), axis=1))],
    ),
    *_mistake(
        "windows-overlap",
        "The windows move by one row",
        "Windows lie side by side: window i holds the rows from `i * size` to `(i + 1) * size`. Moving by one row "
        "makes them overlap.",
        _POOLING,
        max_pool_forward=[_sliding(lambda t, size: t - size + 1), _sliding(lambda t, size: t // size)],
        max_pool_backward=[_route(lambda _: 1, lambda size: size)],
    ),
    *_mistake(
        "windows-interleaved",
        "Rows are sorted into the windows in turn",
        "A window holds `size` rows that follow each other: `x.reshape(t // size, size, c)`, and the maximum over "
        "axis=1. With the first two lengths exchanged, every row goes to another window.",
        VECTORIZED,
        max_pool_forward=[_interleaved],
        max_pool_backward=[_derived(_interleaved)],
    ),
    *_mistake(
        "size-written-in",
        "A number stands where size belongs",
        "The length of a window is an argument: a 2 (or 3) in its place works for windows of that length only.",
        _POOLING,
        max_pool_forward=[lambda x, _: max_pool1d_forward(x, 2), lambda x, _: max_pool1d_forward(x, 3)],
        max_pool_backward=[
            _route(lambda _: 2, lambda _: 2),
            _route(lambda _: 3, lambda _: 3),
            _by_twos,
        ],
    ),
    *_mistake(
        "not-divided-by-t",
        "Not divided by t",
        "The mean divides the sum of the t rows by t. So does its backward: each row of x gets `dout / t`, since it "
        "counts for one part in t.",
        PATTERNS,
        global_average_pool_forward=[lambda x: np.sum(x, axis=0)],
        global_average_pool_backward=[lambda dout, x: dout * np.ones(x.shape)],
    ),
    *_mistake(
        "wrong-axis",
        "The wrong axis",
        "Time is the first axis of x (t, c): the mean runs over axis=0 and leaves one number for each of the c "
        "channels. The backward spreads each of them over the rows again.",
        VECTORIZED,
        global_average_pool_forward=[lambda x: np.mean(x, axis=1), np.mean],
        global_average_pool_backward=[
            lambda dout, x: dout[:, None] * np.ones(x.shape) / len(x),
            lambda dout, x: dout[:, None] * np.ones((1, len(x))) / len(x),
        ],
    ),
    *_mistake(
        "wrong-count",
        "Divided by another number than t",
        "The mean is taken over the t rows, so it is t that divides: `x.shape[0]`. The number of channels has nothing "
        "to do with it, nor has the number of all entries.",
        VECTORIZED,
        global_average_pool_forward=[
            lambda x: np.sum(x, axis=0) / x.shape[1],
            lambda x: np.sum(x, axis=0) / x.size,
        ],
        global_average_pool_backward=[
            lambda dout, x: dout * np.ones(x.shape) / x.shape[1],
            lambda dout, x: dout * np.ones(x.shape) / x.size,
        ],
    ),
    *_mistake(
        "not-spread-over-time",
        "dx is not spread over the rows",
        "dx has the shape of x, (t, c): every row took part in the mean, and every row gets `dout / t`. numpy repeats "
        "it where needed: `np.ones(x.shape) * dout / t`.",
        VECTORIZED,
        global_average_pool_backward=[
            lambda dout, x: dout / len(x),
            lambda dout, x: dout[None, :] / len(x),
            lambda dout, _: dout,
        ],
    ),
)
