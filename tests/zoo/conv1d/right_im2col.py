import numpy as np


class Conv1d:
    def __init__(self, x, kernel, bias):
        self.shape, self.kernel = x.shape, kernel
        k, c_in, c_out = kernel.shape
        self.idx = np.arange(x.shape[0] - k + 1)[:, None] + np.arange(k)
        self.cols = x[self.idx].reshape(len(self.idx), k * c_in)
        self.flat = kernel.reshape(k * c_in, c_out)
        self.out = self.cols.dot(self.flat) + bias

    def grads(self, dout):
        dcols = dout.dot(self.flat.T).reshape(len(dout), *self.kernel.shape[:2])
        dx = np.zeros(self.shape)
        np.add.at(dx, self.idx, dcols)
        return [dx, self.cols.T.dot(dout).reshape(self.kernel.shape), np.ones(len(dout)).dot(dout)]


def conv1d_forward(x, kernel, bias):
    layer = Conv1d(x, kernel, bias)
    return layer.out, layer


def conv1d_backward(dout, cache):
    return cache.grads(dout)
