import numpy as np


from functools import reduce


class Himmelblau:
    """Value and gradient of the surface."""

    def __call__(self, x):
        return sum(r ** 2 for r in self.residuals(x))

    def residuals(self, x):
        return x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7

    def gradient(self, x):
        r, s = self.residuals(x)
        return np.array([2 * r * 2 * x[0] + 2 * s, 2 * r + 2 * s * 2 * x[1]])


surface = Himmelblau()


def himmelblau(x):
    return surface(x)


def himmelblau_gradient(x):
    return surface.gradient(x)


def gradient_descent(gradient, start, learning_rate, steps):
    if steps == 0:
        return np.array([start])
    path = gradient_descent(gradient, start, learning_rate, steps - 1)
    return np.append(path, [path[-1] - learning_rate * gradient(path[-1])], axis=0)
