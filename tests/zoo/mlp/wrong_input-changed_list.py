import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def mlp_forward(x, weights, t):
    a, used = [x], []
    while len(weights) > 0:
        W = weights.pop(0)
        used.append(W)
        a.append(sigmoid(a[-1] @ W))
    return 0.5 * np.sum((a[-1] - t) ** 2), (a, used, t)


def mlp_backward(dloss, cache):
    a, weights, t = cache
    o = a[-1]
    delta = dloss * (o - t) * o * (1 - o)
    dweights = [None] * len(weights)
    for i in reversed(range(len(weights))):
        dweights[i] = np.outer(a[i], delta)
        delta = (weights[i] @ delta) * a[i] * (1 - a[i])
    return dweights
