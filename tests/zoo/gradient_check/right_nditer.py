import numpy as np


def numerical_gradient(f, x, epsilon=1e-7):
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=['multi_index'])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + epsilon
        fp = f(x)
        x[ix] = old - epsilon
        fm = f(x)
        x[ix] = old
        grad[ix] = (fp - fm) / (2 * epsilon)
        it.iternext()
    return grad


def gradient_difference(analytic, numeric):
    top = np.linalg.norm(analytic - numeric)
    bottom = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    if bottom == 0:
        return 0.0
    return top / bottom
