import numpy as np


class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return np.einsum("nk,km->nm", self.W, x) + self.b

    def backward(self, g):
        self.dW = np.einsum("nm,km->nk", g, self.x)
        self.db = np.einsum("nm->n", g)[:, np.newaxis]
        return np.einsum("nk,nm->km", self.W, g)


class Sigmoid:
    def forward(self, z):
        self.a = 0.5 * np.tanh(0.5 * z) + 0.5
        return self.a

    def backward(self, g):
        return self.a * (1.0 - self.a) * g


def dense_forward(a_prev, W, b):
    layers = [Linear(W, b), Sigmoid()]
    out = a_prev
    for layer in layers:
        out = layer.forward(out)
    return out, layers


def dense_backward(da, layers):
    for layer in reversed(layers):
        da = layer.backward(da)
    return da, layers[0].dW, layers[0].db
