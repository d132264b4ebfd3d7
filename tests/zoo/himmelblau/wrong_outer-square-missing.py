import numpy as np


def himmelblau(x):
    return (x[0]**2 + x[1] - 11) + (x[0] + x[1]**2 - 7)


def himmelblau_gradient(x):
    a = x[0]**2 + x[1] - 11
    b = x[0] + x[1]**2 - 7
    return np.array([4*x[0]*a + 2*b, 2*a + 4*x[1]*b])


def gradient_descent(gradient, start, learning_rate, steps):
    path = np.zeros((steps + 1, len(start)))
    path[0] = start
    for i in range(steps):
        path[i + 1] = path[i] - learning_rate * gradient(path[i])
    return path
