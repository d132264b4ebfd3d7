import math


def mse_forward(prediction, target):
    p, t = prediction.ravel(), target.ravel()
    total = 0.0
    for i in range(len(p)):
        total += (p[i] - t[i]) ** 2
    return total / len(p), (prediction, target)


def mse_backward(dloss, cache):
    prediction, target = cache
    d = 0 * prediction
    for i in range(d.size):
        d.flat[i] = dloss * 2.0 / d.size * (prediction.flat[i] - target.flat[i])
    return d


def softmax(row):
    top = max(row)
    e = [math.exp(a - top) for a in row]
    return [v / sum(e) for v in e]


def cross_entropy_forward(logits, labels):
    loss = 0.0
    for row, label in zip(logits.tolist(), labels.tolist()):
        top = max(row)
        loss += top - row[label] + math.log(sum(math.exp(a - top) for a in row))
    return loss / len(labels), (logits.tolist(), labels.tolist())


def cross_entropy_backward(dloss, cache):
    logits, labels = cache
    rows = []
    for row, label in zip(logits, labels):
        p = softmax(row)
        rows.append([dloss * (p[j] - (j == label)) / len(labels) for j in range(len(row))])
    return rows
