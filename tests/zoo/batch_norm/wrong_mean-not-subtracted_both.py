import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    ivar = 1 / np.sqrt(x.var(axis=0) + eps)
    xhat = x * ivar
    return gamma * xhat + beta, (x, xhat, gamma, ivar)


def batchnorm_backward(dout, cache):
    x, xhat, gamma, ivar = cache
    m = len(x)
    dxhat = dout * gamma
    dvar = -0.5 * (dxhat * x).sum(axis=0) * ivar ** 3
    dx = dxhat * ivar + dvar * 2 * (x - x.mean(axis=0)) / m
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
