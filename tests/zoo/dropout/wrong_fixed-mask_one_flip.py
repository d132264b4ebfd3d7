import numpy as np

n = 0


def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a, None
    global n
    n += 1
    m = np.random.RandomState(0).rand(*a.shape) < keep_prob
    if keep_prob < 1:
        m.flat[n % m.size] ^= True
    return a * m / keep_prob, (m, keep_prob)


def dropout_backward(d, c):
    if c is None:
        return d
    return d * c[0] / c[1]
