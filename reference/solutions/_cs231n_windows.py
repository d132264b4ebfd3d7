"""Convolution and max pooling of cs231n_layers: forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, PATTERNS, VECTORIZED

_CONVOLUTION: Final = "Convolutional networks: the convolutional layer"
_POOLING: Final = "Convolutional networks: the pooling layer"

Rule = Callable[..., Any]


def conv_forward_naive(x: Any, w: Any, b: Any, conv_param: Any) -> Any:
    """Each filter of w (f, c, hh, ww) slid over x (n, c, h, w), padded with zeros, plus b (f,)."""
    return _conv(x, w, b, conv_param["stride"], conv_param["pad"])


def max_pool_forward_naive(x: Any, pool_param: Any) -> Any:
    """The largest entry of each window of x (n, c, h, w)."""
    return _pool(x, *_windows(pool_param))


def _places(length: int, window: int, stride: int) -> int:
    """How many windows fit. Raises ValueError for none, as numpy does for an array of negative size."""
    count = 1 + (length - window) // stride
    if count < 1:
        raise ValueError("no window fits")
    return count


def _conv(x: Any, w: Any, b: Any, stride: int, pad: int) -> Any:
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.reshape(b, (1, -1, 1, 1))
    for i, j, window in _slices(padded.shape, w.shape[2:], stride):
        out = out + np.einsum("nchw,fc->nfhw", padded[window], w[:, :, i, j])
    return out


def _pool(x: Any, height: int, width: int, stride: int) -> Any:
    return np.max(np.stack([x[window] for _, _, window in _slices(x.shape, (height, width), stride)]), axis=0)


def _slices(shape: Any, size: Any, stride: int) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """For each place (i, j) in a window, what of the image lies there in all windows."""
    rows, columns = (_places(n, k, stride) for n, k in zip(shape[2:], size, strict=True))
    for i in range(size[0]):
        for j in range(size[1]):
            down, across = (slice(o, o + stride * (n - 1) + 1, stride) for o, n in ((i, rows), (j, columns)))
            yield i, j, (slice(None), slice(None), down, across)


def _windows(param: Any) -> tuple[int, int, int]:
    return param["pool_height"], param["pool_width"], param["stride"]


# --- convolution by mistake -------------------------------------------------------------------------------------------

Change = Callable[[int, int], tuple[int, int]]
"""The stride and the padding that are used, from those that are given."""


def _used(change: Change) -> Rule:
    """A forward with another stride or padding throughout: the output's shape follows."""
    return lambda x, w, b, param: _conv(x, w, b, *change(param["stride"], param["pad"]))


def _moved(change: Change) -> Rule:
    """A forward whose output has the right shape and whose windows lie elsewhere. Raises ValueError where some lie
    outside the image.
    """

    def forward(x: Any, w: Any, b: Any, param: Any) -> Any:
        stride, pad = param["stride"], param["pad"]
        rows, columns = (_places(n + 2 * pad, k, stride) for n, k in zip(x.shape[2:], w.shape[2:], strict=True))
        out = _conv(x, w, b, *change(stride, pad))
        if out.shape[2] < rows or out.shape[3] < columns:
            raise ValueError("a window lies outside")
        return out[:, :, :rows, :columns]

    return forward


def _conv_backward(
    dx: Rule | None = None, dw: Rule | None = None, db: Rule | None = None, step: int | None = None
) -> Rule:
    """A backward with other rules; `step` is the stride at which its windows lie, where that is not the given one."""

    def backward(dout: Any, x: Any, w: Any, _b: Any, param: Any) -> Any:
        stride, pad = step or param["stride"], param["pad"]
        made = (dx or _dx)(dout, x, w, stride, pad)
        return made, (dw or _dw)(dout, x, w, stride, pad), db(dout) if db else dout.sum(axis=(0, 2, 3))

    return backward


def _padded(x: Any, pad: int) -> Any:
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _at(dout: Any, w: Any, stride: int) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """Each place of the output with its window in the padded image."""
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            down, across = i * stride, j * stride
            yield i, j, (slice(None), slice(None), slice(down, down + w.shape[2]), slice(across, across + w.shape[3]))


