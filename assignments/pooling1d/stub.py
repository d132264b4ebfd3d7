# %% [markdown]
# # Pooling over time
#
# Two ways to make a long sequence short, channel by channel. **Max pooling** keeps the largest entry of each window of
# `size` rows; the windows lie side by side, and rows at the end that don't fill a window are dropped. **Global average
# pooling** keeps the mean over all rows.
#
# Check your work as you go: `grader check pooling1d.py` (or the notebook's name).

# %%
import numpy as np


# %%
def max_pool1d_forward(x, size):
    """The largest entry of each window, and what the backward will need.

    x: array (t, c), a row for each moment
    size: the rows of a window, a whole number from 1 to t
    Returns (out, cache): out is an array (t // size, c); the cache is yours.

    >>> x = np.array([[1.0, -4.0], [3.0, -2.0], [2.0, -1.0], [0.0, -3.0], [9.0, 5.0]])
    >>> out, cache = max_pool1d_forward(x, 2)
    >>> print(out)
    [[ 3. -2.]
     [ 2. -1.]]
    """
    raise NotImplementedError


# %% [markdown]
# A max gate is a switch: only the entry that came through makes a difference to the output.


# %%
def max_pool1d_backward(dout, cache):
    """The gradient of x.

    dout: array (t // size, c), the gradient of out
    cache: what the forward returned
    Returns dx: an array (t, c), the array itself and not a tuple.

    >>> x = np.array([[1.0, -4.0], [3.0, -2.0], [2.0, -1.0], [0.0, -3.0], [9.0, 5.0]])
    >>> out, cache = max_pool1d_forward(x, 2)
    >>> print(max_pool1d_backward(np.array([[1.0, 2.0], [3.0, 4.0]]), cache))
    [[0. 0.]
     [1. 2.]
     [3. 4.]
     [0. 0.]
     [0. 0.]]
    """
    raise NotImplementedError


# %%
def global_average_pool1d_forward(x):
    """The mean of each channel over time, and what the backward will need.

    x: array (t, c)
    Returns (out, cache): out is an array (c,); the cache is yours.

    >>> x = np.array([[1.0, -4.0], [3.0, -2.0], [2.0, -1.0], [0.0, -3.0], [9.0, 5.0]])
    >>> out, cache = global_average_pool1d_forward(x)
    >>> print(out)
    [ 3. -1.]
    """
    raise NotImplementedError


# %%
def global_average_pool1d_backward(dout, cache):
    """The gradient of x.

    dout: array (c,), the gradient of out
    cache: what the forward returned
    Returns dx: an array (t, c), the array itself and not a tuple.

    >>> x = np.array([[1.0, -4.0], [3.0, -2.0], [2.0, -1.0], [0.0, -3.0], [9.0, 5.0]])
    >>> out, cache = global_average_pool1d_forward(x)
    >>> print(global_average_pool1d_backward(np.array([5.0, -10.0]), cache))
    [[ 1. -2.]
     [ 1. -2.]
     [ 1. -2.]
     [ 1. -2.]
     [ 1. -2.]]
    """
    raise NotImplementedError
