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
    delta = (a[L] - t) * a[L] * (1 - a[L]) * dloss
    dweights = [np.outer(a[L - 1], delta)]
    for i in range(L - 2, -1, -1):
        delta = delta @ weights[i + 2].T * a[i + 1] * (1 - a[i + 1])
        dweights = [np.outer(a[i], delta)] + dweights
    return dweights
