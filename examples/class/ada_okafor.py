"""Backprop homework, all five parts. Ada Okafor"""
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


# --- 1. sigmoid neuron ---

def sigmoid_neuron_forward(w, x):
    f = sigmoid(w[0] * x[0] + w[1] * x[1] + w[2])
    return f, (w, x, f)


def sigmoid_neuron_backward(df, cache):
    w, x, f = cache
    dz = df * f * (1 - f)
    dw = np.array([x[0] * dz, x[1] * dz, dz])
    dx = np.array([w[0] * dz, w[1] * dz])
    return dw, dx


# --- 2. staged computation ---

def staged_forward(x, y):
    sigy = sigmoid(y)
    num = x + sigy
    sigx = sigmoid(x)
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    return num * invden, (sigy, num, sigx, xpy, den, invden)


def staged_backward(df, cache):
    sigy, num, sigx, xpy, den, invden = cache
    g = {}
    g["dnum"] = invden * df
    g["dinvden"] = num * df
    g["dden"] = -1.0 / den**2 * g["dinvden"]
    g["dsigx"] = g["dden"]
    g["dxpysqr"] = g["dden"]
    g["dxpy"] = 2 * xpy * g["dxpysqr"]
    g["dsigy"] = g["dnum"]
    g["dx"] = g["dxpy"] + (1 - sigx) * sigx * g["dsigx"] + g["dnum"]
    g["dy"] = g["dxpy"] + (1 - sigy) * sigy * g["dsigy"]
    return g


# --- 3. matrix multiply gate ---

def matmul_forward(W, X):
    return W @ X, (W, X)


def matmul_backward(dD, cache):
    W, X = cache
    return dD @ X.T, W.T @ dD


# --- 4. softmax ---

def softmax_forward(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p


def softmax_backward(dp, p):
    return p * (dp - np.sum(dp * p, axis=-1, keepdims=True))


def softmax_jacobian(a):
    p, _ = softmax_forward(a)
    return np.diag(p) - np.outer(p, p)


# --- 5. dropout ---

def dropout_forward(a, keep_prob, train=True):
    if not train:
        return a.copy(), np.ones_like(a)
    mask = (np.random.rand(*a.shape) < keep_prob) / keep_prob
    return a * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


if __name__ == "__main__":
    f, cache = sigmoid_neuron_forward(np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))
    print(f, sigmoid_neuron_backward(1.0, cache))
