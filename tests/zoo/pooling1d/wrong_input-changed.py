import numpy as np


def max_pool1d_forward(x, size):
    t, c = x.shape
    n = t // size
    out = np.zeros((n, c))
    arg = np.zeros((n, c), dtype=int)
    for i in range(n):
        for j in range(c):
            arg[i, j] = i * size + np.argmax(x[i * size:(i + 1) * size, j])
            out[i, j] = x[arg[i, j], j]
    return out, (x, arg)


def max_pool1d_backward(dout, cache):
    dx, arg = cache
    dx *= 0
    for i in range(arg.shape[0]):
        for j in range(arg.shape[1]):
            dx[arg[i, j], j] = dout[i, j]
    return dx


def global_average_pool1d_forward(x):
    return np.mean(x, axis=0), x.shape


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    return np.ones((t, c)) * dout / t
