"""The inputs that the layers are called with: what the course's own tests miss is among them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from grader.assignment import Inputs, Rng, apart

Array = np.ndarray[Any, Any]

GAP: Final = 0.3
"""How far scores stay from a kink of the SVM's loss."""


def affines(rng: Rng) -> list[Inputs]:
    """Samples of one to three axes, a single sample, a single unit, and a square batch."""
    shapes = (((4, 5), 3), ((3, 2, 3), 4), ((2, 3, 2, 2), 3), ((1, 4), 2), ((5, 1), 1), ((3, 3), 3), ((6, 2, 2), 2))
    return [
        (rng.normal(size=x), rng.normal(size=(int(np.prod(x[1:])), units)), apart(rng, units)) for x, units in shapes
    ]


def relus(rng: Rng) -> list[Inputs]:
    """Arrays of one to four axes, clear of 0."""
    return [(apart(rng, shape),) for shape in ((9,), (4, 5), (1, 6), (5, 1), (3, 2, 4), (2, 3, 3, 2))]


def scores(rng: Rng) -> list[Inputs]:
    """Scores and labels: more classes than samples, fewer, a single sample, as many."""
    return [_scored(rng, m, c) for m, c in ((4, 3), (1, 6), (3, 7), (8, 2), (5, 5), (2, 4))]


def _scored(rng: Rng, m: int, c: int) -> Inputs:
    """Scores in which some margins of each batch are positive and some are not, by twos and more, none near 0."""
    while True:
        x, y = 2.0 * rng.normal(size=(m, c)), rng.integers(c, size=m)
        margins = x - x[np.arange(m), y][:, None] + 1.0
        wrong = np.arange(c) != y[:, None]
        positive = (margins > 0) & wrong
        without_delta = np.where(wrong, margins - 1.0, GAP)
        near = np.abs(np.where(wrong, margins, GAP)).min() < GAP or np.abs(without_delta).min() < GAP
        if not near and positive.any() and (positive.sum(axis=1).max() > 1 or c == 2) and (wrong & ~positive).any():
            return x, y


def extreme_scores(rng: Rng) -> list[Inputs]:
    """Scores near 1000 and -1000: in all entries, in some of them, and in one row beside others."""
    rows = np.stack([rng.normal(size=4) + shift for shift in (1000.0, 0.0, -1000.0)])
    spikes = rng.normal(size=(2, 5))
    spikes[0, 1], spikes[1, 3] = 1000.0, -1000.0
    return [
        (rng.normal(size=(3, 4)) + 1000.0, rng.integers(4, size=3)),
        (rng.normal(size=(3, 4)) - 1000.0, rng.integers(4, size=3)),
        (rows, rng.integers(4, size=3)),
        (spikes, np.array([2, 3])),
        (spikes, np.array([1, 0])),
    ]


def normalised(rng: Rng, shape: tuple[int, int], axis: int) -> Array:
    """Entries whose variances along `axis` are 0.02 to 0.1 in one half and about 4 in the other."""
    count = shape[1 - axis]
    deviations = np.where(np.arange(count) % 2 == 0, rng.uniform(0.15, 0.3, count), rng.uniform(1.5, 2.5, count))
    centres = apart(rng, count, 0.5, 1.0)
    drawn = rng.normal(size=shape)
    if shape[axis] > 1:
        drawn -= drawn.mean(axis=axis, keepdims=True)
        drawn /= drawn.std(axis=axis, keepdims=True)
    return np.asarray(drawn * np.expand_dims(deviations, axis) + np.expand_dims(centres, axis))


def batchnorms(rng: Rng) -> list[Inputs]:
    """Batches in train mode, with and without eps, momentum and running values; a single sample and a square."""
    params: tuple[tuple[tuple[int, int], dict[str, Any]], ...] = (
        ((6, 3), {}),
        ((5, 4), {"eps": 1e-3}),
        ((4, 4), {"eps": 1e-5, "momentum": 0.8}),
        ((7, 2), {"eps": 1e-2, "momentum": 0.9, "running_mean": rng.normal(size=2), "running_var": 1 + rng.random(2)}),
        ((3, 5), {"momentum": 0.7}),
        ((1, 12), {}),
    )
    return [
        (normalised(rng, shape, 0), apart(rng, shape[1], 0.4), apart(rng, shape[1], 0.4), {"mode": "train", **param})
        for shape, param in params
    ]


def layernorms(rng: Rng) -> list[Inputs]:
    """Batches with and without eps; a single sample, a single feature and a square."""
    shapes: tuple[tuple[tuple[int, int], dict[str, Any]], ...] = (
        ((4, 5), {}),
        ((3, 6), {"eps": 1e-3}),
        ((4, 4), {}),
        ((5, 3), {"eps": 1e-2}),
        ((1, 6), {}),
        ((30, 1), {}),
    )
    return [
        (normalised(rng, shape, 1), apart(rng, shape[1], 0.4), apart(rng, shape[1], 0.4), param)
        for shape, param in shapes
    ]


CONVOLUTIONS: Final = (
    ((2, 3, 5, 7), (4, 3, 3), 1, 1),
    ((2, 2, 5, 6), (3, 3, 2), 1, 0),
    ((2, 2, 5, 7), (3, 3, 3), 2, 1),
    ((1, 2, 6, 7), (2, 2, 3), 2, 0),
    ((2, 1, 4, 3), (2, 3, 2), 1, 2),
    ((3, 2, 4, 5), (2, 2, 3), 2, 2),
    ((2, 2, 4, 7), (1, 1, 1), 3, 0),
)
"""Shape of x, (filters, height, width), stride, pad: nothing is left over at the edges."""


def convolutions(rng: Rng) -> list[Inputs]:
    """Images and filters that are not square, with pads of 0, 1 and 2 and strides of 1, 2 and 3."""
    return [
        (
            rng.normal(size=x),
            rng.normal(size=(filters[0], x[1], *filters[1:])),
            apart(rng, filters[0]),
            {"stride": stride, "pad": pad},
        )
        for x, filters, stride, pad in CONVOLUTIONS
    ]


POOLS: Final = (
    ((2, 3, 4, 6), 2, 2, 2),
    ((2, 2, 5, 4), 3, 2, 1),
    ((1, 2, 5, 7), 3, 3, 2),
    ((2, 1, 6, 5), 2, 3, 2),
    ((2, 2, 6, 9), 3, 3, 3),
    ((1, 2, 5, 8), 2, 2, 3),
    ((1, 1, 3, 2), 1, 1, 1),
)
"""Shape of x, height and width of the window, stride: windows overlap, touch, and leave gaps."""


def pools(rng: Rng) -> list[Inputs]:
    """Images without ties: the entries of each are evenly spaced and shuffled."""
    return [
        (_spaced(rng, x), {"pool_height": height, "pool_width": width, "stride": stride})
        for x, height, width, stride in POOLS
    ]


def _spaced(rng: Rng, shape: tuple[int, ...]) -> Array:
    count = int(np.prod(shape))
    ranks: Array = rng.permutation(count).reshape(shape)
    return (ranks - 0.5 * count + 0.25 + 0.4 * rng.random()) * (0.2 + 0.1 * rng.random())
