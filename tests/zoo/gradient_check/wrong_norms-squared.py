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
    a, n = np.sum(analytic**2), np.sum(numeric**2)
    return np.sum((analytic - numeric)**2) / (a + n) if a + n > 0 else 0.0
