import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def mlp_forward(x, weights, t):
    a, zs = [x], []
    for W in weights:
        zs.append(a[-1] @ W)
        a.append(sigmoid(zs[-1]))
    loss = 0.5 * np.sum((a[-1] - t) ** 2)
    return loss, (a, zs, weights, t)


def mlp_backward(dloss, cache):
    a, zs, weights, t = cache
    delta = dloss * (a[-1] - t) * zs[-1] * (1 - zs[-1])
    dweights = [np.outer(a[-2], delta)]
    for i in range(len(weights) - 1, 0, -1):
        delta = (weights[i] @ delta) * zs[i - 1] * (1 - zs[i - 1])
        dweights.insert(0, np.outer(a[i - 1], delta))
    return dweights
