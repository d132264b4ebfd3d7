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
    n = len(dout)
    dx = np.zeros(x.shape)
    for i in range(n):
        dx[i:i + kernel.shape[0]] += kernel.dot(dout[i])
    dkernel = np.array([np.einsum("na,nc->ca", x[o:o + n], dout) for o in range(kernel.shape[0])])
    return dx, dkernel, dout.sum(axis=0)
