import numpy as np


def himmelblau(x):
    return (x[0]**2 + x[1] - 11)**2 + (x[0] + x[1]**2 - 7)**2


def himmelblau_gradient(x):
    g0 = 2*(x[0]**2 + x[1] - 11)*2*x[0]
    g1 = 2*(x[0] + x[1]**2 - 7)*2*x[1]
    return np.array([g0, g1])


def gradient_descent(gradient, start, learning_rate, steps):
    path = np.zeros((steps + 1, len(start)))
    path[0] = start
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * gradient(path[i])
    return path
