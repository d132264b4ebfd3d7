# %% [markdown]
# # Softmax
#
# $$p_i = \frac{e^{a_i}}{\sum_j e^{a_j}}, \qquad J_{ij} = \frac{\partial p_i}{\partial a_j} = p_i (\delta_{ij} - p_j)$$
#
# where $\delta_{ij}$ is 1 for $i = j$ and 0 otherwise. Every logit moves every probability, since all share one sum.
#
# Two things to mind. $e^{1000}$ is infinite in a computer, but softmax doesn't change when the same number is
# subtracted from every logit of a row. And a batch has many rows: each is a softmax of its own.
#
# Check your work as you go: `grader check softmax.py` (or the notebook's name).

# %%
import numpy as np


# %%
def softmax_forward(a):
    """Softmax over the last axis, and what the backward will need.

    a: array (..., n), the logits: a vector, a batch of rows, or more axes
    Returns (p, cache): p has the shape of a; the cache is yours.

    >>> p, cache = softmax_forward(np.array([1.0, 2.0, 3.0]))
    >>> print(np.round(p, 8))
    [0.09003057 0.24472847 0.66524096]
    >>> p, cache = softmax_forward(np.array([1001.0, 1002.0, 1003.0]))
    >>> print(np.round(p, 8))
    [0.09003057 0.24472847 0.66524096]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# Row by row, `da` is the Jacobian times `dp`. There is no need to build the Jacobian for it: write $\sum_i dp_i J_{ij}$
# down and simplify.


# %%
def softmax_backward(dp, cache):
    """The gradient of the logits.

    dp: array (..., n), the gradient of p
    cache: what the forward returned
    Returns da: an array of dp's shape.

    >>> p, cache = softmax_forward(np.array([1.0, 2.0, 3.0]))
    >>> print(np.round(softmax_backward(np.array([1.0, 0.0, 0.0]), cache), 8))
    [ 0.08192507 -0.02203304 -0.05989202]
    """
    raise NotImplementedError


# %%
def softmax_jacobian(a):
    """How every probability changes with every logit.

    a: array (n,), the logits
    Returns J: an array (n, n), J[i, j] is the derivative of p[i] in a[j].

    >>> print(np.round(softmax_jacobian(np.array([1.0, 2.0, 3.0])), 6))
    [[ 0.081925 -0.022033 -0.059892]
     [-0.022033  0.184836 -0.162803]
     [-0.059892 -0.162803  0.222695]]
    """
    raise NotImplementedError
