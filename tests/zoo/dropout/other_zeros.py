def dropout_forward(a, keep_prob, train=True):
    return a * 0, None


def dropout_backward(dout, cache):
    return dout * 0
