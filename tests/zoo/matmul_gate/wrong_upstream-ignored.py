import numpy as np


def matmul_forward(W, X):
    D = W.dot(X)
    cache = (W, X)
    return D, cache


def matmul_backward(dD, cache):
    W, X = cache
    dW = np.ones_like(dD).dot(X.T)  # .T gives the transpose of the matrix
    dX = W.T.dot(np.ones_like(dD))
    return dW, dX
