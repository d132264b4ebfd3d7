import numpy as np


def mse_forward(prediction, target):
    diff = prediction - target
    loss = np.mean(diff ** 2)
    return loss, diff


def mse_backward(dloss, cache):
    diff = cache
    dprediction = 2 * diff / diff.size
    return dprediction * dloss
