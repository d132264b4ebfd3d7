import numpy as np


def max_pool1d_forward(x, size):
    x = np.float32(x)
    n = x.shape[0] // size
    windows = x[:n * size].reshape(n, size, -1)
    out = windows.max(axis=1)
    mask = windows == out[:, None, :]
    return out, (mask, x.shape)


def max_pool1d_backward(dout, cache):
    mask, shape = cache
    dx = np.zeros(shape, dtype="f4")
    dx[:mask.shape[0] * mask.shape[1]] = (mask * dout[:, None, :]).reshape(-1, shape[1])
    return dx


def global_average_pool1d_forward(x):
    return np.float32(x).mean(axis=0), x.shape


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    return np.ones((t, 1), "f4") @ np.float32(dout)[None] / t
