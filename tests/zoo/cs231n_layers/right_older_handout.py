import numpy as np
import matplotlib.pyplot as plt
from cs231n.data_utils import get_CIFAR10_data
from cs231n.fast_layers import conv_forward_fast, conv_backward_fast


def affine_forward(x, w, b):
  out = None
  N = x.shape[0]
  D = np.prod(x.shape[1:])
  x_rows = x.reshape(N, D)
  out = np.dot(x_rows, w) + b.reshape(1, -1)
  cache = (x, w, b)
  return out, cache


def affine_backward(dout, cache):
  x, w, b = cache
  dx, dw, db = None, None, None
  N = x.shape[0]
  dx = np.dot(dout, w.T)
  dx = np.reshape(dx, x.shape)
  dw = np.dot(x.reshape(N, -1).T, dout)
  db = np.sum(dout, axis=0, keepdims=True)
  return dx, dw, db


def relu_forward(x):
  out = None
  out = np.copy(x)
  out[out < 0] = 0
  cache = x
  return out, cache


def relu_backward(dout, cache):
  dx, x = None, cache
  dx = dout
  dx[x <= 0] = 0
  return dx


def batchnorm_forward(x, gamma, beta, bn_param):
  mode = bn_param['mode']
  eps = bn_param.get('eps', 1e-5)
  momentum = bn_param.get('momentum', 0.9)

  N, D = x.shape
  running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
  running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))

  out, cache = None, None
  if mode == 'train':
    # step by step, as in the graph
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1.0 / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    running_mean = momentum * running_mean + (1.0 - momentum) * mu
    running_var = momentum * running_var + (1.0 - momentum) * var
    cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
  elif mode == 'test':
    xhat = (x - running_mean) / np.sqrt(running_var + eps)
    out = gamma * xhat + beta
  else:
    raise ValueError('Invalid forward batchnorm mode "%s"' % mode)

  bn_param['running_mean'] = running_mean
  bn_param['running_var'] = running_var
  return out, cache


def batchnorm_backward(dout, cache):
  dx, dgamma, dbeta = None, None, None
  xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
  N, D = dout.shape
  dbeta = np.sum(dout, axis=0)
  dgammax = dout
  dgamma = np.sum(dgammax * xhat, axis=0)
  dxhat = dgammax * gamma
  divar = np.sum(dxhat * xmu, axis=0)
  dxmu1 = dxhat * ivar
  dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
  dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
  dsq = 1.0 / N * np.ones((N, D)) * dvar
  dxmu2 = 2 * xmu * dsq
  dx1 = dxmu1 + dxmu2
  dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
  dx2 = 1.0 / N * np.ones((N, D)) * dmu
  dx = dx1 + dx2
  return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
  xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
  N, D = dout.shape
  dbeta = np.sum(dout, axis=0)
  dgamma = np.sum(xhat * dout, axis=0)
  dx = (1.0 / N) * gamma * (var + eps) ** (-1.0 / 2.0) * (
      N * dout - np.sum(dout, axis=0) - xmu * (var + eps) ** (-1.0) * np.sum(dout * xmu, axis=0))
  return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
  eps = ln_param.get('eps', 1e-5)
  xt = x.T
  mu = np.mean(xt, axis=0)
  var = np.mean((xt - mu) ** 2, axis=0)
  xhat = ((xt - mu) / np.sqrt(var + eps)).T
  out = xhat * gamma + beta
  cache = (xhat, gamma, var, eps)
  return out, cache


def layernorm_backward(dout, cache):
  xhat, gamma, var, eps = cache
  N, D = dout.shape
  dbeta = dout.sum(axis=0, keepdims=True)
  dgamma = (dout * xhat).sum(axis=0, keepdims=True)
  d = (dout * gamma).T
  h = xhat.T
  dx = 1.0 / D / np.sqrt(var + eps) * (D * d - d.sum(axis=0) - h * (d * h).sum(axis=0))
  return dx.T, dgamma, dbeta


def dropout_forward(x, dropout_param):
  p, mode = dropout_param['p'], dropout_param['mode']
  if 'seed' in dropout_param:
    np.random.seed(dropout_param['seed'])

  mask = None
  out = None
  if mode == 'train':
    mask = (np.random.rand(*x.shape) >= p) / (1.0 - p)
    out = x * mask
  elif mode == 'test':
    out = x
  cache = (dropout_param, mask)
  out = out.astype(x.dtype, copy=False)
  return out, cache


