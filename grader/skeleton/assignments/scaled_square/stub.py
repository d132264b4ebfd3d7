# %% [markdown]
# # Scaled square
#
# $$y_i = c \, x_i^2$$
#
# for every entry of an array, with one number $c$ for all of them.
#
# Check your work as you go: `grader check scaled_square.py` (or the notebook's name).

# %%
import numpy as np


# %%
def scaled_square_forward(x, c):
    """c times the square of each entry, and what the backward will need.

    x: array of any shape
    c: number
    Returns (y, cache): y has the shape of x; the cache is yours.

    >>> y, cache = scaled_square_forward(np.array([1.0, -2.0, 3.0]), 0.5)
    >>> print(y)
    [0.5 2.  4.5]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# Every entry of `y` depends on its own entry of `x`, and all of them depend on `c`.


# %%
def scaled_square_backward(dy, cache):
    """The gradients of x and c.

    dy: array of y's shape, the gradient of y
    cache: what the forward returned
    Returns (dx, dc): an array of x's shape, and a number.

    >>> y, cache = scaled_square_forward(np.array([1.0, -2.0, 3.0]), 0.5)
    >>> dx, dc = scaled_square_backward(np.array([1.0, -1.0, 2.0]), cache)
    >>> print(dx)
    [1. 2. 6.]
    >>> print(float(dc))
    15.0
    """
    raise NotImplementedError
