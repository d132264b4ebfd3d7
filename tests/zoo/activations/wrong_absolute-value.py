import numpy as np


def sigmoid_forward(x):
    out = np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))
    cache = out
    return out, cache


def sigmoid_backward(dout, cache):
    s = cache
    dx = dout * s * (1 - s)
    return dx


def relu_forward(x):
    out = abs(x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = np.sign(x) * dout
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
