# %% [markdown]
# # The layers of CS231n
#
# A network is a stack of layers, and each layer is a pair: a forward that computes its output and keeps what its
# backward will need in `cache`, and a backward that takes the gradient of the output, `dout`, and returns the
# gradient of everything that came in, in the same order.
#
# The names are those of the course's second assignment: a finished `layers.py` can be handed in as it is. Write plain
# numpy. What a layer is told beside its arrays comes in a dict: `dropout_param`, `bn_param`, `ln_param`,
# `conv_param`, `pool_param`.
#
# Check your work as you go: `grader check cs231n_layers.py` (or the notebook's name).

# %%
import numpy as np


# %%
def affine_forward(x, w, b):
    """A fully connected layer.

    x: array (m, d_1, ..., d_k), m samples; each is flattened to d = d_1 * ... * d_k numbers
    w: array (d, c); b: array (c,)
    Returns (out, cache): out is (m, c); the cache is yours.

    >>> x, w, b = np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), np.array([[0.5], [-1.0]]), np.array([0.25])
    >>> out, cache = affine_forward(x, w, b)
    >>> print(out)
    [[-1.25]
     [-2.25]]
    """
    raise NotImplementedError


# %%
def affine_backward(dout, cache):
    """The gradients of x, w and b.

    dout: array (m, c); cache: what the forward returned
    Returns (dx, dw, db), each of the shape of what it is the gradient of.

    >>> x, w, b = np.array([[[1.0, 2.0]], [[3.0, 4.0]]]), np.array([[0.5], [-1.0]]), np.array([0.25])
    >>> out, cache = affine_forward(x, w, b)
    >>> dx, dw, db = affine_backward(np.array([[1.0], [2.0]]), cache)
    >>> print(dx.shape, dw.ravel(), db)
    (2, 1, 2) [ 7. 10.] [3.]
    """
    raise NotImplementedError


# %%
def relu_forward(x):
    """The larger of x and 0.

    x: array of any shape
    Returns (out, cache).

    >>> out, cache = relu_forward(np.array([-1.0, 2.0, 3.0]))
    >>> print(out)
    [0. 2. 3.]
    """
    raise NotImplementedError


# %%
def relu_backward(dout, cache):
    """The gradient of x.

    >>> out, cache = relu_forward(np.array([-1.0, 2.0, 3.0]))
    >>> print(relu_backward(np.array([10.0, 20.0, 30.0]), cache))
    [ 0. 20. 30.]
    """
    raise NotImplementedError


# %% [markdown]
# ## Losses
#
# Both take scores `x` (m, c) and labels `y` (m,), the number of each sample's right class, and return the loss, which
# is the mean over the samples, together with its gradient. Scores of +-1000 are legal.


# %%
def softmax_loss(x, y):
    """The mean of -log softmax(x)[y], and its gradient.

    Returns (loss, dx): a number and an array (m, c).

    >>> loss, dx = softmax_loss(np.array([[1.0, 2.0, 3.0]]), np.array([2]))
    >>> print(round(float(loss), 8), np.round(dx, 8))
    0.40760596 [[ 0.09003057  0.24472847 -0.33475904]]
    """
    raise NotImplementedError


# %%
def svm_loss(x, y):
    """The mean of sum over the wrong classes j of max(0, x_j - x_y + 1), and its gradient.

    Returns (loss, dx): a number and an array (m, c).

    >>> loss, dx = svm_loss(np.array([[1.0, 2.5, 2.0]]), np.array([2]))
    >>> print(float(loss), dx + 0.0)
    1.5 [[ 0.  1. -1.]]
    """
    raise NotImplementedError


# %% [markdown]
# ## Dropout
#
# Inverted dropout: in train mode some units are set to 0 and the others are divided by the probability of keeping
# one; in test mode nothing happens. `p` is the probability of keeping a unit. (Older handouts take it for that of
# dropping one; that is accepted as well, when mask and scale agree.)


# %%
def dropout_forward(x, dropout_param):
    """Drop units, in train mode.

    x: array of any shape
    dropout_param: {"mode": "train" or "test", "p": ..., and perhaps "seed": a number for np.random.seed}
    Returns (out, cache).

    >>> out, cache = dropout_forward(np.array([1.0, 2.0]), {"mode": "test", "p": 0.8})
    >>> print(out)
    [1. 2.]
    """
    raise NotImplementedError


# %%
def dropout_backward(dout, cache):
    """The gradient of x.

    >>> out, cache = dropout_forward(np.array([1.0, 2.0]), {"mode": "test", "p": 0.8})
    >>> print(dropout_backward(np.array([3.0, 4.0]), cache))
    [3. 4.]
    """
    raise NotImplementedError


# %% [markdown]
# ## Normalisation
#
# Batch normalisation gives every feature mean 0 and variance 1 over the batch, then scales by gamma and shifts by
# beta: $\hat x = (x - \mu) / \sqrt{\sigma^2 + \epsilon}$, with the biased variance. In train mode it also keeps
# running values in `bn_param`, starting from zeros:
#
# `running = momentum * running + (1 - momentum) * sample`
#
# In test mode these take the place of the batch's own. Layer normalisation does the same for every sample over its
# features, and needs no running values.


# %%
def batchnorm_forward(x, gamma, beta, bn_param):
    """Batch normalisation.

    x: array (m, d); gamma, beta: arrays (d,)
    bn_param: {"mode": "train" or "test"}, perhaps with "eps" (else 1e-5), "momentum" (else 0.9), "running_mean" and
        "running_var" (else zeros), arrays (d,), which train mode brings up to date in bn_param itself
    Returns (out, cache).

    >>> x = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
    >>> out, cache = batchnorm_forward(x, np.array([1.0, 2.0]), np.array([0.0, 1.0]), {"mode": "train"})
    >>> print(np.round(out, 4))
    [[-1.2247 -1.4495]
     [ 0.      3.4495]
     [ 1.2247  1.    ]]
    """
    raise NotImplementedError


