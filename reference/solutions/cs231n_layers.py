"""The layers of CS231n's second assignment: forwards by kind in files of their own, dropout, and the known mistakes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import _cs231n_dense, _cs231n_norms, _cs231n_windows
from reference.solutions._cs231n_dense import affine_forward, relu_forward, softmax_loss, svm_loss
from reference.solutions._cs231n_norms import batchnorm_changes, batchnorm_forward, layernorm_forward
from reference.solutions._cs231n_windows import conv_forward_naive, max_pool_forward_naive

__all__ = [
    "MISTAKES", "affine_forward", "batchnorm_changes", "batchnorm_forward", "conv_forward_naive", "dropout_backward",
    "dropout_forward", "layernorm_forward", "max_pool_forward_naive", "relu_forward", "softmax_loss", "svm_loss",
]  # fmt: skip

_DROPOUT: Final = "Neural Networks Part 2: regularization, inverted dropout"


def dropout_forward(x: Any, dropout_param: Any) -> tuple[Any, Any]:
    """Inverted dropout, where p is the probability of keeping; the identity in test mode."""
    if dropout_param["mode"] == "test":
        return x, np.ones(x.shape)
    p = dropout_param["p"]
    mask = (np.random.default_rng(dropout_param.get("seed")).random(x.shape) < p) / p
    return x * mask, mask


def dropout_backward(dout: Any, cache: Any) -> Any:
    """`dout` times the forward's mask."""
    return dout * cache


def _dropout(name: str, title: str, reason: str, function: str = "dropout_forward") -> Mistake:
    """A mistake that shows in experiments."""
    return Mistake(name, title, reason, _DROPOUT, function)


MISTAKES = (
    *_cs231n_dense.MISTAKES,
    *_cs231n_norms.MISTAKES,
    *_cs231n_windows.MISTAKES,
    _dropout(
        "not-scaled",
        "Not scaled by the probability of keeping",
        "Dropping units makes the layer's sum smaller. Inverted dropout divides by the probability of keeping while "
        "training, in the forward and so in the backward, and test time needs no change.",
    ),
    _dropout(
        "multiplied-by-keep-probability",
        "Multiplied by the probability of keeping",
        "What is left has to grow to make up for what was dropped: divide the mask by the probability of keeping.",
    ),
    _dropout(
        "keep-drop-exchanged",
        "The mask and its scale take p for different things",
        "p is either the probability of keeping or that of dropping, as your handout says. Here units are kept as if "
        "it were one and scaled as if it were the other. A gradient check does not see this.",
    ),
    _dropout(
        "normal-in-place-of-uniform",
        "The mask is drawn from normal numbers",
        "np.random.randn gives normal numbers, which are below p more often than p says. np.random.rand is uniform "
        "between 0 and 1.",
    ),
    _dropout(
        "mask-shared-along-axis",
        "One mask is shared along an axis",
        "Every unit of every sample is dropped or kept by itself: draw the mask in the shape of x, with "
        "`np.random.rand(*x.shape)`, not of a row or column of it.",
    ),
    _dropout(
        "active-at-test",
        "Dropout is active in test mode",
        "At test time every unit is used and nothing is scaled: the forward is the identity, and so is its backward.",
    ),
    _dropout(
        "scaled-at-test",
        "Scaled by p in test mode",
        "That belongs to dropout without scaling in training. Inverted dropout has scaled already: the identity is "
        "left for test time.",
    ),
    _dropout(
        "mask-not-applied-in-backward",
        "The mask is not applied in the backward",
        "A dropped unit's output is 0 whatever its input is, so its gradient is 0: multiply dout by the forward's "
        "mask.",
        "dropout_backward",
    ),
    _dropout(
        "new-mask-in-backward",
        "The backward draws a mask of its own",
        "Gradient flows back through the units that the forward kept, and through no others: keep the mask in the "
        "cache.",
        "dropout_backward",
    ),
)
