import numpy as np


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def sigmoid_prime(x):
    return sigmoid(x) * (1 - sigmoid(x))


def sigmoid_forward(x):
    out = sigmoid(x)
    return out, out


def sigmoid_backward(dout, out):
    return dout * sigmoid_prime(out)


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def leaky_relu_forward(x, p=0.01):
    out = np.where(x > 0, x, x * p)
    cache = (x, p)
    return out, cache


def leaky_relu_backward(dout, cache):
    x, p = cache
    dx = np.where(x > 0, dout, p * dout)
    return dx


def tanh_forward(x):
    out = np.tanh(x)
    cache = out
    return out, cache


def tanh_backward(dout, cache):
    t = cache
    dx = dout * (1 - t ** 2)
    return dx
