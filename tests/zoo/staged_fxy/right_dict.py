import numpy as np

sigma = lambda z: 1 / (1 + np.exp(-z))


def staged_forward(x, y):
    s = dict(sigx=sigma(x), sigy=sigma(y), xpy=x + y)
    s["num"] = x + s["sigy"]
    s["xpysqr"] = s["xpy"] * s["xpy"]
    s["den"] = s["sigx"] + s["xpysqr"]
    s["invden"] = 1 / s["den"]
    return s["num"] * s["invden"], s


def staged_backward(df, s):
    g = {}
    g["dnum"] = df * s["invden"]
    g["dinvden"] = df * s["num"]
    g["dden"] = -g["dinvden"] * s["invden"] ** 2
    g["dsigx"] = g["dden"]
    g["dxpysqr"] = g["dden"]
    g["dxpy"] = 2 * s["xpy"] * g["dxpysqr"]
    g["dsigy"] = g["dnum"]
    g["dx"] = g["dnum"] + g["dxpy"] + g["dsigx"] * s["sigx"] * (1 - s["sigx"])
    g["dy"] = g["dxpy"] + g["dsigy"] * s["sigy"] * (1 - s["sigy"])
    return g
