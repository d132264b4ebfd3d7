import numpy as np


def perceptron_forward(W, x, t):
    W, x, t = np.float32(W), np.float32(x), np.float32(t)
    o = 1 / (1 + np.exp(-(x @ W)))
    return ((o - t) ** 2).sum() * np.float32(0.5), (x, t, o)


def perceptron_backward(dloss, cache):
    x, t, o = cache
    return np.einsum("j,k->jk", x, np.float32(dloss) * (o - t) * (o - o * o))
