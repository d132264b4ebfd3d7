import numpy as np


class Gate:
    def forward(self, W, X):
        self.W, self.X = W, X
        return W @ X

    def backward(self, dD):
        return dD @ self.X.T, self.W.T @ dD


gate = Gate()


def matmul_forward(W, X):
    return gate.forward(W, X), gate


def matmul_backward(dD, cache):
    return cache.backward(dD)


import numpy as np


def neuron(w, x):
    return 1 / (1 + np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))


def sigmoid_neuron_forward(w, x):
    return neuron(w, x), (w.copy(), x.copy())


def slope(f, v, h=1e-5):
    # I could not find the derivative, so I measure it
    g = np.zeros_like(v)
    for i in range(len(v)):
        up, down = v.copy(), v.copy()
        up[i] += h
        down[i] -= h
        g[i] = (f(up) - f(down)) / (2 * h)
    return g


def sigmoid_neuron_backward(df, cache):
    w, x = cache
    return df * slope(lambda v: neuron(v, x), w), df * slope(lambda v: neuron(w, v), x)
