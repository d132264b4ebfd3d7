import numpy as np

state = {}


def sigmoid_neuron_forward(w, x):
    state["w"], state["x"] = w, x
    state["f"] = 1 / (1 + np.exp(-(w[:2] @ x + w[2])))
    return state["f"], None


def sigmoid_neuron_backward(df, cache):
    w, x, f = state["w"], state["x"], state["f"]
    dz = df * f * (1 - f)
    return dz * np.array([x[0], x[1], 1]), dz * w[:2]
