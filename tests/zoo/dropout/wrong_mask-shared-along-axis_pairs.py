import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    m = np.repeat(np.random.rand((a.shape[0] + 1) // 2, *a.shape[1:]), 2, axis=0)[: a.shape[0]] < keep_prob
    return a * m / keep_prob, (m, keep_prob)


def dropout_backward(d, c):
    if c is None:
        return d
    return d * c[0] / c[1]
