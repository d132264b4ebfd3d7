import numpy as np


def dropout_forward(a, keep_prob):
    mask = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    out = a * mask
    return out, mask


def dropout_backward(dout, cache):
    mask = cache
    if mask is None:
        return dout
    return dout * mask
