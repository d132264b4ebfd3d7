import numpy as np


def max_pool1d_forward(x, size):
    t, c = x.shape
    out = []
    winners = []
    for start in range(0, t - size + 1, size):
        row, where = [], []
        for j in range(c):
            best, at = 0, start
            for i in range(start, start + size):
                if x[i, j] > best:
                    best, at = x[i, j], i
            row.append(best)
            where.append(at)
        out.append(row)
        winners.append(where)
    return np.array(out), (t, c, winners)


def max_pool1d_backward(dout, cache):
    t, c, winners = cache
    dx = np.zeros((t, c))
    for row, where in zip(dout, winners):
        for j, i in enumerate(where):
            dx[i][j] += row[j]
    return dx


def global_average_pool1d_forward(x):
    t, c = x.shape
    return np.array([sum(x[:, j]) / t for j in range(c)]), (t, c)


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    dx = np.zeros((t, c))
    for i in range(t):
        for j in range(c):
            dx[i, j] = dout[j] / t
    return dx
