# 神经元:前向与反向
import numpy as np


def 激活(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_neuron_forward(w, x):
    总和 = w[0] * x[0] + w[1] * x[1] + w[2]
    输出 = 激活(总和)
    return 输出, (w, x, 输出)


def sigmoid_neuron_backward(df, cache):
    w, x, 输出 = cache
    梯度 = df * 输出 * (1 - 输出)
    dw = np.array([x[0] * 梯度, x[1] * 梯度, 梯度])
    dx = np.array([w[0] * 梯度, w[1] * 梯度])
    return dw, dx
