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
    delta = dloss * (o - t) * (1 - o ** 2)
    dweights = [None] * len(weights)
    for i in reversed(range(len(weights))):
        dweights[i] = np.outer(a[i], delta)
        delta = (weights[i] @ delta) * (1 - a[i] ** 2)
    return dweights
