# %% [markdown]
# # Dropout
#
# Inverted dropout: while training, each unit is kept with probability `keep_prob` and scaled by `1 / keep_prob`, or
# dropped and set to 0. What is expected of a unit stays the same, so that at test time there is nothing left to do.
#
# Draw the mask however you like. It has to be a new one in each call, each unit for itself.
#
# Check your work as you go: `grader check dropout.py` (or the notebook's name).

# %%
import numpy as np


# %%
def dropout_forward(a, keep_prob, train=True):
    """Drop units at random, or pass them all on.

    a: array of any shape
    keep_prob: a number above 0 and up to 1, the probability that a unit is kept
    train: with False, out is a
    Returns (out, cache): out has the shape of a; the cache is yours.

    >>> out, cache = dropout_forward(np.ones(8), 0.8)
    >>> print(out)                                   # for example
    [1.25 1.25 0.   1.25 1.25 1.25 0.   1.25]
    >>> out, cache = dropout_forward(np.ones(8), 0.8, False)
    >>> print(out)
    [1. 1. 1. 1. 1. 1. 1. 1.]
    """
    raise NotImplementedError


# %%
def dropout_backward(dout, cache):
    """The gradient of a, through the units that the forward kept.

    dout: array of out's shape, the gradient of out
    cache: what the forward returned
    Returns da: an array of the same shape.

    >>> out, cache = dropout_forward(np.ones(8), 0.8)
    >>> print(out)                                   # for example
    [1.25 1.25 0.   1.25 1.25 1.25 0.   1.25]
    >>> print(dropout_backward(np.full(8, 2.0), cache))
    [2.5 2.5 0.  2.5 2.5 2.5 0.  2.5]
    """
    raise NotImplementedError
