def dropout_forward(a, keep_prob, train=True):
    return a, keep_prob


def dropout_backward(dout, cache):
    return dout
