import numpy as np


def entropy(a, y):
    return -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean()


def compute_cost_with_regularization(A3, Y, parameters, lambd):
    total = 0.0
    for name, w in parameters.items():
        if name.startswith("W"):
            total += (w ** 2).sum()
    return entropy(A3, Y) + 0.5 * lambd * total / Y.shape[1]


def backwards(x, y, weights, activations, through):
    delta = (activations[-1] - y) / y.shape[1]
    gradients = {}
    for layer in (3, 2, 1):
        before = activations[layer - 2] if layer > 1 else x
        gradients["dW%d" % layer] = delta @ before.T
        gradients["db%d" % layer] = delta.sum(axis=1).reshape(-1, 1)
        if layer > 1:
            delta = through(weights[layer - 1].T @ delta, layer - 2)
    return gradients


def backward_propagation_with_regularization(X, Y, cache, lambd):
    a, w, z = cache[1::4], cache[2::4], cache[0::4]
    gradients = backwards(X, Y, w, a, lambda d, i: np.where(z[i] > 0, d, 0.0))
    for layer in (1, 2, 3):
        gradients["dW%d" % layer] += lambd * w[layer - 1] / Y.shape[1]
    return gradients


class Dropout:
    def __init__(self, keep):
        self.keep = keep
        self.rng = np.random.default_rng()

    def __call__(self, a):
        mask = self.rng.binomial(1, self.keep, size=a.shape).astype(np.float64)
        return mask, mask * a / self.keep


def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
    drop, a, cache = Dropout(keep_prob), X, []
    for layer in (1, 2):
        w, b = parameters["W%d" % layer], parameters["b%d" % layer]
        z = w @ a + b
        mask, a = drop(z * (z > 0))
        cache.extend([z, mask, a, w, b])
    z = parameters["W3"] @ a + parameters["b3"]
    out = 1.0 / (1.0 + np.exp(-z))
    return out, tuple(cache) + (z, out, parameters["W3"], parameters["b3"])


def backward_propagation_with_dropout(X, Y, cache, keep_prob):
    (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3) = cache
    masks = [D1, D2]
    z = [Z1, Z2]
    return backwards(X, Y, [W1, W2, W3], [A1, A2, A3], lambda d, i: d * (z[i] > 0) * masks[i] / keep_prob)
