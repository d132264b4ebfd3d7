import numpy as np


def himmelblau(x):
    x0, x1 = x
    return float(pow(x0 * x0 + x1 - 11, 2) + pow(x0 + x1 * x1 - 7, 2))


def himmelblau_gradient(x):
    x0, x1 = x
    g = np.empty(2)
    g[0] = 4 * x0**3 + 4 * x0 * x1 - 42 * x0 + 2 * x1**2 - 14
    g[1] = 4 * x1**3 + 4 * x0 * x1 - 26 * x1 + 2 * x0**2 - 22
    return g


def gradient_descent(gradient, start, learning_rate, steps):
    x = np.array(start, dtype=float)
    path = np.empty((steps + 1, x.size))
    path[0] = x
    for k in range(1, steps + 1):
        x -= learning_rate * gradient(x)
        path[k] = x
    return path
