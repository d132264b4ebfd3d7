import numpy as np


class Activation:
    def __init__(self, *options):
        self.options = options

    def forward(self, x):
        self.x = np.array(x, dtype=float)
        self.out = self.function(self.x, *self.options)
        return np.array(self.out)

    def backward(self, dout):
        return np.asarray(dout) * self.slope(*self.options)


class Sigmoid(Activation):
    def function(self, x):
        return np.exp(-np.logaddexp(0, -x))

    def slope(self):
        return self.out * (1 - self.out)


class LeakyReLU(Activation):
    def function(self, x, p):
        return x * ((x > 0) + p * (x <= 0))

    def slope(self, p):
        return np.heaviside(self.x, 0) * (1 - p) + p


class Tanh(Activation):
    def function(self, x):
        return np.tanh(x)

    def slope(self):
        return (1 - self.out) * (1 + self.out)


def start(layer, x):
    return layer.forward(x), layer


def sigmoid_forward(x):
    return start(Sigmoid(), x)


def relu_forward(x):
    return start(LeakyReLU(0.0), x)


def leaky_relu_forward(x, p=0.01):
    return start(LeakyReLU(p), x)


def tanh_forward(x):
    return start(Tanh(), x)


def backward(dout, layer):
    return layer.backward(dout)


sigmoid_backward = relu_backward = leaky_relu_backward = tanh_backward = backward
