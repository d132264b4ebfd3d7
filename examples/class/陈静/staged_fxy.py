import math


def s(z):
    return 1 / (1 + math.exp(-z))


def staged_forward(x, y):
    # 一步一步计算
    值 = {"sigy": s(y), "sigx": s(x), "xpy": x + y}
    值["num"] = x + 值["sigy"]
    值["xpysqr"] = 值["xpy"] ** 2
    值["den"] = 值["sigx"] + 值["xpysqr"]
    值["invden"] = 1 / 值["den"]
    return 值["num"] * 值["invden"], 值


def staged_backward(df, 值):
    # 反向:从后往前
    dnum = 值["invden"] * df
    dinvden = 值["num"] * df
    dden = (1 / 值["den"] ** 2) * dinvden
    dsigx = dden
    dxpysqr = dden
    dxpy = 2 * 值["xpy"] * dxpysqr
    dsigy = dnum
    dx = dnum + dxpy + 值["sigx"] * (1 - 值["sigx"]) * dsigx
    dy = dxpy + 值["sigy"] * (1 - 值["sigy"]) * dsigy
    return dict(dnum=dnum, dinvden=dinvden, dden=dden, dsigx=dsigx, dxpysqr=dxpysqr, dxpy=dxpy, dsigy=dsigy, dx=dx, dy=dy)
