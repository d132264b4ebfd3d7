import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def perceptron_forward(W, x, t):
    o = sigmoid(x @ W)
    loss = np.mean((o - t) ** 2)
    return loss, (W, x, t, o)


def perceptron_backward(dloss, cache):
    W, x, t, o = cache
    delta = dloss * (o - t) * o * (1 - o)
    return np.outer(x, delta)
