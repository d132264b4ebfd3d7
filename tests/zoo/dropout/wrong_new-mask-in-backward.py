import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    mask = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    out = a * mask
    return out, keep_prob


def dropout_backward(dout, cache):
    if cache is None:
        return dout
    mask = (np.random.rand(*dout.shape) < cache) / cache
    return dout * mask
