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
    dsigx = None
    dxpysqr = None
    dxpy = None
    dx = dy = dsigy = None
    return {"dnum": dnum, "dinvden": dinvden, "dden": dden, "dsigx": dsigx, "dxpysqr": dxpysqr,
            "dxpy": dxpy, "dsigy": dsigy, "dx": dx, "dy": dy}
