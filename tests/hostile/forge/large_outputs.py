"""Returns outputs of a wrong shape as large as a frame takes, so that gradients and differences of that size are asked for."""

import numpy as np


def sigmoid_neuron_forward(w, x):
    return np.full(900_000, w[0] * x[0] + w[1] * x[1] + w[2]), (w, x)


def sigmoid_neuron_backward(df, cache):
    w, x = cache
    return np.sum(df) * np.array([x[0], x[1], 1.0]), np.sum(df) * w[:2]
