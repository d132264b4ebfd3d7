from math import exp


def perceptron_forward(W, x, t):
    outputs = []
    loss = 0
    for j in range(len(t)):
        z = 0
        for i in range(len(x)):
            z += x[i] * W[i][j]
        o = 1 / (1 + exp(-z))
        outputs.append(o)
        loss += (o - t[j]) ** 2 / 2
    return loss, (list(x), list(t), outputs)


def perceptron_backward(dloss, cache):
    x, t, outputs = cache
    dW = []
    for xi in x:
        row = []
        for o, target in zip(outputs, t):
            row.append(dloss * (o - target) * o * (1 - o) * xi)
        dW.append(row)
    return dW
