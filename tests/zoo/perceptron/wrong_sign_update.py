import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def perceptron_forward(W, x, t):
    o = sigmoid(x @ W)
    loss = 0.5 * np.sum((o - t) ** 2)
    return loss, (W, x, t, o)


def perceptron_backward(dloss, cache):
    W, x, t, o = cache
    dW = np.zeros(W.shape)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            dW[i, j] = -dloss * (o[j] - t[j]) * o[j] * (1 - o[j]) * x[i]
    return dW
