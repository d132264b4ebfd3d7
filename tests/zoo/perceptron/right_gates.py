import numpy as np


class Multiply:
    def forward(self, x, W):
        self.x = x
        return x.dot(W)

    def backward(self, dz):
        return self.x[:, np.newaxis] @ dz[np.newaxis, :]


class Sigmoid:
    def forward(self, z):
        self.out = 1.0 / (1.0 + np.exp(-z))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1.0 - self.out)


class SquaredError:
    def forward(self, o, t):
        self.diff = o - t
        return np.sum(self.diff**2) / 2

    def backward(self, dloss):
        return dloss * self.diff


def perceptron_forward(W, x, t):
    multiply, sigmoid, error = Multiply(), Sigmoid(), SquaredError()
    return error.forward(sigmoid.forward(multiply.forward(x, W)), t), (multiply, sigmoid, error)


def perceptron_backward(dloss, cache):
    grad = dloss
    for gate in reversed(cache):
        grad = gate.backward(grad)
    return grad
