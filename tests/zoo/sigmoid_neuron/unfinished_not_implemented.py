def sigmoid_neuron_forward(w, x):
    return NotImplementedError


def sigmoid_neuron_backward(df, cache):
    return NotImplementedError
