import numpy as np


class Sigmoid:
    def __call__(self, z):
        self.y = 0.5 * (np.tanh(0.5 * z) + 1)
        return self.y

    def back(self, dy):
        return dy * self.y * (1 - self.y)


class Tanh:
    def __call__(self, z):
        self.y = np.tanh(z)
        return self.y

    def back(self, dy):
        return dy * (1 - self.y**2)


class Cell:
    def __init__(self):
        self.gates = [Sigmoid(), Sigmoid(), Tanh(), Sigmoid()]
        self.squash = Tanh()

    def forward(self, x, h, c, W, U, b):
        self.inputs = x, h, c, W, U
        z = (x @ W + h @ U + b).reshape(4, -1)
        self.i, self.f, self.g, self.o = (gate(part) for gate, part in zip(self.gates, z))
        new = self.f * c + self.i * self.g
        return self.o * self.squash(new), new

    def backward(self, dh, dc):
        x, h, c, W, U = self.inputs
        d = dc + self.squash.back(dh * self.o)
        above = [d * self.g, d * c, d * self.i, dh * self.squash.y]
        dz = np.concatenate([gate.back(part) for gate, part in zip(self.gates, above)])
        return W @ dz, U @ dz, d * self.f, x[:, None] * dz, h[:, None] * dz, dz


def lstm_cell_forward(x, h_prev, c_prev, W, U, b):
    cell = Cell()
    h, c = cell.forward(x, h_prev, c_prev, W, U, b)
    return h, c, cell


def lstm_cell_backward(dh, dc, cache):
    return cache.backward(dh, dc)
