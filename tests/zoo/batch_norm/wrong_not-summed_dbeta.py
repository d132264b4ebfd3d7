import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    x_norm = (x - mean) / np.sqrt(var + eps)
    out = gamma * x_norm + beta
    cache = {"x": x, "mean": mean, "var": var, "x_norm": x_norm, "gamma": gamma, "eps": eps}
    return out, cache


def batchnorm_backward(dout, cache):
    x, mean, var = cache["x"], cache["mean"], cache["var"]
    x_norm, gamma, eps = cache["x_norm"], cache["gamma"], cache["eps"]
    m = x.shape[0]
    dx_norm = dout * gamma
    dvar = np.sum(dx_norm * (x - mean), axis=0) * -0.5 * (var + eps) ** -1.5
    dmean = np.sum(-dx_norm / np.sqrt(var + eps), axis=0)
    dx = dx_norm / np.sqrt(var + eps) + dvar * 2 * (x - mean) / m + dmean / m
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = dout
    return dx, dgamma, dbeta
