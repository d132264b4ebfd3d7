import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return [a, None]
    m = np.random.rand(*a.shape) < keep_prob
    return [list(a * m / keep_prob), m / keep_prob]


def dropout_backward(d, m):
    if m is None:
        return d
    return list(d * m)
