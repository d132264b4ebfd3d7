import numpy as np


def scaled_square_forward(x, c):
    return c * x**2, (x, c)


def scaled_square_backward(dy, cache):
    x, c = cache
    return 2 * c * x * dy, np.sum(x**2 * dy)
