# Sofia Rossi, però con la pazienza…
import math


def sigmoid(z):
    return 1.0 / (1 + math.exp(-z))


def staged_forward(x, y):
    sigy = sigmoid(y)
    num = x + sigy
    sigx = sigmoid(x)
    xpy = x + y
    xpysqr = xpy ** 2
    den = sigx + xpysqr
    invden = 1.0 / den
    f = num * invden
    return f, (x, y, sigy, num, sigx, xpy, xpysqr, den, invden)


def staged_backward(df, cache):
    x, y, sigy, num, sigx, xpy, xpysqr, den, invden = cache
    dnum = invden * df
    dinvden = num * df
    dden = (-1.0 / (den ** 2)) * dinvden
    dsigx = 1 * dden
    dxpysqr = 1 * dden
    dxpy = (2 * xpy) * dxpysqr
    dx = 1 * dxpy
    dy = 1 * dxpy
    dx += ((1 - sigx) * sigx) * dsigx
    dx = 1 * dnum
    dsigy = 1 * dnum
    dy += ((1 - sigy) * sigy) * dsigy
    return {"dnum": dnum, "dinvden": dinvden, "dden": dden, "dsigx": dsigx, "dxpysqr": dxpysqr,
            "dxpy": dxpy, "dsigy": dsigy, "dx": dx, "dy": dy}


import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_neuron_forward(w, x):
    xb = np.append(x, 1.0)
    z = w.dot(xb)
    return sigmoid(z), {"w": w, "xb": xb, "z": z}


def sigmoid_neuron_backward(df, cache):
    s = sigmoid(cache["z"])
    dz = df * s * (1 - s)
    dw = dz * cache["xb"]
    dx = dz * cache["w"][:2]
    return dw, dx
