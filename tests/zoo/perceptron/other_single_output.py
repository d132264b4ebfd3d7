import numpy as np


def perceptron_forward(W, x, t):
    """Single-output perceptron."""
    o = 1 / (1 + np.exp(-np.sum(W[:, 0] * x)))
    return 0.5 * (o - t[0]) ** 2, (x, t, o)


def perceptron_backward(dloss, cache):
    x, t, o = cache
    return (dloss * (o - t[0]) * o * (1 - o) * x).reshape(-1, 1)
