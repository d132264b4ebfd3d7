import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_neuron_forward(w, x):
    w2 = w.copy()
    xb = np.append(x, 1.0)
    w[:2] *= x
    z = w.sum()
    return sigmoid(z), {"w": w2, "xb": xb, "z": z}


def sigmoid_neuron_backward(df, cache):
    s = sigmoid(cache["z"])
    dz = df * s * (1 - s)
    dw = dz * cache["xb"]
    dx = dz * cache["w"][:2]
    return dw, dx
