import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    penalty = 0
    for W in weights:
        penalty += np.sum(W ** 2)
    cost = data_loss + lambd / (2 * m) * penalty
    return cost, (weights, lambd, m)


def l2_backward(dcost, cache):
    weights, lambd, m = cache
    dweights = [None] * len(weights)
    for i in range(1, len(weights)):
        dweights[i] = dcost * lambd / m * weights[i]
    return dcost, dweights
