import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def dense_forward(a_prev, W, b):
    z = np.dot(W, a_prev) + b
    a = sigmoid(z)
    cache = (a_prev, W, b, z, a)
    return a, cache


def dense_backward(da, cache):
    a_prev, W, b, z, a = cache
    m = a_prev.shape[1]
    dz = da * a * (1 - a)
    dW = np.dot(dz, a_prev.T)
    db = np.sum(dz, axis=1, keepdims=True)
    da_prev = np.dot(W, dz)
    return da_prev, dW, db
