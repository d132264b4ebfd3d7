import numpy as np


def circuit_forward(x, y, z):
    v = np.array([x, y, z], dtype=float)
    return v[:2].sum() * v[2], v


def circuit_backward(df, v):
    return tuple(df * np.array([v[2], v[2], v[0] + v[1]]))


def gates_forward(x, y, z, w):
    p = np.array([z, w])
    return np.asarray(2 * (np.prod([x, y]) + p.max())), dict(x=x, y=y, k=np.argmax(p))


def gates_backward(df, cache):
    g = np.zeros(2)
    g[cache["k"]] = 2 * df
    return np.array(2 * df * cache["y"]), np.array(2 * df * cache["x"]), g[0], g[1]
