import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    penalty = sum(np.sum(W ** 2) for W in weights)
    return data_loss + lambd / (2 * m) * penalty, (weights, lambd, m)


def l2_backward(dcost, cache):
    weights, lambd, m = cache
    for W in weights:
        W *= dcost * lambd / m
    return dcost, weights
