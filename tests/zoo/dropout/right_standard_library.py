import random

import numpy as np


def dropout_forward(a, keep_prob, train=True):
    mask = np.ones(a.shape)
    if train:
        flat = [1.0 / keep_prob if random.random() < keep_prob else 0.0 for _ in range(a.size)]
        mask = np.reshape(flat, a.shape)
    return a * mask, mask


def dropout_backward(dout, cache):
    return dout * cache
