import numpy as np


def mse_forward(prediction, target):
    diff = prediction - target
    loss = np.mean(diff ** 2)
    return loss, diff


def mse_backward(dloss, cache):
    diff = cache
    dprediction = 2 * diff / diff.size
    return dprediction * dloss


def cross_entropy_forward(logits, labels):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = np.mean(-np.log(probs[np.arange(len(labels)), labels] + 1e-12))
    return loss, (probs, labels)


def cross_entropy_backward(dloss, cache):
    probs, labels = cache
    m = probs.shape[0]
    dlogits = probs.copy()
    dlogits[np.arange(m), labels] -= 1
    dlogits /= m
    return dlogits * dloss
