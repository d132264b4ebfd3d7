# %% [markdown]
# # Convolution over time
#
# A window of $k$ rows slides along `x`; each row of the output is that window times the kernel, plus the bias:
#
# $$\text{out}_{i, c} = \text{bias}_c + \sum_{o=0}^{k-1} \sum_{a} x_{i + o, a} \, \text{kernel}_{o, a, c}$$
#
# No padding, a step of 1, and the kernel is not flipped, as in the usual libraries (mathematicians call that a
# correlation). There are $t - k + 1$ windows.
#
# Check your work as you go: `grader check conv1d.py` (or the notebook's name).

# %%
import numpy as np


# %%
def conv1d_forward(x, kernel, bias):
    """The output of every window, and what the backward will need.

    x: array (t, c_in), a row for each moment
    kernel: array (k, c_in, c_out), with k at most t
    bias: array (c_out,)
    Returns (out, cache): out is an array (t - k + 1, c_out); the cache is yours.

    >>> x = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    >>> kernel = np.array([[[1.0], [2.0]], [[3.0], [-1.0]]])
    >>> out, cache = conv1d_forward(x, kernel, np.array([0.5]))
    >>> print(out)
    [[6.5]
     [1.5]]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# The kernel and the bias are used by every window, and a row of `x` lies in several windows: gradients add up wherever
# something is used more than once.


# %%
def conv1d_backward(dout, cache):
    """The gradients of x, kernel and bias.

    dout: array (t - k + 1, c_out), the gradient of out
    cache: what the forward returned
    Returns (dx, dkernel, dbias): arrays (t, c_in), (k, c_in, c_out) and (c_out,).

    >>> x = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    >>> kernel = np.array([[[1.0], [2.0]], [[3.0], [-1.0]]])
    >>> out, cache = conv1d_forward(x, kernel, np.array([0.5]))
    >>> dx, dkernel, dbias = conv1d_backward(np.array([[1.0], [10.0]]), cache)
    >>> print(dx)
    [[  1.   2.]
     [ 13.  19.]
     [ 30. -10.]]
    >>> print(dkernel[:, :, 0])
    [[21. 10.]
     [ 2. 31.]]
    >>> print(dbias)
    [11.]
    """
    raise NotImplementedError
