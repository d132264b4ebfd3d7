import numpy as np


def conv1d_forward(x, kernel, bias):
    t, c_in = x.shape
    k, _, c_out = kernel.shape
    out = np.zeros((t - k + 1, c_out))
    for i in range(t - k + 1):
        for c in range(c_out):
            out[i, c] = bias[c]
            for o in range(k):
                for a in range(c_in):
                    out[i, c] += x[i + o, a] * kernel[o, a, c]
    cache = {"x": x, "kernel": kernel}
    return out, cache


def conv1d_backward(dout, cache):
    x, kernel = cache["x"], cache["kernel"]
    k, c_in, c_out = kernel.shape
    dx = np.zeros(x.shape)
    dkernel = np.zeros(kernel.shape)
    dbias = np.zeros(c_out)
    for i in range(len(dout)):
        for c in range(c_out):
            dbias[c] = dout[i, c]
            for o in range(k):
                for a in range(c_in):
                    dx[i + o, a] = kernel[o, a, c] * dout[i, c]
                    dkernel[o, a, c] = x[i + o, a] * dout[i, c]
    return dx, dkernel, dbias
