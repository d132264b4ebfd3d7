import numpy as np


# one sample at a time
def dense_forward(a_prev, W, b):
    columns = []
    for i in range(a_prev.shape[1]):
        x = a_prev[:, i]
        columns.append(1.0 / (1.0 + np.exp(-(W @ x + b[:, 0]))))
    a = np.stack(columns, axis=1)
    return a, dict(a_prev=a_prev.copy(), W=W.copy(), a=a.copy())


def dense_backward(da, cache):
    W = cache["W"]
    dW, db = np.zeros_like(W), np.zeros((W.shape[0], 1))
    da_prev = np.zeros_like(cache["a_prev"])
    for i in range(da.shape[1]):
        x, a = cache["a_prev"][:, i], cache["a"][:, i]
        dz = da[:, i] * (a - a ** 2)
        dW += np.outer(dz, x)
        db[:, 0] += dz
        da_prev[:, i] = dz @ W
    return da_prev, dW, db
