import numpy as np

NAMES = ["W1", "b1", "W2", "b2", "W3", "b3"]

forward_propagation = lambda x, theta: theta * x


def backward_propagation(x, theta):
    return float(x)


def relative(a, n):
    a, n = np.ravel(a), np.ravel(n)
    top = np.sqrt(((a - n) ** 2).sum())
    return top / (np.sqrt((a ** 2).sum()) + np.sqrt((n ** 2).sum()))


def slopes(f, values, h):
    found = []
    for i in range(len(values)):
        old = values[i]
        values[i] = old + h
        up = f(values)
        values[i] = old - h
        down = f(values)
        values[i] = old
        found.append((up - down) / (2.0 * h))
    return np.array(found)


def gradient_check(x, theta, epsilon=1e-7):
    n = slopes(lambda v: forward_propagation(x, v[0]), [theta], epsilon)
    return relative(backward_propagation(x, theta), n)


def layers(x, p):
    cache, a = (), x
    for i in "123":
        z = p["W" + i] @ a + p["b" + i]
        a = z * (z > 0) if i < "3" else 1 / (1 + np.exp(-z))
        cache += (z, a, p["W" + i], p["b" + i])
    return cache


def forward_propagation_n(X, Y, parameters):
    cache = layers(X, parameters)
    out = cache[9]
    return float(-np.mean(np.where(Y == 1, np.log(out), np.log(1 - out)))), cache


def backward_propagation_n(X, Y, cache):
    delta = (cache[9] - Y) / Y.size
    grads = {}
    for i in (3, 2, 1):
        before = X if i == 1 else cache[4 * i - 7]
        grads["dW%d" % i] = delta @ before.T
        grads["db%d" % i] = delta.sum(1, keepdims=True)
        if i > 1:
            delta = (cache[4 * i - 2].T @ delta) * (cache[4 * i - 8] > 0)
    return grads


def flat(d, prefix=""):
    return np.concatenate([d[prefix + n].reshape(-1) for n in NAMES])


def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
    def cost(theta):
        p, at = {}, 0
        for n in NAMES:
            size = parameters[n].size
            p[n] = theta[at:at + size].reshape(parameters[n].shape)
            at += size
        return forward_propagation_n(X, Y, p)[0]

    return relative(flat(gradients, "d"), slopes(cost, flat(parameters), epsilon))
