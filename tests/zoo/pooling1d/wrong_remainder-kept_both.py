import numpy as np


def max_pool1d_forward(x, size):
    out = [x[i:i + size].max(axis=0) for i in range(0, x.shape[0], size)]
    return np.array(out), (x, size)


def max_pool1d_backward(dout, cache):
    x, size = cache
    dx = np.zeros(x.shape)
    for i in range(0, x.shape[0], size):
        window = x[i:i + size]
        dx[i:i + size] = (window == window.max(axis=0)) * dout[i // size]
    return dx


def global_average_pool1d_forward(x):
    return np.mean(x, axis=0), x.shape


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    return np.ones((t, c)) * dout / t
