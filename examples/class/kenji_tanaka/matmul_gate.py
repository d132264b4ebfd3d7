# %% [markdown]
# # Matrix multiply gate
#
# $$D = W X$$
#
# The gate of every linear layer. Write its forward and its backward for matrices of any shape that fits.
#
# You don't have to remember the formula for the gradients: `dW` has the shape of `W` and is made of `dD` and `X`. For
# matrices that aren't square, there is one product that fits.
#
# Check your work as you go: `grader check matmul_gate.py` (or the notebook's name).

# %%
import numpy as np


# %%
def matmul_forward(W, X):
    """The product, and what the backward will need.

    W: array (n, k)
    X: array (k, m)
    Returns (D, cache): D is an array (n, m); the cache is yours.

    >>> D, cache = matmul_forward(np.array([[1.0, 2.0, 0.0]]), np.array([[3.0, 1.0], [4.0, 1.0], [5.0, 1.0]]))
    >>> print(D)
    [[11.  3.]]
    """
    return W @ X, (W, X)


# %%
def matmul_backward(dD, cache):
    """The gradients of W and X.

    dD: array (n, m), the gradient of D
    cache: what the forward returned
    Returns (dW, dX): arrays (n, k) and (k, m).

    >>> D, cache = matmul_forward(np.array([[1.0, 2.0, 0.0]]), np.array([[3.0, 1.0], [4.0, 1.0], [5.0, 1.0]]))
    >>> dW, dX = matmul_backward(np.array([[1.0, 10.0]]), cache)
    >>> print(dW)
    [[13. 14. 15.]]
    >>> print(dX)
    [[ 1. 10.]
     [ 2. 20.]
     [ 0.  0.]]
    """
    raise NotImplementedError
