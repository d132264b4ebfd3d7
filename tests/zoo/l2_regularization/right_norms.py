import numpy as np


class L2:
    """Remembers what it needs; the cache is the object itself."""

    def __init__(self, lambd, m):
        self.decay = lambd / m

    def forward(self, weights):
        self.weights = [W.copy() for W in weights]
        return self.decay / 2 * sum(np.linalg.norm(W) ** 2 for W in weights)

    def backward(self, dout):
        return tuple(np.multiply(dout * self.decay, W) for W in self.weights)


def l2_forward(data_loss, weights, lambd, m):
    layer = L2(lambd, m)
    return np.array(data_loss + layer.forward(weights)), layer


def l2_backward(dcost, cache):
    return np.array(dcost), cache.backward(dcost)
