import numpy as np


def matmul_forward(W, X):
    return W @ X, (W, X)


def matmul_backward(dD, c):
    X, W = c
    return dD @ X.T, W.T @ dD