def dropout_backward(dout, cache):
  dropout_param, mask = cache
  mode = dropout_param['mode']
  if mode == 'train':
    dx = dout * mask
  elif mode == 'test':
    dx = dout
  return dx


def conv_forward_naive(x, w, b, conv_param):
  out = None
  N, C, H, W = x.shape
  F, C, HH, WW = w.shape
  S = conv_param['stride']
  P = conv_param['pad']
  H_ = int(1 + (H + 2 * P - HH) / S)
  W_ = int(1 + (W + 2 * P - WW) / S)
  xp = np.lib.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant', constant_values=0)
  out = np.zeros((N, F, H_, W_))
  for n in xrange(N):
    for f in xrange(F):
      for i in xrange(H_):
        for j in xrange(W_):
          out[n, f, i, j] = np.sum(xp[n, :, i * S:i * S + HH, j * S:j * S + WW] * w[f]) + b[f]
  cache = (x, w, b, conv_param)
  return out, cache


def conv_backward_naive(dout, cache):
  dx, dw, db = None, None, None
  x, w, b, conv_param = cache
  N, C, H, W = x.shape
  F, C, HH, WW = w.shape
  S, P = conv_param['stride'], conv_param['pad']
  N, F, H_, W_ = dout.shape
  xp = np.pad(x, [(0, 0), (0, 0), (P, P), (P, P)], 'constant')
  dxp = np.zeros(xp.shape)
  dw = np.zeros(w.shape)
  db = np.zeros(b.shape)
  for n in xrange(N):
    for f in xrange(F):
      for i in xrange(H_):
        for j in xrange(W_):
          db[f] += dout[n, f, i, j]
          for c in xrange(C):
            dw[f, c] += xp[n, c, i * S:i * S + HH, j * S:j * S + WW] * dout[n, f, i, j]
            dxp[n, c, i * S:i * S + HH, j * S:j * S + WW] += w[f, c] * dout[n, f, i, j]
  dx = dxp[:, :, P:P + H, P:P + W]
  return dx, dw, db


def max_pool_forward_naive(x, pool_param):
  out = None
  HH, WW, S = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
  N, C, H, W = x.shape
  H_, W_ = (H - HH) // S + 1, (W - WW) // S + 1
  out = np.zeros((N, C, H_, W_))
  for n in xrange(N):
    for c in xrange(C):
      for i in xrange(H_):
        for j in xrange(W_):
          out[n, c, i, j] = np.max(x[n, c, i * S:i * S + HH, j * S:j * S + WW])
  cache = (x, pool_param)
  return out, cache


def max_pool_backward_naive(dout, cache):
  dx = None
  x, pool_param = cache
  HH, WW, S = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
  N, C, H_, W_ = dout.shape
  dx = np.zeros(x.shape)
  for n in xrange(N):
    for c in xrange(C):
      for i in xrange(H_):
        for j in xrange(W_):
          win = x[n, c, i * S:i * S + HH, j * S:j * S + WW]
          m = np.max(win)
          dx[n, c, i * S:i * S + HH, j * S:j * S + WW] += (win == m) * dout[n, c, i, j]
  return dx


def svm_loss(x, y):
  N = x.shape[0]
  correct_class_scores = x[np.arange(N), y]
  margins = np.maximum(0, x - correct_class_scores[:, np.newaxis] + 1.0)
  margins[np.arange(N), y] = 0
  loss = np.sum(margins) / N
  dx = np.array(margins > 0, dtype=np.float)
  dx[np.arange(N), y] = -np.sum(dx, axis=1)
  dx /= N
  return loss, dx


def softmax_loss(x, y):
  N = x.shape[0]
  x -= np.max(x, axis=1, keepdims=True)
  probs = np.exp(x)
  probs /= np.sum(probs, axis=1, keepdims=True)
  loss = -np.log(probs[xrange(N), y]).sum(keepdims=True) / N
  dx = probs.copy()
  dx[xrange(N), y] -= 1
  dx /= N
  return loss, dx


if __name__ == '__main__':
  data = get_CIFAR10_data()
  for k, v in data.iteritems():
    print '%s: ' % k, v.shape
