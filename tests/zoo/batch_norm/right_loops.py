from math import sqrt

import numpy as np


def batchnorm_forward(x, gamma, beta, eps=0.00001):
    m, n = x.shape
    out = np.empty((m, n))
    columns = []
    for j in range(n):
        mean = sum(x[i, j] for i in range(m)) / m
        var = sum((x[i, j] - mean) ** 2 for i in range(m)) / m
        s = sqrt(var + eps)
        h = [(x[i, j] - mean) / s for i in range(m)]
        for i in range(m):
            out[i, j] = gamma[j] * h[i] + beta[j]
        columns.append((h, s, gamma[j]))
    return out, columns


def batchnorm_backward(dout, cache):
    m, n = dout.shape
    dx, dgamma, dbeta = np.zeros((m, n)), [0.0] * n, [0.0] * n
    for j, (h, s, g) in enumerate(cache):
        for i in range(m):
            dgamma[j] += dout[i, j] * h[i]
            dbeta[j] += dout[i, j]
        for i in range(m):
            for k in range(m):
                # how much out[k] changes with x[i]
                local = g / s * ((i == k) - 1 / m - h[i] * h[k] / m)
                dx[i, j] += dout[k, j] * local
    return dx, dgamma, dbeta
