import numpy as np


def sigmoid_neuron_forward(w, x):
    return 0.0, (w, x)


def sigmoid_neuron_backward(df, c):
    return np.zeros(3), np.zeros(2)
