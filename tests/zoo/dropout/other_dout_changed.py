import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    mask = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    return a * mask, mask


def dropout_backward(dout, cache):
    if cache is None:
        return dout
    dout *= cache
    return dout
