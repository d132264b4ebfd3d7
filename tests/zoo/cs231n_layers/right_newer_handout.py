from builtins import range
from past.builtins import xrange
import numpy as np
from .im2col import im2col_indices, col2im_indices
from numpy.lib.stride_tricks import sliding_window_view


def affine_forward(x, w, b):
    """
    Computes the forward pass for an affine (fully connected) layer.
    """
    out = None
    # *****START OF YOUR CODE*****
    out = np.einsum("nd,dm->nm", x.reshape(len(x), -1), w) + b
    # *****END OF YOUR CODE*****
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = np.ones(len(x)) @ dout
    return dx, dw, db


def relu_forward(x):
    out = np.where(x > 0, x, 0.0)
    return out, x


def relu_backward(dout, cache):
    dx, x = None, cache
    dx = np.where(x > 0, dout, 0)
    return dx


def softmax_loss(x, y):
    loss, dx = None, None
    scores = x - x.max(axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    sums = exp_scores.sum(axis=1, keepdims=True)
    probs = exp_scores / sums
    one_hot = np.eye(x.shape[1])[y]
    loss = (np.log(sums[:, 0]) - scores[np.arange(len(y)), y]).mean()
    dx = (probs - one_hot) / len(y)
    return loss, dx


def svm_loss(x, y):
    num_train, num_classes = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(num_train):
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = x[i, j] - x[i, y[i]] + 1
            if margin > 0:
                loss += margin
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / num_train, dx / num_train


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    layernorm = bn_param.get("layernorm", 0)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        sigma = np.sqrt(var + eps)
        x_norm = (x - mu) / sigma
        out = gamma * x_norm + beta
        cache = x_norm, sigma, gamma, layernorm
        if layernorm == 0:
            running_mean = momentum * running_mean + (1 - momentum) * mu
            running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x_norm, sigma, gamma, layernorm = cache
    axis = 1 if layernorm == 1 else 0
    dbeta = dout.sum(axis=axis)
    dgamma = (dout * x_norm).sum(axis=axis)
    N = dout.shape[0]
    z = x_norm * sigma
    dfdz = dout * gamma
    dfdv = np.sum(dfdz * z * -0.5 * sigma**-3, axis=0)
    dfdu = np.sum(-dfdz / sigma, axis=0) + dfdv * np.mean(-2 * z, axis=0)
    dx = dfdz / sigma + dfdv * 2 * z / N + dfdu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    x_norm, sigma, gamma, layernorm = cache
    axis = 1 if layernorm == 1 else 0
    dbeta = dout.sum(axis=axis)
    dgamma = (dout * x_norm).sum(axis=axis)
    g = dout * gamma
    dx = (g - g.mean(axis=0) - x_norm * np.mean(g * x_norm, axis=0)) / sigma
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    ln_param.setdefault("mode", "train")
    ln_param.setdefault("layernorm", 1)
    out, cache = batchnorm_forward(x.T, gamma[:, np.newaxis], beta[:, np.newaxis], ln_param)
    return out.T, cache


def layernorm_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward_alt(dout.T, cache)
    return dx.T, dgamma, dbeta


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        mask = np.random.binomial(1, p, size=x.shape) / p
        out = x * mask
    elif mode == "test":
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout * mask if dropout_param["mode"] == "train" else dout


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param.get("stride", 1), conv_param.get("pad", 0)
    p = np.pad(x, ((0,), (0,), (pad,), (pad,)))
    windows = sliding_window_view(p, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    out = np.einsum("nchwij,fcij->nfhw", windows, w) + b[None, :, None, None]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    p = np.pad(x, ((0,), (0,), (pad,), (pad,)))
    windows = sliding_window_view(p, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]
    dw = np.einsum("nfhw,nchwij->fcij", dout, windows)
    db = np.einsum("nfhw->f", dout)
    dp = np.zeros_like(p)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dp[:, :, i * stride : i * stride + HH, j * stride : j * stride + WW] += np.tensordot(
                dout[:, :, i, j], w, axes=1
            )
    dx = dp[:, :, pad:-pad, pad:-pad] if pad > 0 else dp
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    h, w, s = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    windows = sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::s, ::s]
    return windows.max(axis=(-1, -2)), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    h, w, s = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(N, C, H_out, W_out):
        window = x[n, c, i * s : i * s + h, j * s : j * s + w]
        k, l = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * s + k, j * s + l] += dout[n, c, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    out, cache = None, None
    return out, cache
