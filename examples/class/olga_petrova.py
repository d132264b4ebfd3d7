import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    mask = np.random.rand(*a.shape) < keep_prob
    return a * mask / keep_prob, (mask, keep_prob)


def dropout_backward(dout, cache):
    mask, keep_prob = cache
    return dout * maks / keep_prob


def matmul_forward(W, X):
    return np.matmul(W, X), (W, X)


def matmul_backward(dD, cache):
    W, X = cache
    dW = dD @ X.transpose
    return dW, W.T @ dD


def staged_forward(x, y):
    return staged_forward(x, y)


def staged_backward(df, cache):
    return {}
