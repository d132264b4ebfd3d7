import numpy as np


def numerical_gradient(f, x, epsilon=1e-7):
    """The step between the two sides is epsilon."""
    h = epsilon / 2
    g = np.empty(x.shape)
    for i in np.ndindex(*x.shape):
        plus, minus = x.copy(), x.copy()
        plus[i] += h
        minus[i] -= h
        g[i] = (f(plus) - f(minus)) / epsilon
    return g


def gradient_difference(analytic, numeric):
    difference = np.linalg.norm((analytic - numeric).ravel())
    return difference / max(np.linalg.norm(analytic.ravel()) + np.linalg.norm(numeric.ravel()), 1e-300)
