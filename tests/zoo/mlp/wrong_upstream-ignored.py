import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def mlp_forward(x, weights, t):
    a = [x]
    for W in weights:
        a.append(sigmoid(a[-1] @ W))
    loss = 0.5 * np.sum((a[-1] - t) ** 2)
    return loss, (a, weights, t)


def mlp_backward(dloss, cache):
    a, weights, t = cache
    L = len(weights)
    deltas = [None] * L
    deltas[L - 1] = (a[L] - t) * a[L] * (1 - a[L])
    for i in range(L - 2, -1, -1):
        deltas[i] = np.dot(weights[i + 1], deltas[i + 1]) * a[i + 1] * (1 - a[i + 1])
    return [np.outer(a[i], deltas[i]) for i in range(L)]
