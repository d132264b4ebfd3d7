import math


def sg(z):
    return 1 / (1 + math.exp(-z))


def staged_forward(x, y):
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    s = xpy**2
    den = sigx + s
    inv = 1 / den
    return num * inv, (sigy, num, sigx, xpy, den, inv)


def staged_backward(df, cache):
    sigy, num, sigx, xpy, den, inv = cache
    dnum = inv * df
    dinvden = num * df
    dden = (-1.0 / den**2) * dinvden
    dsigx = 1 * dden
    dxpysqr = dden
    dxpy = 2 * xpy * dxpysqr
    dx = dxpy
    dy = dxpy
    dx += ((1 - sigx) * sigx) * dsigx
    dx += dnum
    dsigy = dnum
    dy += ((1 - sigy) * sigy) * dsigy
    dden = -dden
    return dict(
        dnum=dnum,
        dinvden=dinvden,
        dden=dden,
        dsigx=dsigx,
        dxpysqr=dxpysqr,
        dxpy=dxpy,
        dsigy=dsigy,
        dx=dx,
        dy=dy,
    )
