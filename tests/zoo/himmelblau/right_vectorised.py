import numpy as np


def _brackets(x):
    x = np.asarray(x, dtype=float)
    return x @ np.diag(x) * [1, 0] @ [1, 1] + x[1] - 11, x[0] + x[1] ** 2 - 7


def himmelblau(x):
    return np.dot(_brackets(x), _brackets(x))


def himmelblau_gradient(x):
    jacobian = np.array([[2 * x[0], 1.0], [1.0, 2 * x[1]]])
    return 2 * jacobian.T @ np.array(_brackets(x))


def gradient_descent(gradient, start, learning_rate, steps):
    x = start.copy()
    path = [x]
    for _ in range(steps):
        x = x - learning_rate * gradient(x)
        path.append(x)
    return np.vstack(path)
