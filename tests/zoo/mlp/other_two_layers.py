import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def mlp_forward(x, weights, t):
    W1, W2 = weights
    h = sigmoid(x @ W1)
    o = sigmoid(h @ W2)
    return 0.5 * np.sum((o - t) ** 2), (x, h, o, W2, t)


def mlp_backward(dloss, cache):
    x, h, o, W2, t = cache
    d2 = dloss * (o - t) * o * (1 - o)
    d1 = W2 @ d2 * h * (1 - h)
    return [np.outer(x, d1), np.outer(h, d2)]
