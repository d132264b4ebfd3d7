import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    m, n = x.shape
    mu = 1.0 / m * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1.0 / m * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / (var + eps)
    xhat = xmu * ivar
    out = gamma * xhat + beta
    cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    m, n = dout.shape
    dxhat = dout * gamma
    dvar = -np.sum(dxhat * xmu, axis=0) * ivar ** 2
    dxmu = dxhat * ivar + 2 * xmu * dvar / m
    dx = dxmu - dxmu.mean(axis=0)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
