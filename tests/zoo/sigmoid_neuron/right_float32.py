import numpy as np


def sigmoid_neuron_forward(w, x):
    f = 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    return np.float32(f), (w, x, f)


def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    d = df * f * (1 - f)
    return np.array([x[0] * d, x[1] * d, d], np.float32), (w[:2] * d).astype(np.float32)
