import math


def sigma(v):
    return 1 / (1 + math.exp(-v))


def lstm_cell_forward(x, h_prev, c_prev, W, U, b):
    n = len(c_prev)
    z = []
    for k in range(4 * n):
        z.append(b[k] + sum(x[j] * W[j, k] for j in range(len(x))) + sum(h_prev[j] * U[j, k] for j in range(n)))
    units = []
    for k in range(n):
        i, f, g, o = sigma(z[k]), sigma(z[n + k]), math.tanh(z[2 * n + k]), sigma(z[3 * n + k])
        c = f * c_prev[k] + i * g
        units.append((i, f, g, o, c, float(c_prev[k])))
    h = [u[3] * math.tanh(u[4]) for u in units]
    return h, [u[4] for u in units], (x, h_prev, W, U, units)


def lstm_cell_backward(dh, dc, cache):
    x, h_prev, W, U, units = cache
    n = len(units)
    dz = [0.0] * (4 * n)
    dc_prev = []
    for k, (i, f, g, o, c, before) in enumerate(units):
        t = math.tanh(c)
        dz[3 * n + k] = dh[k] * t * o * (1 - o)
        d = dc[k] + dh[k] * o * (1 - t**2)
        dz[k] = d * g * i * (1 - i)
        dz[n + k] = d * before * f * (1 - f)
        dz[2 * n + k] = d * i * (1 - g**2)
        dc_prev.append(d * f)
    dW = [[float(v * d) for d in dz] for v in x]
    dU = [[float(v * d) for d in dz] for v in h_prev]
    dx = [sum(W[j, k] * dz[k] for k in range(4 * n)) for j in range(len(x))]
    dh_prev = [sum(U[j, k] * dz[k] for k in range(4 * n)) for j in range(n)]
    return dx, dh_prev, dc_prev, dW, dU, dz
