import numpy as np


def sigmoid_neuron_forward(w, x):
    f = 1 / (1 + np.exp(-(w[:2] @ x + w[2])))
    return f, (w, x, f)


def sigmoid_neuron_backward(df, c):
    w, x, f = c
    d = df * f * (1 - f)
    dx = d * w[:2]
    w[:] = d * np.append(x, 1)
    return w, dx
