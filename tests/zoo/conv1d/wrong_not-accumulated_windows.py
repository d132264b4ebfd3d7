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
    k = kernel.shape[0]
    dx = np.zeros(x.shape)
    dkernel = np.zeros(kernel.shape)
    for i in range(dout.shape[0]):
        dx[i:i + k] = kernel @ dout[i]
        dkernel += np.einsum("ka,c->kac", x[i:i + k], dout[i])
    return dx, dkernel, dout.sum(axis=0)
