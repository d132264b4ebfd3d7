import numpy as np


def lstm_cell_forward(x, h_prev, c_prev, W, U, b):
    """As a batch of one row."""
    n = c_prev.shape[0]
    row, last = x.reshape(1, -1), h_prev.reshape(1, -1)
    z = row.dot(W) + last.dot(U) + b
    s = 1.0 / (1.0 + np.exp(-z))
    i, f, o = s[:, :n], s[:, n : 2 * n], s[:, 3 * n :]
    g = np.tanh(z[:, 2 * n : 3 * n])
    c = f * c_prev + i * g
    t = np.tanh(c)
    return (o * t)[0], c[0], dict(row=row, last=last, c_prev=c_prev, W=W, U=U, gates=(i, f, g, o), t=t)


def lstm_cell_backward(dh, dc, cache):
    i, f, g, o = cache["gates"]
    t = cache["t"]
    ds = dc + dh * o * (1 - t * t)
    dz = np.hstack([ds * g * i * (1 - i), ds * cache["c_prev"] * f * (1 - f), ds * i * (1 - g * g), dh * t * o * (1 - o)])
    return (
        dz.dot(cache["W"].T).ravel(),
        dz.dot(cache["U"].T).ravel(),
        (ds * f).ravel(),
        cache["row"].T.dot(dz),
        cache["last"].T.dot(dz),
        dz.sum(axis=0),
    )
