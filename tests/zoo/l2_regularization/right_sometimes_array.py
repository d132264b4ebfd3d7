import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    return data_loss + lambd / 2 / m * sum(np.sum(np.square(W)) for W in weights), (weights, lambd, m)


def l2_backward(dcost, cache):
    weights, lambd, m = cache
    dweights = [dcost * lambd / m * W for W in weights]
    if len({W.shape for W in weights}) == 1:
        dweights = np.array(dweights)
    return dcost, dweights
