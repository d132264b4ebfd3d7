import numpy as np


def numerical_gradient(f, x, epsilon=1e-7):
    grad = None
    # your code here
    return grad


def gradient_difference(analytic, numeric):
    top = np.linalg.norm(analytic - numeric)
    bottom = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    if bottom == 0:
        return 0.0
    return top / bottom
