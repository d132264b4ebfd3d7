import numpy as np


def max_pool1d_forward(x, size):
    t, c = x.shape
    n = t // size
    out = np.zeros((n, c))
    for i in range(n):
        out[i] = np.max(x[i * size:(i + 1) * size], axis=0)
    return out, (x, size)


def max_pool1d_backward(dout, cache):
    x, size = cache
    dx = np.zeros(x.shape)
    for start in range(0, x.shape[0], size):
        window = x[start:start + size]
        i = min(start // size, dout.shape[0] - 1)
        dx[start:start + size] = (window == window.max(axis=0)) * dout[i]
    return dx


def global_average_pool1d_forward(x):
    return np.mean(x, axis=0), x.shape


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    return np.ones((t, c)) * dout / t
