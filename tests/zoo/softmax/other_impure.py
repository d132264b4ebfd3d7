import numpy as np

BUF = np.empty(10000)


def softmax_forward(a):
    b = BUF[: a.size].reshape(a.shape)
    np.exp(a - a.max(-1, keepdims=True), out=b)
    b /= b.sum(-1, keepdims=True)
    return b, b.copy()


def softmax_backward(dp, p):
    return p * (dp - (p * dp).sum(-1, keepdims=True))


def softmax_jacobian(a):
    p = softmax_forward(a)[0]
    return np.diag(p) - np.outer(p, p)
