import numpy as np


def conv1d_forward(x, kernel, bias):
    k = kernel.shape[0]
    n = x.shape[0] - k + 1
    out = np.zeros((n, kernel.shape[2]))
    for o in range(k):
        out += x[o:o + n] @ kernel[o]
    out += bias
    return out, (x, kernel)


def conv1d_backward(dout, cache):
    x, kernel = cache
    n = dout.shape[0]
    dx = np.zeros(x.shape)
    dkernel = np.zeros(kernel.shape)
    for o in range(kernel.shape[0]):
        dx[o:o + n] += dout @ kernel[o].T
        dkernel[o] = dout.T @ x[o:o + n]
    dbias = dout.sum(axis=0)
    return dx, dkernel, dbias
