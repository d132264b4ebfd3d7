# %% [markdown]
# # Dense layer
#
# A layer of $n$ sigmoid units over a batch of $m$ samples, each sample a column:
#
# $$Z = W A_{prev} + b, \qquad A = \sigma(Z) = \frac{1}{1 + e^{-Z}}$$
#
# with $A_{prev}$ of shape $(n_{prev}, m)$, $W$ of $(n, n_{prev})$ and $b$ of $(n, 1)$, which is added to every column.
#
# Check your work as you go: `grader check dense_layer.py` (or the notebook's name).

# %%
import numpy as np


# %%
def dense_forward(a_prev, W, b):
    """The activations of the layer, and what the backward will need.

    a_prev: array (n_prev, m), the inputs, a column a sample
    W: array (n, n_prev), a row of weights for each unit
    b: array (n, 1), the biases
    Returns (a, cache): a is an array (n, m); the cache is yours, anything that helps.

    >>> a_prev, W, b = np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[2.0, -1.0]]), np.array([[1.0]])
    >>> a, cache = dense_forward(a_prev, W, b)
    >>> print(np.round(a, 8))
    [[0.73105858 0.88079708]]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# `da` is the gradient of whatever comes above, for every entry of `a`. Go back gate by gate: first through the
# sigmoid to `dz`, then through the sum and the product. Shapes guide you: each gradient has the shape of what it is
# the gradient of. Where one number is used by many samples, the gradients of all of them add up. Nothing is divided
# by $m$: whether a loss is a mean is already in `da`.


# %%
def dense_backward(da, cache):
    """The gradients of the inputs, the weights and the biases.

    da: array (n, m), the gradient of a
    cache: what the forward returned
    Returns (da_prev, dW, db): arrays (n_prev, m), (n, n_prev) and (n, 1).

    >>> a_prev, W, b = np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[2.0, -1.0]]), np.array([[1.0]])
    >>> a, cache = dense_forward(a_prev, W, b)
    >>> da_prev, dW, db = dense_backward(np.array([[1.0, -2.0]]), cache)
    >>> print(np.round(da_prev, 8))
    [[ 0.39322387 -0.41997434]
     [-0.19661193  0.20998717]]
    >>> print(np.round(dW, 8), np.round(db, 8))
    [[0.19661193 0.60321104]] [[-0.01337524]]
    """
    raise NotImplementedError
