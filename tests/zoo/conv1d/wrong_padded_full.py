import numpy as np


def conv1d_forward(x, kernel, bias):
    k, c_in, c_out = kernel.shape
    columns = []
    for c in range(c_out):
        column = bias[c]
        for a in range(c_in):
            column = column + np.correlate(x[:, a], kernel[:, a, c], "full")
        columns.append(column)
    return np.stack(columns, axis=1), (x, kernel)


def conv1d_backward(dout, cache):
    x, kernel = cache
    n = dout.shape[0]
    dx = np.zeros(x.shape)
    dkernel = np.zeros(kernel.shape)
    for o in range(kernel.shape[0]):
        dx[o:o + n] += dout @ kernel[o].T
        dkernel[o] = x[o:o + n].T @ dout
    dbias = dout.sum(axis=0)
    return dx, dkernel, dbias
