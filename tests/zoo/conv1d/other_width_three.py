import numpy as np


def conv1d_forward(x, kernel, bias):
    n = len(x) - 2
    out = x[:n] @ kernel[0] + x[1:n + 1] @ kernel[1] + x[2:] @ kernel[2] + bias
    return out, (x, kernel)


def conv1d_backward(dout, cache):
    x, kernel = cache
    n = len(x) - 2
    dx = np.zeros(x.shape)
    dx[:n] += dout @ kernel[0].T
    dx[1:n + 1] += dout @ kernel[1].T
    dx[2:] += dout @ kernel[2].T
    dkernel = np.array([x[:n].T @ dout, x[1:n + 1].T @ dout, x[2:].T @ dout])
    return dx, dkernel, dout.sum(axis=0)