# %%
def batchnorm_backward(dout, cache):
    """The gradients of x, gamma and beta in train mode, through every step of the forward.

    Returns (dx, dgamma, dbeta).

    >>> x = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
    >>> out, cache = batchnorm_forward(x, np.array([1.0, 2.0]), np.array([0.0, 1.0]), {"mode": "train"})
    >>> dx, dgamma, dbeta = batchnorm_backward(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), cache)
    >>> print(np.round(dx, 4), np.round(dgamma, 4), dbeta)
    [[ 0.1021  0.2041]
     [-0.2041  0.2041]
     [ 0.1021 -0.4082]] [-1.2247  1.2247] [1. 1.]
    """
    raise NotImplementedError


# %%
def batchnorm_backward_alt(dout, cache):
    """The same gradients from the same cache, with dx simplified on paper first.

    Returns (dx, dgamma, dbeta).

    >>> x = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 4.0]])
    >>> out, cache = batchnorm_forward(x, np.array([1.0, 2.0]), np.array([0.0, 1.0]), {"mode": "train"})
    >>> dx, dgamma, dbeta = batchnorm_backward_alt(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), cache)
    >>> print(np.round(dx, 4), np.round(dgamma, 4), dbeta)
    [[ 0.1021  0.2041]
     [-0.2041  0.2041]
     [ 0.1021 -0.4082]] [-1.2247  1.2247] [1. 1.]
    """
    raise NotImplementedError


# %%
def layernorm_forward(x, gamma, beta, ln_param):
    """Layer normalisation.

    x: array (m, d); gamma, beta: arrays (d,); ln_param: a dict, perhaps with "eps" (else 1e-5)
    Returns (out, cache).

    >>> x = np.array([[1.0, 3.0, 5.0], [2.0, 6.0, 4.0]])
    >>> out, cache = layernorm_forward(x, np.array([1.0, 2.0, 1.0]), np.array([0.0, 1.0, 0.0]), {})
    >>> print(np.round(out, 4))
    [[-1.2247  1.      1.2247]
     [-1.2247  3.4495  0.    ]]
    """
    raise NotImplementedError


# %%
def layernorm_backward(dout, cache):
    """The gradients of x, gamma and beta.

    Returns (dx, dgamma, dbeta).

    >>> x = np.array([[1.0, 3.0, 5.0], [2.0, 6.0, 4.0]])
    >>> out, cache = layernorm_forward(x, np.array([1.0, 2.0, 1.0]), np.array([0.0, 1.0, 0.0]), {})
    >>> dx, dgamma, dbeta = layernorm_backward(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), cache)
    >>> print(np.round(dx, 4), np.round(dgamma, 4), dbeta)
    [[ 0.1021 -0.2041  0.1021]
     [ 0.2041  0.2041 -0.4082]] [-1.2247  1.2247  0.    ] [1. 1. 0.]
    """
    raise NotImplementedError


# %% [markdown]
# ## Convolution and pooling
#
# Images are (samples, channels, height, width). A filter covers all channels, and is slid over the image without
# turning it round; the image has `pad` rows and columns of zeros around it, and windows start every `stride` rows and
# columns. There are 1 + (H + 2 pad - HH) / stride places for a filter of height HH. Loops are fine: nothing here has
# to be fast.


# %%
def conv_forward_naive(x, w, b, conv_param):
    """A convolutional layer.

    x: array (n, c, h, w); w: array (f, c, hh, ww), f filters; b: array (f,)
    conv_param: {"stride": ..., "pad": ...}
    Returns (out, cache): out is (n, f, 1 + (h + 2 pad - hh) / stride, 1 + (w + 2 pad - ww) / stride).

    >>> x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    >>> w, b = np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), np.array([0.5])
    >>> out, cache = conv_forward_naive(x, w, b, {"stride": 1, "pad": 0})
    >>> print(out[0, 0])
    [[-3.5 -3.5]
     [-3.5 -3.5]]
    """
    raise NotImplementedError


# %%
def conv_backward_naive(dout, cache):
    """The gradients of x, w and b.

    Returns (dx, dw, db).

    >>> x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    >>> w, b = np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), np.array([0.5])
    >>> out, cache = conv_forward_naive(x, w, b, {"stride": 1, "pad": 0})
    >>> dx, dw, db = conv_backward_naive(np.array([[[[1.0, 0.0], [0.0, 10.0]]]]), cache)
    >>> print(dx[0, 0] + 0.0, dw[0, 0], db)
    [[  1.   0.   0.]
     [  0.   9.   0.]
     [  0.   0. -10.]] [[51. 62.]
     [84. 95.]] [11.]
    """
    raise NotImplementedError


# %%
def max_pool_forward_naive(x, pool_param):
    """The largest entry of each window.

    x: array (n, c, h, w)
    pool_param: {"pool_height": ..., "pool_width": ..., "stride": ...}; windows may overlap
    Returns (out, cache): out is (n, c, 1 + (h - pool_height) / stride, 1 + (w - pool_width) / stride).

    >>> x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    >>> out, cache = max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 1})
    >>> print(out[0, 0])
    [[5. 6.]
     [8. 9.]]
    """
    raise NotImplementedError


# %%
def max_pool_backward_naive(dout, cache):
    """The gradient of x: an array of its shape.

    >>> x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    >>> out, cache = max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 1})
    >>> print(max_pool_backward_naive(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)[0, 0])
    [[0. 0. 0.]
     [0. 1. 2.]
     [0. 3. 4.]]
    """
    raise NotImplementedError
