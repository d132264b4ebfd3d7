import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    dweights, penalty = [], 0
    while weights:
        W = weights.pop(0)
        penalty += np.sum(W ** 2)
        dweights.append(lambd / m * W)
    return data_loss + lambd / (2 * m) * penalty, dweights


def l2_backward(dcost, cache):
    return dcost, [dcost * dW for dW in cache]
