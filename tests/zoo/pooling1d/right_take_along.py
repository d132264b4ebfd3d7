import numpy as np


class Cache(dict):
    __getattr__ = dict.__getitem__


def split(x, size):
    return np.stack(np.split(x[:len(x) - len(x) % size], len(x) // size))


def max_pool1d_forward(x, size):
    windows = split(x, size)
    at = np.argmax(windows, axis=1)[:, None]
    return np.take_along_axis(windows, at, axis=1)[:, 0], Cache(at=at, x=x, size=size)


def max_pool1d_backward(dout, cache):
    dwindows = np.zeros((len(dout), cache.size, dout.shape[1]))
    np.put_along_axis(dwindows, cache.at, dout[:, None], axis=1)
    dx = dwindows.reshape(-1, dout.shape[1])
    return np.pad(dx, ((0, len(cache.x) - len(dx)), (0, 0)))


def global_average_pool1d_forward(x):
    return np.einsum("tc->c", x) / len(x), x.shape


def global_average_pool1d_backward(dout, cache):
    t, c = cache
    return np.broadcast_to(dout / t, (t, c))
