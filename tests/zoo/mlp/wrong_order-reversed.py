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
    delta = dloss * (a[-1] - t) * a[-1] * (1 - a[-1])
    dweights = [np.outer(a[-2], delta)]
    for i in range(len(weights) - 1, 0, -1):
        delta = (weights[i] @ delta) * a[i] * (1 - a[i])
        dweights.append(np.outer(a[i - 1], delta))
    return dweights
