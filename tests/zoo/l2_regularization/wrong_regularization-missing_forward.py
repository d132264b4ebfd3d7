import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    cost = data_loss
    return cost, (weights, lambd, m)


def l2_backward(dcost, cache):
    weights, lambd, m = cache
    dweights = []
    for W in weights:
        dweights.append(dcost * lambd / m * W)
    return dcost, dweights
