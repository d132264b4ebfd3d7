import numpy as np


def l2_forward(data_loss, weights, lambd, m):
    flat = np.concatenate([W.ravel() for W in weights])
    return data_loss + lambd / (2 * m) * (flat @ flat), (flat, [W.shape for W in weights], lambd / m)


def l2_backward(dcost, cache):
    flat, shapes, decay = cache
    dflat = dcost * decay * flat
    dweights = []
    for shape in shapes:
        n = shape[0] * shape[1]
        dweights.append(dflat[:n].reshape(shape))
        dflat = dflat[n:]
    return [dcost, dweights]
