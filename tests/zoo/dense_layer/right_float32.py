import numpy as np


def dense_forward(a_prev, W, b):
    a_prev, W, b = (v.astype(np.float32) for v in (a_prev, W, b))
    a = 1 / (1 + np.exp(-(W @ a_prev + b)))
    return a, (a_prev, W, a)


def dense_backward(da, cache):
    a_prev, W, a = cache
    dz = da.astype(np.float32) * a * (1 - a)
    return W.T @ dz, dz @ a_prev.T, dz @ np.ones((dz.shape[1], 1), np.float32)
