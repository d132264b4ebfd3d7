import numpy as np


def matmul_forward(W, X):
    D = W.dot(X)
    cache = (W, X)
    return D, cache


def matmul_backward(dD, cache):
    W, X = cache
    dW = dD.dot(X.T)  # .T gives the transpose of the matrix
    dX = W.dot(dD)
    return dW, dX
