import numpy as np


def numerical_gradient(f, x, epsilon=1e-7):
    flat = x.ravel()
    columns = np.eye(flat.size)
    slopes = [
        (f((flat + epsilon * e).reshape(x.shape)) - f((flat - epsilon * e).reshape(x.shape))) / (2 * epsilon)
        for e in columns
    ]
    return np.array(slopes).reshape(x.shape)


def gradient_difference(analytic, numeric):
    a, n = analytic.flatten(), numeric.flatten()
    sizes = np.sqrt(a @ a) + np.sqrt(n @ n)
    return float(np.sqrt(np.sum((a - n) ** 2)) / sizes) if sizes > 0 else 0
