import numpy as np


def conv1d_forward(x, kernel, bias):
    t, c_in = x.shape
    k, _, c_out = kernel.shape
    n = t - k + 1
    out = np.zeros((n, c_out))
    for i in range(n):
        for c in range(c_out):
            out[i, c] = np.sum(x[i:i + k] * kernel[:, :, c]) + bias[c]
    return out, (x, kernel, bias)


def conv1d_backward(dout, cache):
    x, kernel, bias = cache
    k, c_in, c_out = kernel.shape
    dx = np.zeros_like(x)
    dkernel = np.zeros_like(kernel)
    dbias = np.mean(dout, axis=0)
    for i in range(dout.shape[0]):
        for c in range(c_out):
            dx[i:i + k] += kernel[:, :, c] * dout[i, c]
            dkernel[:, :, c] += x[i:i + k] * dout[i, c]
    return dx, dkernel, dbias
