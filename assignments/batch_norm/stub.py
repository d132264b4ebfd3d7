# %% [markdown]
# # Batch normalisation
#
# Each column of `x` is normalised by its own mean and variance over the batch, then scaled and shifted by two
# parameters that the network learns:
#
# $$\mu = \frac{1}{m} \sum_i x_i, \qquad v = \frac{1}{m} \sum_i (x_i - \mu)^2, \qquad
# \hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \varepsilon}}, \qquad \text{out}_i = \gamma \hat{x}_i + \beta$$
#
# The variance is the biased one, divided by $m$. Rows are samples, and each column has numbers of its own.
#
# Check your work as you go: `grader check batch_norm.py` (or the notebook's name).

# %%
import numpy as np


# %%
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Normalise by the batch's statistics, and keep what the backward will need.

    x: array (m, n), a row for each sample
    gamma: array (n,), the scales
    beta: array (n,), the shifts
    eps: a small number, added to the variance
    Returns (out, cache): out is an array (m, n); the cache is yours.

    >>> x = np.array([[1.0, 4.0], [2.0, 0.0], [6.0, 2.0]])
    >>> out, cache = batchnorm_forward(x, np.array([2.0, 1.0]), np.array([0.5, -1.0]), 0.1)
    >>> print(np.round(out, 6))
    [[-1.332114  0.202407]
     [-0.416057 -2.202407]
     [ 3.248172 -1.      ]]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# An entry of `x` reaches the output by three paths: directly, through the mean and through the variance of its column.
# Go back gate by gate, and add up where paths meet. There is nothing to simplify until it works.


# %%
def batchnorm_backward(dout, cache):
    """The gradients of x, gamma and beta.

    dout: array (m, n), the gradient of out
    cache: what the forward returned
    Returns (dx, dgamma, dbeta): arrays (m, n), (n,) and (n,).

    >>> x = np.array([[1.0, 4.0], [2.0, 0.0], [6.0, 2.0]])
    >>> out, cache = batchnorm_forward(x, np.array([2.0, 1.0]), np.array([0.5, -1.0]), 0.1)
    >>> dx, dgamma, dbeta = batchnorm_backward(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), cache)
    >>> print(np.round(dx, 6))
    [[ 0.354465 -0.311467]
     [-0.433472 -0.289737]
     [ 0.079007  0.601204]]
    >>> print(np.round(dgamma, 6))
    [-0.916057 -1.202407]
    >>> print(dbeta)
    [1. 3.]
    """
    raise NotImplementedError
