# %% [markdown]
# # Sigmoid neuron
#
# A neuron with two inputs and a bias:
#
# $$f = \sigma(w_0 x_0 + w_1 x_1 + w_2), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# Write its forward and its backward. The sigmoid is one gate here: its local gradient is short when you express it
# in $f$ itself.
#
# Check your work as you go: `grader check sigmoid_neuron.py` (or the notebook's name).

# %%
import numpy as np


# %%
def sigmoid_neuron_forward(w, x):
    """The output of the neuron, and what the backward will need.

    w: array (3,), the two weights and the bias
    x: array (2,), the inputs
    Returns (f, cache): f is a number; the cache is yours, anything that helps.

    >>> f, cache = sigmoid_neuron_forward(np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))
    >>> print(round(float(f), 8))
    0.73105858
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# `df` is the upstream gradient: how much the final result changes with `f`. It is not always 1.


# %%
def sigmoid_neuron_backward(df, cache):
    """The gradients of w and x.

    df: a number, the gradient of f
    cache: what the forward returned
    Returns (dw, dx): arrays (3,) and (2,).

    >>> f, cache = sigmoid_neuron_forward(np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))
    >>> dw, dx = sigmoid_neuron_backward(1.0, cache)
    >>> print(np.round(dw, 8))
    [-0.19661193 -0.39322387  0.19661193]
    >>> print(np.round(dx, 8))
    [ 0.39322387 -0.5898358 ]
    """
    raise NotImplementedError
