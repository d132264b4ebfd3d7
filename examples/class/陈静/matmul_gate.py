import numpy as np


def matmul_forward(W, X):
    return np.dot(W, X), (W, X)


def matmul_backward(dD, cache):
    W, X = cache
    dW = np.dot(dD, X.T)
    dX = np.dot(W.T, dD)
    return dW, dX
