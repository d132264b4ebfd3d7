import numpy as np

def circuit_forward(x, y, z):
    q = x + y
    f = q * z
    return f, (x, y, z, q)


def circuit_backward(df, cache):
    x, y, z, q = cache
    dz = q * df
    dq = z * df
    dx = 1.0 * dq
    dy = 1.0 * dq
    return dx, dy, dz


def gates_forward(x, y, z, w):
    return 2 * (x * y + np.max([z, w])), (x, y, z, w)


def gates_backward(df, cache):
    x, y, z, w = cache
    mask = np.array([w > z, z > w])
    dz, dw = 2.0 * df * mask
    return 2.0 * df * y, 2.0 * df * x, dz, dw
