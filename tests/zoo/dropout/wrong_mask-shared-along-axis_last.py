import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    s = a.shape if a.ndim < 3 else a.shape[:2] + (1,)
    m = (np.random.rand(*s) < keep_prob) / keep_prob
    return a * m, m


def dropout_backward(d, m):
    return d if m is None else d * m
