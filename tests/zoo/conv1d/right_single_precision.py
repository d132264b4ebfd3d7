import numpy as np


def conv1d_forward(x, kernel, bias):
    x, kernel, bias = (a.astype(np.float32) for a in (x, kernel, bias))
    k = kernel.shape[0]
    n = x.shape[0] - k + 1
    out = np.zeros((n, kernel.shape[2]), np.float32)
    for o in range(k):
        out += x[o:o + n] @ kernel[o]
    out += bias
    return out, (x, kernel)


def conv1d_backward(dout, cache):
    x, kernel = cache
    dout = dout.astype(np.float32)
    n = dout.shape[0]
    dx = np.zeros(x.shape, np.float32)
    dkernel = np.zeros(kernel.shape, np.float32)
    for o in range(kernel.shape[0]):
        dx[o:o + n] += dout @ kernel[o].T
        dkernel[o] = x[o:o + n].T @ dout
    dbias = dout.sum(axis=0)
    return dx, dkernel, dbias
