import math

import numpy as np


def each(f, *arrays):
    """f of the entries of arrays, one by one."""
    out = np.zeros(arrays[0].shape)
    for index in np.ndindex(*arrays[0].shape):
        out[index] = f(*[a[index] for a in arrays])
    return out


def sig(z):
    if z < 0:
        return 1 - sig(-z)
    return 1 / (1 + math.exp(-z))


def sigmoid_forward(x):
    return each(sig, x), x.copy()


def sigmoid_backward(dout, x):
    return each(lambda d, z: d * sig(z) * sig(-z), dout, x)


def relu_forward(x):
    return each(lambda z: z if z > 0 else 0.0, x), x.copy()


def relu_backward(dout, x):
    return each(lambda d, z: d if z > 0 else 0.0, dout, x)


def leaky_relu_forward(x, p=0.01):
    return each(lambda z: max(z, p * z), x), (x.copy(), p)


def leaky_relu_backward(dout, cache):
    x, p = cache
    return each(lambda d, z: d if z > 0 else p * d, dout, x)


def tanh_forward(x):
    return each(math.tanh, x), x.copy()


def tanh_backward(dout, x):
    return each(lambda d, z: d * (1 - math.tanh(z) ** 2), dout, x)
