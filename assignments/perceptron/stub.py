# %% [markdown]
# # Perceptron
#
# A layer of sigmoid units without biases, and how far its outputs are from their targets:
#
# $$o = \sigma(x W), \qquad L = \tfrac{1}{2} \sum_j (o_j - t_j)^2, \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# With a single column in `W` it is the single-output perceptron. Only the weights learn, so only they get a gradient.
#
# Check your work as you go: `grader check perceptron.py` (or the notebook's name).

# %%
import numpy as np


# %%
def perceptron_forward(W, x, t):
    """The loss of one sample, and what the backward will need.

    W: array (j, k), the weights: column i holds those of output i
    x: array (j,), the inputs
    t: array (k,), the targets
    Returns (loss, cache): loss is a number; the cache is yours.

    >>> W, x, t = np.array([[1.0, 0.0], [0.5, -0.5]]), np.array([1.0, 2.0]), np.array([1.0, 0.0])
    >>> loss, cache = perceptron_forward(W, x, t)
    >>> print(round(float(loss), 8))
    0.04326941
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# Go back gate by gate: the squared error, the sigmoid of each output, the product with `x`. `W[i, j]` only takes part
# in output `j`, where it is multiplied by `x[i]`.


# %%
def perceptron_backward(dloss, cache):
    """The gradient of the weights.

    dloss: a number, the gradient of the loss
    cache: what the forward returned
    Returns dW: an array (j, k), the array itself and not a tuple.

    >>> W, x, t = np.array([[1.0, 0.0], [0.5, -0.5]]), np.array([1.0, 2.0]), np.array([1.0, 0.0])
    >>> loss, cache = perceptron_forward(W, x, t)
    >>> print(np.round(perceptron_backward(1.0, cache), 8))
    [[-0.01251554  0.05287709]
     [-0.02503108  0.10575419]]
    """
    raise NotImplementedError
