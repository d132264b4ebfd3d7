import numpy as np


last = None


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    global last
    mask = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    last = mask
    out = a * mask
    return out, mask


def dropout_backward(dout, cache):
    mask = cache
    if mask is None:
        return dout
    return dout * last
