import numpy as np


class Layer:
    def __init__(self, W):
        self.W = W

    def forward(self, a):
        self.a = a
        self.out = 1.0 / (1.0 + np.exp(-np.dot(self.W.T, a)))
        return self.out

    def backward(self, dout):
        dz = dout * self.out * (1.0 - self.out)
        self.dW = np.dot(self.a, dz.T)
        return np.dot(self.W, dz)


def mlp_forward(x, weights, t):
    a, t = x.reshape(-1, 1), t.reshape(-1, 1)
    net = [Layer(W) for W in weights]
    for layer in net:
        a = layer.forward(a)
    return float(np.sum((a - t) ** 2)) / 2, (net, a - t)


def mlp_backward(dloss, cache):
    net, error = cache
    grad = dloss * error
    for layer in net[::-1]:
        grad = layer.backward(grad)
    return tuple(layer.dW for layer in net)
