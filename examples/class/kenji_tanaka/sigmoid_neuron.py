import math

import numpy as np


def sigmoid_neuron_forward(w, x):
    dot = w[0]*x[0] + w[1]*x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))  # sigmoid function
    return f, (w, x, f)


def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    dw = None
    dx = None
    # TODO ask about the bias
    return dw, dx
