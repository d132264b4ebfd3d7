import math


def sigmoid_neuron_forward(w, x):
    f = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    return f, (w, x, f)


def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    d = (1 - f) * f * df
    return (x[0] * d, x[1] * d, d), (w[0] * d, w[1] * d)
