import numpy as np


def sigmoid_neuron_forward(w, x):
    f = np.array(1 / (1 + np.exp(-(w[:2] @ x + w[2]))))
    return f, (w, x, f)


def sigmoid_neuron_backward(df, c):
    w, x, f = c
    d = np.array(df * f * (1 - f))
    return [d * x[0], d * x[1], d], [d * w[0], d * w[1]]
