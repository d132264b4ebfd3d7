import numpy as np


def mse_forward(prediction, target):
    d = (prediction - target).ravel()
    return float(d @ d) / d.size, (prediction - target)


def mse_backward(dloss, d):
    return np.multiply(d, 2 * dloss / np.prod(d.shape))


def log_softmax(logits):
    return logits - np.logaddexp.reduce(logits, axis=-1)[:, None]


def cross_entropy_forward(logits, labels):
    logp = log_softmax(logits)
    return -np.take_along_axis(logp, labels[:, None], 1).mean(), {"logp": logp, "y": labels}


def cross_entropy_backward(dloss, cache):
    p, y = np.exp(cache["logp"]), cache["y"]
    return dloss * (p - np.eye(p.shape[1])[y]) / len(y)
