# %% [markdown]
# # L2 regularization
#
# A penalty on large weights is added to the loss of the data:
#
# $$C = L + \frac{\lambda}{2 m} \sum_l \sum_{i, j} \left(W^{(l)}_{ij}\right)^2$$
#
# where $L$ is the data loss, $\lambda$ how much large weights cost, $m$ the number of samples, and $l$ runs over all
# weight matrices of the network.
#
# Check your work as you go: `grader check l2_regularization.py` (or the notebook's name).

# %%
import numpy as np


# %%
def l2_forward(data_loss, weights, lambd, m):
    """The data loss plus the penalty, and what the backward will need.

    data_loss: a number
    weights: list of arrays, matrices of any shapes
    lambd, m: numbers
    Returns (cost, cache): cost is a number; the cache is yours.

    >>> weights = [np.array([[1.0, -2.0]]), np.array([[3.0], [-1.0]])]
    >>> cost, cache = l2_forward(0.5, weights, 0.4, 4)
    >>> print(round(float(cost), 8))
    1.25
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# The cost is a sum: what comes down goes to the data loss and to each matrix alike. The gradient of a list of matrices
# is a list of matrices, each of the shape of its own.


# %%
def l2_backward(dcost, cache):
    """The gradients of the data loss and of every matrix.

    dcost: a number, the gradient of the cost
    cache: what the forward returned
    Returns (ddata_loss, dweights): a number, and a list of arrays in the order and shapes of weights.

    >>> weights = [np.array([[1.0, -2.0]]), np.array([[3.0], [-1.0]])]
    >>> cost, cache = l2_forward(0.5, weights, 0.4, 4)
    >>> ddata_loss, dweights = l2_backward(2.0, cache)
    >>> print(round(float(ddata_loss), 8))
    2.0
    >>> for dW in dweights:
    ...     print(np.round(dW, 8))
    [[ 0.2 -0.4]]
    [[ 0.6]
     [-0.2]]
    """
    raise NotImplementedError
