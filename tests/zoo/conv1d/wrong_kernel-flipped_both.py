import numpy as np


def conv1d_forward(x, kernel, bias):
    k, c_in, c_out = kernel.shape
    out = np.zeros((len(x) - k + 1, c_out))
    for c in range(c_out):
        for a in range(c_in):
            out[:, c] += np.convolve(x[:, a], kernel[:, a, c], mode="valid")
        out[:, c] += bias[c]
    return out, (x, kernel)


def conv1d_backward(dout, cache):
    x, kernel = cache
    k, c_in, c_out = kernel.shape
    dx, dkernel = np.zeros(x.shape), np.zeros(kernel.shape)
    for c in range(c_out):
        for a in range(c_in):
            dx[:, a] += np.convolve(dout[:, c], kernel[::-1, a, c], mode="full")
            dkernel[:, a, c] = np.convolve(x[::-1, a], dout[:, c], mode="valid")
    return dx, dkernel, dout.sum(axis=0)
