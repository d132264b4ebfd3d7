import numpy as np


def sigmoid_forward(x):
    x = x.astype(np.float32)
    s = np.float32(0.5) * (1 + np.tanh(x / 2))
    return s, s


def sigmoid_backward(dout, s):
    return (dout * s * (1 - s)).astype(np.float32)


def relu_forward(x):
    x = np.asarray(x, np.float32)
    return x.clip(min=0), x > 0


def relu_backward(dout, mask):
    return np.float32(1) * dout.astype("float32") * mask


def leaky_relu_forward(x, p=0.01):
    slope = np.where(x > 0, 1, p).astype(np.float32)
    return slope * np.float32(x), slope


def leaky_relu_backward(dout, slope):
    return slope * np.float32(dout)


def tanh_forward(x):
    t = np.tanh(x.astype(np.float32))
    return t, t


def tanh_backward(dout, t):
    return np.float32(dout) * (1 - t * t)
