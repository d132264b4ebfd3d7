import numpy as np


class Mean:
    """remembers the size of what it averaged"""

    def forward(self, values):
        self.shape = np.shape(values)
        return np.sum(values) / np.prod(self.shape)

    def backward(self, dout):
        return np.full(self.shape, dout / np.prod(self.shape))


class Square:
    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        return 2 * self.x * dout


class LogSoftmax:
    def forward(self, a):
        a = a - a.max(1)[:, None]
        self.p = np.exp(a) / np.exp(a).sum(1)[:, None]
        return a - np.log(np.exp(a).sum(1))[:, None]

    def backward(self, dout):
        return dout - self.p * dout.sum(1)[:, None]


def mse_forward(prediction, target):
    square, mean = Square(), Mean()
    return mean.forward(square.forward(prediction - target)), (square, mean)


def mse_backward(dloss, layers):
    square, mean = layers
    return square.backward(mean.backward(dloss))


def cross_entropy_forward(logits, labels):
    layer = LogSoftmax()
    y = np.zeros(logits.shape)
    y[range(len(labels)), labels] = 1
    return -(y * layer.forward(logits)).sum() / len(labels), (layer, y)


def cross_entropy_backward(dloss, cache):
    layer, y = cache
    return layer.backward(-y * dloss / len(y))
