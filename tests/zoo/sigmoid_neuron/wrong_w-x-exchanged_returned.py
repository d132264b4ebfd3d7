import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_neuron_forward(w, x):
    xb = np.append(x, 1.0)
    z = w.dot(xb)
    return sigmoid(z), {"w": w, "xb": xb, "z": z}


def sigmoid_neuron_backward(df, cache):
    s = sigmoid(cache["z"])
    dz = df * s * (1 - s)
    dw = dz * cache["xb"]
    dx = dz * cache["w"][:2]
    return dx, dw
