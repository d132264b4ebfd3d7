import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    x_norm = (x - mean) / np.sqrt(var + eps)
    out = gamma * x_norm + beta
    cache = {"x": x, "mean": mean, "var": var, "x_norm": x_norm, "gamma": gamma, "eps": eps}
    return out, cache


def batchnorm_backward(dout, cache):
    raise NotImplementedError
