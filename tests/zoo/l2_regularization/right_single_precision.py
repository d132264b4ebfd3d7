import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    weights = [np.float32(W) for W in weights]
    penalty = np.float32(0)
    for W in weights:
        penalty += np.square(W).sum()
    return np.float32(data_loss) + np.float32(lambd / (2 * m)) * penalty, (weights, np.float32(lambd / m))


def l2_backward(dcost, cache):
    weights, decay = cache
    return np.float32(dcost), [np.float32(dcost) * decay * W for W in weights]
