cache = {}


def circuit_forward(x, y, z):
    cache.update(x=x, y=y, z=z)
    return (x + y) * z, cache


def circuit_backward(df, cache):
    return cache["z"] * df, cache["z"] * df, (cache["x"] + cache["y"]) * df


def gates_forward(x, y, z, w):
    cache.update(x=x, y=y, z=z, w=w)
    return 2 * (x * y + max(z, w)), cache


def gates_backward(df, cache):
    g = 2 * df
    larger = cache["z"] > cache["w"]
    return g * cache["y"], g * cache["x"], g * larger, g * (not larger)
