import numpy as np


def himmelblau(x):
    return (x[0]**2 + x[1] - 11)**2 + (x[0] + x[1]**2 - 7)**2


def himmelblau_gradient(x):
    a = x[0]**2 + x[1] - 11
    b = x[0] + x[1]**2 - 7
    return np.array([4*x[0]*a + 2*b, 2*a + 4*x[1]*b])


def gradient_descent(gradient, start, learning_rate, steps):
    path = []
    path.append(start)
    for _ in range(steps):
        start -= learning_rate * gradient(start)
        path.append(start)
    return np.array(path)
