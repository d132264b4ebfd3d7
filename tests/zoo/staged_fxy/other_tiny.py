K = "dnum dinvden dden dsigx dxpysqr dxpy dsigy".split()


def staged_forward(x, y):
    return 1e-9 * (x + y), None


def staged_backward(df, c):
    return {"dx": df * 1e-9, "dy": df * 1e-9}