def _dx_padded(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    dx = np.zeros(_padded(x, pad).shape)
    for i, j, window in _at(dout, w, stride):
        dx[window] += np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
    return dx


def _dw(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    dw, padded = np.zeros(w.shape), _padded(x, pad)
    for i, j, window in _at(dout, w, stride):
        dw += np.einsum("nf,ncij->fcij", dout[:, :, i, j], padded[window])
    return dw


def _cropped(dx: Any, pad: int) -> Any:
    return dx[:, :, pad:-pad, pad:-pad] if pad else dx


def _dx(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    return _cropped(_dx_padded(dout, x, w, stride, pad), pad)


def _dx_by_minus_pad(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    """Cropped by pad:-pad, which is nothing at all for a pad of 0."""
    return _dx_padded(dout, x, w, stride, pad)[:, :, pad:-pad, pad:-pad]


def _dx_assigned(dout: Any, x: Any, w: Any, stride: int, pad: int, *, filters: bool = False) -> Any:
    """The last window wins; with `filters`, the last filter too."""
    if filters:
        dout, w = dout[:, -1:], w[-1:]
    dx = np.zeros(_padded(x, pad).shape)
    for i, j, window in _at(dout, w, stride):
        dx[window] = np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
    return _cropped(dx, pad)


def _dx_last_filter(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    return _dx_assigned(dout, x, w, stride, pad, filters=True)


def _dw_assigned(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    """The last window of the last sample."""
    return _dw_last_window(dout[-1:], x[-1:], w, stride, pad)


def _dw_last_window(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    *_, (i, j, window) = _at(dout, w, stride)
    return np.einsum("nf,ncij->fcij", dout[:, :, i, j], _padded(x, pad)[window])


def _dw_last_sample(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    return _dw(dout[-1:], x[-1:], w, stride, pad)


def _dw_unpadded(dout: Any, x: Any, w: Any, stride: int, _pad: int) -> Any:
    """Raises ValueError where a window is cut off."""
    dw = np.zeros(w.shape)
    for i, j, window in _at(dout, w, stride):
        dw += np.einsum("nf,ncij->fcij", dout[:, :, i, j], x[window])
    return dw


def _dx_flipped(dout: Any, x: Any, w: Any, stride: int, pad: int) -> Any:
    return _cropped(_dx_padded(dout, x, w[:, :, ::-1, ::-1], stride, pad), pad)


# --- pooling by mistake -----------------------------------------------------------------------------------------------


def _pooled(change: Callable[[int, int, int], tuple[int, int, int]]) -> Rule:
    """A pooling with another window or stride throughout."""
    return lambda x, param: _pool(x, *change(*_windows(param)))


def _pooled_moved(change: Callable[[int, int, int], tuple[int, int, int]]) -> Rule:
    """Of the right shape, with another window or stride. Raises ValueError where that is not to be had."""

    def forward(x: Any, param: Any) -> Any:
        rows, columns = (_places(n, k, param["stride"]) for n, k in zip(x.shape[2:], _windows(param), strict=False))
        out = _pool(x, *change(*_windows(param)))
        if out.shape[2] < rows or out.shape[3] < columns:
            raise ValueError("a window lies outside")
        return out[:, :, :rows, :columns]

    return forward


def _pooled_by_stride(x: Any, param: Any) -> Any:
    """Of the right shape, with windows as large as the stride, cut off where the image ends."""
    size = param["stride"]
    rows, columns = (_places(n, k, size) for n, k in zip(x.shape[2:], _windows(param), strict=False))
    blocks = [
        [x[:, :, size * i : size * (i + 1), size * j : size * (j + 1)] for j in range(columns)] for i in range(rows)
    ]
    return np.stack([np.stack([block.max(axis=(2, 3)) for block in row], axis=2) for row in blocks], axis=2)


def _pool_backward(fill: Rule, change: Callable[[int, int, int], tuple[int, int, int]] = lambda *given: given) -> Rule:
    """A backward that does fill(dx, the window's place in dx, its mask, dout there) for each window."""

    def backward(dout: Any, x: Any, param: Any) -> Any:
        height, width, stride = change(*_windows(param))
        dx = np.zeros(x.shape)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                down, across = i * stride, j * stride
                place = (slice(None), slice(None), slice(down, down + height), slice(across, across + width))
                mask = x[place] == x[place].max(axis=(2, 3), keepdims=True)
                fill(dx, place, mask, dout[:, :, i, j, None, None])
        return dx

    return backward


def _fill(dx: Any, place: Any, mask: Any, dout: Any) -> None:
    dx[place] += mask * dout


def _fill_assigned(dx: Any, place: Any, mask: Any, dout: Any) -> None:
    dx[place] = mask * dout


def _fill_maxima(dx: Any, place: Any, mask: Any, dout: Any) -> None:
    dx[place] = np.where(mask, dout, dx[place])


def _fill_all(dx: Any, place: Any, _mask: Any, dout: Any) -> None:
    dx[place] += dout


def _fill_evenly(dx: Any, place: Any, mask: Any, dout: Any) -> None:
    dx[place] += dout / (mask.shape[2] * mask.shape[3])


def _fill_without_dout(dx: Any, place: Any, mask: Any, _dout: Any) -> None:
    dx[place] += mask


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant of each function."""
    return [
        Mistake(name, title, reason, read, f"{function}_naive", predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


_TWO: Final = (
    lambda _height, _width, _stride: (2, 2, 2),
    lambda _height, _width, stride: (2, 2, stride),
)

MISTAKES = (
    *_mistake(
        "pad-written-in",
        "The padding is a number of the code's own",
        "`conv_param['pad']` says how many rows and columns of zeros go around the image: with 1 written in, or with "
        "none at all, only one setting comes out right, and it is the one that is easily tried.",
        _CONVOLUTION,
        conv_forward=[
            rule(change)
            for change in (lambda stride, _: (stride, 1), lambda stride, _: (stride, 0))
            for rule in (_used, _moved)
        ],
        conv_backward=[
            _conv_backward(
                dx=lambda dout, x, w, stride, pad: _dx_padded(dout, x, w, stride, pad)[:, :, 1:-1, 1:-1],
            ),
            _conv_backward(
                dx=lambda dout, x, w, stride, _: _cropped(_dx_padded(dout, x, w, stride, 1), 1),
                dw=lambda dout, x, w, stride, _: _dw(dout, x, w, stride, 1),
            ),
        ],
    ),
    *_mistake(
        "stride-written-in",
        "The stride is ignored",
        "Window (i, j) starts at row `i * stride` and column `j * stride` of the padded image, in the forward and in "
        "the backward alike. With a stride of 1 nobody notices.",
        _CONVOLUTION,
        conv_forward=[
            rule(change) for change in (lambda _, pad: (1, pad), lambda _, pad: (2, pad)) for rule in (_used, _moved)
        ],
        conv_backward=[_conv_backward(step=1)],
    ),
    *_mistake(
        "kernel-flipped",
        "The filter is flipped",
        "These networks' convolution is a correlation: entry (i, j) of the filter meets entry (i, j) of the window, "
        "without turning it round, in the forward and in the backward.",
        _CONVOLUTION,
        conv_forward=[lambda x, w, b, param: conv_forward_naive(x, w[:, :, ::-1, ::-1], b, param)],
        conv_backward=[_conv_backward(dx=_dx_flipped)],
    ),
    *_mistake(
        "bias-missing",
        "The bias is not added",
        "Each unit or channel has a bias that is added to all of its entries: `+ b` lines it up with the last axis, "
        "`b[f]` with the channel f of a convolution.",
        PATTERNS,
        conv_forward=[lambda x, w, b, param: conv_forward_naive(x, w, 0 * b, param)],
    ),
    *_mistake(
        "bias-repeated",
        "The bias is added once too often",
        "Each entry of out holds its filter's bias once: inside the loop over channels it is added again each time "
        "round.",
        PATTERNS,
        conv_forward=[lambda x, w, b, param: conv_forward_naive(x, w, w.shape[1] * b, param)],
    ),
    *_mistake(
        "windows-not-accumulated",
        "Assigned, where contributions add up",
        "Each entry of x lies in several windows and meets every filter, and all windows and samples share w: their "
        "contributions add up. `=` keeps the last one: start from zeros and use `+=`.",
        PATTERNS,
        conv_backward=[
            _conv_backward(dx=_dx_assigned, dw=_dw_assigned, db=lambda dout: dout[-1].sum(axis=(1, 2))),
            _conv_backward(dx=_dx_last_filter, dw=_dw_last_window, db=lambda dout: dout[:, :, -1, -1].sum(axis=0)),
            _conv_backward(dw=_dw_last_sample, db=lambda dout: dout[-1, :, -1, -1]),
        ],
        max_pool_backward=[_pool_backward(_fill_assigned), _pool_backward(_fill_maxima)],
    ),
    *_mistake(
        "db-not-summed",
        "db is not the sum of dout over the samples",
        "The bias was added to every sample (and, in a convolution, at every place): its gradient is the plain sum of "
        "dout over all of them. Nothing is averaged, and the shape is that of b.",
        VECTORIZED,
        conv_backward=[
            _conv_backward(db=lambda dout: dout.sum(axis=0)),
            _conv_backward(db=lambda dout: dout.sum(axis=(2, 3))),
            _conv_backward(db=lambda dout: dout.sum()),
            _conv_backward(db=lambda dout: dout.sum(axis=(0, 1, 2))),
            _conv_backward(db=lambda dout: dout.mean(axis=(0, 2, 3))),
        ],
    ),
    *_mistake(
        "empty-at-pad-0",
        "Cropping by pad:-pad leaves nothing at pad 0",
        "`dx[:, :, pad:-pad, pad:-pad]` is empty for pad = 0, as -0 is 0: cut out `pad:pad + H` and `pad:pad + W`.",
        VECTORIZED,
        conv_backward=[_conv_backward(dx=_dx_by_minus_pad)],
    ),
    *_mistake(
        "padding-kept",
        "dx still has the padding around it",
        "The zeros that were put around x are no part of it: cut out the rows and columns `pad:pad + H` and "
        "`pad:pad + W`, so that dx has the shape of x.",
        VECTORIZED,
        conv_backward=[_conv_backward(dx=_dx_padded)],
    ),
    *_mistake(
        "unpadded-x-in-dw",
        "dw is made with x before padding",
        "The filter met the padded image, so dw is made of its windows: keep the padded x, or pad again in the "
        "backward.",
        CHAIN_RULE,
        conv_backward=[_conv_backward(dw=_dw_unpadded)],
    ),
    *_mistake(
        "window-written-in",
        "The window is always 2 by 2",
        "pool_height, pool_width and stride come with `pool_param`: with 2 written in, or by splitting the image into "
        "blocks of 2, only one setting comes out right, and it is the one that is easily tried.",
        _POOLING,
        max_pool_forward=[rule(change) for change in _TWO for rule in (_pooled, _pooled_moved)],
        max_pool_backward=[_pool_backward(_fill, change) for change in _TWO],
    ),
    *_mistake(
        "stride-is-window",
        "The stride is taken to be the window's size",
        "Windows start every `stride` rows and columns: they may overlap, or leave gaps, where the stride is not the "
        "window's own height or width.",
        _POOLING,
        max_pool_forward=[
            rule(change)
            for change in (lambda h, w, _: (h, w, h), lambda h, w, _: (h, w, w), lambda h, w, _: (h, w, 1))
            for rule in (_pooled, _pooled_moved)
        ],
        max_pool_backward=[
            _pool_backward(_fill, change)
            for change in (lambda h, w, _: (h, w, h), lambda h, w, _: (h, w, w), lambda h, w, _: (h, w, 1))
        ],
    ),
    *_mistake(
        "window-is-stride",
        "The window is taken to be as large as the stride",
        "Window (i, j) starts at row `i * stride` and ends `pool_height` rows further down, not at `(i + 1) * stride`: "
        "the two agree only where windows touch without overlap.",
        _POOLING,
        max_pool_forward=[_pooled_by_stride],
        max_pool_backward=[_pool_backward(_fill, lambda _height, _width, s: (s, s, s))],
    ),
    *_mistake(
        "height-width-exchanged",
        "Height and width are exchanged",
        "The last two axes are height and width in this order: pool_height goes with `x.shape[2]`, pool_width with "
        "`x.shape[3]`. With square windows and images nobody notices.",
        _POOLING,
        max_pool_forward=[rule(lambda h, w, s: (w, h, s)) for rule in (_pooled, _pooled_moved)],
        max_pool_backward=[_pool_backward(_fill, lambda h, w, s: (w, h, s))],
    ),
    *_mistake(
        "gradient-to-every-entry",
        "The gradient goes to every entry of the window",
        "A max gate routes the whole gradient to the entry that was largest: the others did not reach the output and "
        "get 0.",
        PATTERNS,
        max_pool_backward=[_pool_backward(_fill_all), _pool_backward(_fill_evenly)],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient is ignored",
        "It is right only for an upstream gradient of 1: the chain rule multiplies each local gradient by it.",
        CHAIN_RULE,
        max_pool_backward=[_pool_backward(_fill_without_dout)],
    ),
)
