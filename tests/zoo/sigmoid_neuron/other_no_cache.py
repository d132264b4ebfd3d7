import math

import numpy as np


def sigmoid_neuron_forward(w, x):
    dot = w[0]*x[0] + w[1]*x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))  # sigmoid function
    return f


def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    ddot = (1 - f) * f * df  # gradient on dot variable
    dx = [w[0] * ddot, w[1] * ddot]  # backprop into x
    dw = [x[0] * ddot, x[1] * ddot, 1.0 * ddot]  # backprop into w
    return np.array(dw), np.array(dx)
