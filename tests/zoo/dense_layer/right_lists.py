from math import exp


def dense_forward(a_prev, W, b):
    n, n_prev, m = len(W), len(a_prev), len(a_prev[0])
    a = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            z = b[i][0] + sum(W[i][k] * a_prev[k][j] for k in range(n_prev))
            a[i][j] = 1 / (1 + exp(-z))
    return a, (a_prev.tolist(), W.tolist(), a)


def dense_backward(da, cache):
    a_prev, W, a = cache
    n, n_prev, m = len(W), len(a_prev), len(a_prev[0])
    dz = [[float(da[i][j]) * a[i][j] * (1 - a[i][j]) for j in range(m)] for i in range(n)]
    da_prev = [[sum(W[i][k] * dz[i][j] for i in range(n)) for j in range(m)] for k in range(n_prev)]
    dW = [[sum(dz[i][j] * a_prev[k][j] for j in range(m)) for k in range(n_prev)] for i in range(n)]
    db = [[sum(dz[i])] for i in range(n)]
    return [da_prev, dW, db]
