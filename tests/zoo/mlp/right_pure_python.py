from math import exp


def mlp_forward(x, weights, t):
    a = [[float(v) for v in x]]
    for W in weights:
        rows, columns = W.shape
        a.append([1 / (1 + exp(-sum(a[-1][i] * W[i, j] for i in range(rows)))) for j in range(columns)])
    return sum((o - y) ** 2 for o, y in zip(a[-1], t)) / 2, (a, weights, list(t))


def mlp_backward(dloss, cache):
    a, weights, t = cache
    da = [dloss * (o - y) for o, y in zip(a[-1], t)]
    dweights = []
    for W, inputs, outputs in zip(weights[::-1], a[-2::-1], a[::-1]):
        delta = [d * o * (1 - o) for d, o in zip(da, outputs)]
        dweights.insert(0, [[float(v * d) for d in delta] for v in inputs])
        da = [sum(w * d for w, d in zip(row, delta)) for row in W]
    return dweights
