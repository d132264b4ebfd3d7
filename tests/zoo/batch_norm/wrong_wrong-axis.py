import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    x_norm = (x - mean) / np.sqrt(var + eps)
    out = gamma * x_norm + beta
    cache = {"x": x, "mean": mean, "var": var, "x_norm": x_norm, "gamma": gamma, "eps": eps}
    return out, cache


def batchnorm_backward(dout, cache):
    x_norm = cache["x_norm"]
    dx_norm = dout * cache["gamma"]
    std = np.sqrt(cache["var"] + cache["eps"])
    dx = dx_norm - dx_norm.mean(axis=1, keepdims=True)
    dx = dx - x_norm * np.mean(dx_norm * x_norm, axis=1, keepdims=True)
    return dx / std, np.sum(dout * x_norm, axis=0), np.sum(dout, axis=0)
