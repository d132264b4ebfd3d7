import numpy as np


def numerical_gradient(f, x, epsilon=1e-7):
    g = np.zeros(x.shape)
    for i, _ in np.ndenumerate(x):
        step = np.zeros(x.shape)
        step[i] = epsilon
        g[i] = (8 * (f(x + step) - f(x - step)) - (f(x + 2 * step) - f(x - 2 * step))) / (12 * epsilon)
    return g


def gradient_difference(analytic, numeric):
    top = np.linalg.norm(analytic - numeric)
    bottom = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    if bottom == 0:
        return 0.0
    return top / bottom
