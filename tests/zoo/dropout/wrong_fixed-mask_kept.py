import numpy as np


masks = {}


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    if (a.shape, keep_prob) not in masks:
        masks[a.shape, keep_prob] = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    mask = masks[a.shape, keep_prob]
    out = a * mask
    return out, mask


def dropout_backward(dout, cache):
    mask = cache
    if mask is None:
        return dout
    return dout * mask
