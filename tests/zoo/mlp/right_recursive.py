import numpy as np


def layers(a, weights, t):
    """The loss, and a function from dloss to (da, the list of dW), of the rest of the network."""
    if not weights:
        e = a - t
        return (e @ e) / 2, lambda d: (d * e, [])
    W = weights[0]
    o = 1 / (1 + np.exp(-(W.T @ a)))
    loss, rest = layers(o, weights[1:], t)

    def back(d):
        do, dweights = rest(d)
        dz = do * o * (1 - o)
        return W @ dz, [a[:, None] * dz] + dweights

    return loss, back


def mlp_forward(x, weights, t):
    return layers(x, weights, t)


def mlp_backward(dloss, cache):
    return cache(dloss)[1]
