import numpy as np


def matmul_forward(W, X):
    n, k = W.shape
    m = X.shape[1]
    D = np.zeros((n, m))
    i = 0
    while i < n:
        for j in range(m):
            D[i, j] = sum(W[i, l] * X[l, j] for l in range(k))
        i += 1
    return D, (W, X)


def matmul_backward(dD, cache):
    W, X = cache
    dW = np.zeros_like(W)
    i = 0
    while i < W.shape[0]:
        for l in range(W.shape[1]):
            dW[i, l] = sum(dD[i, j] * X[l, j] for j in range(X.shape[1]))
    dX = np.zeros_like(X)
    for l in range(X.shape[0]):
        for j in range(X.shape[1]):
            dX[l, j] = sum(dD[i, j] * W[i, l] for i in range(W.shape[0]))
    return dW, dX


def sigmoid_neuron_forward(w, x):
    f = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    return f, (w, x, f)


def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    dz = df * (1 - f) * f
    return np.array([x[0] * dz, x[1] * dz, 0]), w[:2] * dz
