# %% [markdown]
# # Multilayer perceptron
#
# Sigmoid layers on top of each other, without biases, and how far the outputs of the last are from their targets:
#
# $$a_0 = x, \qquad a_{l+1} = \sigma(a_l W_l), \qquad o = a_L, \qquad C = \tfrac{1}{2} \sum_j (o_j - t_j)^2$$
#
# with $\sigma(z) = 1 / (1 + e^{-z})$. There is a layer for each matrix in the list `weights`, however many there are.
#
# Check your work as you go: `grader check mlp.py` (or the notebook's name).

# %%
import numpy as np


# %%
def mlp_forward(x, weights, t):
    """The loss of one sample, and what the backward will need.

    x: array (n0,), the inputs
    weights: list of arrays (n0, n1), (n1, n2), ...: column j of each holds the weights of its layer's unit j
    t: array, the targets, one for each output
    Returns (loss, cache): loss is a number; the cache is yours.

    >>> x, t = np.array([1.0, -2.0]), np.array([0.2])
    >>> weights = [np.array([[0.5, -1.0], [0.25, 0.5]]), np.array([[2.0], [-1.0]])]
    >>> loss, cache = mlp_forward(x, weights, t)
    >>> print(round(float(loss), 8))
    0.1285181
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# Begin at the end. Each layer's delta is the gradient of its weighted sums: the last one's comes from the loss, every
# other one's from the delta of the layer above it. A layer's `dW` follows from its delta and what went into it.


# %%
def mlp_backward(dloss, cache):
    """The gradients of all weights.

    dloss: a number, the gradient of the loss
    cache: what the forward returned
    Returns dweights: a list of arrays in the order and shapes of weights, the list itself and not a tuple with it.

    >>> x, t = np.array([1.0, -2.0]), np.array([0.2])
    >>> weights = [np.array([[0.5, -1.0], [0.25, 0.5]]), np.array([[2.0], [-1.0]])]
    >>> loss, cache = mlp_forward(x, weights, t)
    >>> for dW in mlp_backward(1.0, cache):
    ...     print(np.round(dW, 8))
    [[ 0.0525128  -0.01102701]
     [-0.10502559  0.02205403]]
    [[0.0525128 ]
     [0.01251936]]
    """
    raise NotImplementedError
