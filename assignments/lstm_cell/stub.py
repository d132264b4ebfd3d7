# %% [markdown]
# # LSTM cell
#
# One step of a long short-term memory. All four gates come out of one sum, a quarter for each, in the order i, f, g, o:
#
# $$z = x W + h_{prev} U + b, \qquad i, f, o = \sigma(z_i), \sigma(z_f), \sigma(z_o), \qquad g = \tanh(z_g)$$
#
# $$c = f \, c_{prev} + i \, g, \qquad h = o \tanh(c)$$
#
# with $\sigma(z) = 1 / (1 + e^{-z})$ and all products of gates entry by entry.
#
# Check your work as you go: `grader check lstm_cell.py` (or the notebook's name).

# %%
import numpy as np


# %%
def lstm_cell_forward(x, h_prev, c_prev, W, U, b):
    """The next output and state, and what the backward will need.

    x: array (d,), the input
    h_prev, c_prev: arrays (n,), the last output and state
    W: array (d, 4n), U: array (n, 4n), b: array (4n,)
    Returns (h, c, cache): h and c are arrays (n,); the cache is yours.

    >>> x, h_prev, c_prev = np.array([1.0, -1.0]), np.array([0.5]), np.array([2.0])
    >>> W = np.array([[0.5, 1.0, -1.0, 0.0], [1.0, 0.0, 0.5, -0.5]])
    >>> U, b = np.array([[1.0, 0.0, 2.0, -1.0]]), np.array([0.0, 0.5, 0.25, 1.0])
    >>> h, c, cache = lstm_cell_forward(x, h_prev, c_prev, W, U, b)
    >>> print(np.round(h, 8), np.round(c, 8))
    [0.66337366] [1.51268962]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# Go through the stages in reverse. c is used twice: it leaves the cell, with the gradient dc, and it goes into h. What
# comes together of both is the gradient from which c_prev and the gates i, f and g get theirs; put the gates' gradients
# together in the order of z, and the rest is a layer as any other.


# %%
def lstm_cell_backward(dh, dc, cache):
    """The gradients of everything that went in.

    dh, dc: arrays (n,), the gradients of h and of c as it leaves the cell
    cache: what the forward returned
    Returns (dx, dh_prev, dc_prev, dW, dU, db), each of the shape of what it is the gradient of.

    >>> x, h_prev, c_prev = np.array([1.0, -1.0]), np.array([0.5]), np.array([2.0])
    >>> W = np.array([[0.5, 1.0, -1.0, 0.0], [1.0, 0.0, 0.5, -0.5]])
    >>> U, b = np.array([[1.0, 0.0, 2.0, -1.0]]), np.array([0.0, 0.5, 0.25, 1.0])
    >>> h, c, cache = lstm_cell_forward(x, h_prev, c_prev, W, U, b)
    >>> dx, dh_prev, dc_prev, dW, dU, db = lstm_cell_backward(np.array([1.0]), np.array([0.5]), cache)
    >>> print(np.round(dx, 8), np.round(dh_prev, 8), np.round(dc_prev, 8))
    [-0.12728605  0.02011749] [0.37443795] [0.51433875]
    >>> print(np.round(db, 8))
    [-0.03851978  0.18765703  0.29568319  0.17840866]
    """
    raise NotImplementedError
