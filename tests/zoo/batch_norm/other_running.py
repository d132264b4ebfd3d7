import numpy as np

running_mean = running_var = 0


def batchnorm_forward(x, gamma, beta, eps=1e-5, momentum=0.9):
    global running_mean, running_var
    mu, var = x.mean(axis=0), x.var(axis=0)
    running_mean = momentum * running_mean + (1 - momentum) * mu
    running_var = momentum * running_var + (1 - momentum) * var
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (x, xhat, gamma, std)


def batchnorm_backward(dout, cache):
    x, xhat, gamma, std = cache
    m = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dx = (m * dxhat - np.sum(dxhat, axis=0) - xhat * np.sum(dxhat * xhat, axis=0)) / (m * std)
    return dx, dgamma, dbeta
