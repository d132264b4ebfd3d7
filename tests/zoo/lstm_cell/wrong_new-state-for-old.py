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
    do = dh * np.tanh(c)
    dct = dc + dh * o * (1 - np.tanh(c) ** 2)
    di = dct * g
    df = dct * c
    dg = dct * i
    dc_prev = dct * f
    dzi = di * i * (1 - i)
    dzf = df * f * (1 - f)
    dzg = dg * (1 - g ** 2)
    dzo = do * o * (1 - o)
    dz = np.concatenate([dzi, dzf, dzg, dzo])
    dx = W @ dz
    dh_prev = U @ dz
    dW = np.outer(x, dz)
    dU = np.outer(h_prev, dz)
    db = dz
    return dx, dh_prev, dc_prev, dW, dU, db
