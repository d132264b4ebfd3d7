"""Returns its inputs: the upstream gradient in place of every gradient, the inputs in place of the output."""

import numpy as np


def sigmoid_neuron_forward(w, x):
    return w[2], (w, x)


def sigmoid_neuron_backward(df, cache):
    return np.full(3, df), np.full(2, df)
