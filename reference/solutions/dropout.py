"""Dropout, written by hand, and the known mistakes: `assignments/dropout/judges.py` recognises them by experiment."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from reference.solution import Mistake

_DROPOUT: Final = "Neural Networks Part 2: regularization, inverted dropout"
_rng = np.random.default_rng()


def dropout_forward(a: Any, keep_prob: float, train: bool = True) -> tuple[Any, Any]:
    """`a` times a mask of 0 and 1/keep_prob; the cache is the mask, of ones with train=False."""
    mask = (_rng.random(a.shape) < keep_prob) / keep_prob if train else np.ones(a.shape)
    return a * mask, mask


def dropout_backward(dout: Any, cache: Any) -> Any:
    """`dout` times the forward's mask."""
    return dout * cache


_FORWARD: Final = "dropout_forward"
_BACKWARD: Final = "dropout_backward"

MISTAKES = (
    Mistake(
        "not-scaled",
        "Not scaled by 1/keep_prob",
        "Dropping units makes the layer's sum smaller. Inverted dropout divides by keep_prob while training, in the "
        "forward and so in the backward too, and test time needs no change.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "multiplied-by-keep-prob",
        "Multiplied by keep_prob in place of divided",
        "What is left has to grow to make up for what was dropped: divide by keep_prob.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "keep-drop-exchanged",
        "Keep and drop are exchanged",
        "keep_prob is the probability that a unit stays. np.random.rand(...) < keep_prob is true that often; > "
        "keep_prob is true for the rest. A gradient check does not see this.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "normal-in-place-of-uniform",
        "The mask is drawn from normal numbers",
        "np.random.randn gives normal numbers, which are below keep_prob more often than keep_prob says. "
        "np.random.rand is uniform between 0 and 1.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "active-at-test",
        "Dropout is active with train=False",
        "At test time every unit is used and nothing is scaled: the forward is the identity, and so is its backward.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "scaled-at-test",
        "Scaled by keep_prob with train=False",
        "That belongs to dropout without the 1/keep_prob in training. Inverted dropout has scaled already: the "
        "identity is left for test time.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "fixed-mask",
        "The mask is the same in each call",
        "The mask is drawn anew in each call; otherwise the same units are never trained. A seed inside the forward "
        "makes one fixed mask too: seed once, outside.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "mask-shared-along-axis",
        "One mask is shared along an axis",
        "Every unit of every sample is dropped or kept by itself: draw the mask in the shape of a, not of a row or "
        "column of it.",
        _DROPOUT,
        _FORWARD,
    ),
    Mistake(
        "new-mask-in-backward",
        "The backward draws a mask of its own",
        "Gradient flows back through the units that the forward kept, and through no others: keep the mask in the "
        "cache.",
        _DROPOUT,
        _BACKWARD,
    ),
    Mistake(
        "mask-not-applied-in-backward",
        "The mask is not applied in the backward",
        "A dropped unit's output is 0 whatever its input is, so its gradient is 0: multiply dout by the forward's "
        "mask.",
        _DROPOUT,
        _BACKWARD,
    ),
    Mistake(
        "upstream-ignored",
        "The upstream gradient dout is ignored",
        "The local gradient is mask/keep_prob; the chain rule multiplies it by dout.",
        _DROPOUT,
        _BACKWARD,
    ),
)
