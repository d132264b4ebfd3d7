import numpy as np


def mlp_forward(x, weights, t):
    x, t, weights = np.float32(x), np.float32(t), [np.float32(W) for W in weights]
    a = [x]
    for W in weights:
        a.append(1 / (1 + np.exp(-(a[-1] @ W))))
    return np.float32(0.5) * np.square(a[-1] - t).sum(), (a, weights, t)


def mlp_backward(dloss, cache):
    a, weights, t = cache
    da = np.float32(dloss) * (a[-1] - t)
    dweights = []
    for i in range(len(weights), 0, -1):
        dz = da * (a[i] - a[i] ** 2)
        dweights.append(np.einsum("i,j->ij", a[i - 1], dz))
        da = weights[i - 1] @ dz
    return dweights[::-1]
