# every gate adds to the gradients of its inputs
def circuit_forward(x, y, z):
    return z * x + z * y, {"x": x, "y": y, "z": z}


def circuit_backward(df, values):
    grad = dict.fromkeys(values, 0.0)
    for name in ("x", "y"):
        grad[name] += values["z"] * df
        grad["z"] += values[name] * df
    return grad["x"], grad["y"], grad["z"]


def gates_forward(x, y, z, w):
    values = {"x": x, "y": y, "z": z, "w": w}
    if z < w:
        f = 2 * x * y + 2 * w
    else:
        f = 2 * x * y + 2 * z
    return f, values


def gates_backward(df, values):
    dx = dy = dz = dw = 0.0
    dx += 2 * values["y"] * df
    dy += 2 * values["x"] * df
    dz += 2 * df * (1 if values["z"] > values["w"] else 0)
    dw += 2 * df * int(values["w"] >= values["z"])
    return [dx, dy, dz, dw]
