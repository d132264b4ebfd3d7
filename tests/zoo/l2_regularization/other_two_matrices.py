import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    W1, W2 = weights
    cost = data_loss + lambd / (2 * m) * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    return cost, (W1, W2, lambd, m)


def l2_backward(dcost, cache):
    W1, W2, lambd, m = cache
    return dcost, [dcost * lambd / m * W1, dcost * lambd / m * W2]
