# naïve approach – Niamh O’Brien
import numpy as np


def softmax_forward(a):
    shifted = a - np.max(a)
    e = np.exp(shifted)
    p = e / np.sum(e, axis=-1, keepdims=True)
    return p, p


def softmax_backward(dp, cache):
    p = cache
    s = np.sum(dp * p, axis=-1, keepdims=True)
    return p * (dp - s)


def softmax_jacobian(a):
    p, _ = softmax_forward(a)
    return np.diag(p) - np.outer(p, p)


import numpy as np


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    np.random.seed(1)
    mask = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    out = a * mask
    return out, mask


def dropout_backward(dout, cache):
    mask = cache
    if mask is None:
        return dout
    return dout * mask
