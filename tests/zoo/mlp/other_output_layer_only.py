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
    dweights = [None] * len(weights)
    dweights[-1] = np.outer(a[-2], dloss * (o - t) * o * (1 - o))
    return dweights
