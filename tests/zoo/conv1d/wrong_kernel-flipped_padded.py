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
    k = kernel.shape[0]
    padded = np.pad(dout, ((k - 1, k - 1), (0, 0)))
    dx = np.array([np.einsum("kc,kac->a", padded[i:i + k], kernel) for i in range(x.shape[0])])
    dkernel = np.array([x[o:o + dout.shape[0]].T @ dout for o in range(k)])
    return dx, dkernel, dout.sum(axis=0)
