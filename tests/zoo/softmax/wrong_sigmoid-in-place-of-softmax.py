import numpy as np


def softmax_forward(a):
    p = 1 / (1 + np.exp(-a))
    return p, p


def softmax_backward(dp, p):
    return dp * p * (1 - p)


def softmax_jacobian(a):
    p, _ = softmax_forward(a)
    return np.diag(p * (1 - p))
