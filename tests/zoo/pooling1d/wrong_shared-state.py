import numpy as np


mask = None


def max_pool1d_forward(x, size):
    global mask
    n = len(x) // size
    w = x[:n * size].reshape(n, size, x.shape[1])
    out = w.max(axis=1)
    mask = w == out[:, None]
    return out, x


def max_pool1d_backward(dout, cache):
    dx = np.zeros_like(cache)
    dx[:mask.shape[0] * mask.shape[1]] = (mask * dout[:, None]).reshape(-1, dout.shape[1])
    return dx


def global_average_pool1d_forward(x):
    return np.mean(x, axis=0), x.shape


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    return np.ones((t, c)) * dout / t
