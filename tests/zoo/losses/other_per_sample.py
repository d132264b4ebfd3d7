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
    m = logits.shape[0]
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    sums = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(sums)
    loss = -log_probs[np.arange(m), labels]
    probs = np.exp(shifted) / sums
    return loss, (probs, labels)


def cross_entropy_backward(dloss, cache):
    probs, labels = cache
    m = probs.shape[0]
    dlogits = probs.copy()
    dlogits[np.arange(m), labels] -= 1
    dlogits /= m
    return dlogits * dloss
