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
    o = a[-1]
    delta = dloss * 2 * (o - t) * o * (1 - o)
    dweights = [None] * len(weights)
    for i in reversed(range(len(weights))):
        dweights[i] = np.outer(a[i], delta)
        delta = (weights[i] @ delta) * a[i] * (1 - a[i])
    return dweights
