# %% [markdown]
# # Gradient checking
#
# A backward pass is easily wrong in a way that still learns a little. Differences of the cost itself tell: they need no
# derivation. First for one number, then for a network of three layers, LINEAR-RELU-LINEAR-RELU-LINEAR-SIGMOID, with a
# sample in each column.
#
# The module `gc_utils` is there for you: `sigmoid`, `relu`, and between a dict of parameters and one vector,
# `dictionary_to_vector`, `vector_to_dictionary` and `gradients_to_vector`.
#
# Check your work as you go: `grader check gradient_checking_network.py` (or the notebook's name).

# %%
import numpy as np
from gc_utils import dictionary_to_vector, gradients_to_vector, relu, sigmoid, vector_to_dictionary

# The network of the examples.
X = np.array([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0], [-1.0, 0.5, 1.0], [2.0, 1.0, -1.0]])
Y = np.array([[1.0, 0.0, 1.0]])
parameters = {
    name: (np.arange(n * m) % 5 - 1.8).reshape(n, m) / 4
    for name, n, m in [("W1", 5, 4), ("b1", 5, 1), ("W2", 3, 5), ("b2", 3, 1), ("W3", 1, 3), ("b3", 1, 1)]
}


# %% [markdown]
# ## One number


# %%
def forward_propagation(x, theta):
    """J = theta x.

    x, theta: numbers
    Returns J, a number.

    >>> print(forward_propagation(2.0, 4.0))
    8.0
    """
    raise NotImplementedError


# %%
def backward_propagation(x, theta):
    """How J changes with theta.

    x, theta: numbers
    Returns dtheta, a number.

    >>> print(backward_propagation(2.0, 4.0))
    2.0
    """
    raise NotImplementedError


# %%
def gradient_check(x, theta, epsilon=1e-7):
    """Compare backward_propagation with a two-sided difference of forward_propagation.

    x, theta: numbers
    epsilon: a number, how far to go to either side of theta
    Returns |a - n| / (|a| + |n|) for the derivative a and the difference n over 2 epsilon.

    >>> print(gradient_check(2.0, 4.0, 1e-3) < 1e-7)
    True
    """
    raise NotImplementedError


# %% [markdown]
# ## A network
#
# W1 (5, 4), b1 (5, 1), W2 (3, 5), b2 (3, 1), W3 (1, 3), b3 (1, 1): 47 numbers in all.


# %%
def forward_propagation_n(X, Y, parameters):
    """The cost, the mean of the cross-entropy.

    X: array (4, m)
    Y: array (1, m) of zeros and ones
    parameters: a dict with W1, b1, W2, b2, W3, b3
    Returns (cost, cache), the cache being (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3).

    >>> cost, cache = forward_propagation_n(X, Y, parameters)
    >>> print(round(float(cost), 8))
    0.79184524
    """
    raise NotImplementedError


# %%
def backward_propagation_n(X, Y, cache):
    """The gradients of the cost.

    X: array (4, m)
    Y: array (1, m)
    cache: what the forward returned
    Returns a dict with dW1, db1, dW2, db2, dW3, db3; whatever else it holds is not looked at.

    >>> cost, cache = forward_propagation_n(X, Y, parameters)
    >>> gradients = backward_propagation_n(X, Y, cache)
    >>> print(np.round(gradients["dW3"], 8))
    [[ 0.00435874 -0.076644   -0.15764675]]
    >>> print(np.round(gradients["db1"].T, 8))
    [[ 0.         -0.02507188  0.00972033  0.02071416  0.10692362]]
    """
    raise NotImplementedError


# %%
def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
    """Compare gradients with two-sided differences of forward_propagation_n, for all 47 numbers together.

    parameters: a dict with W1, b1, W2, b2, W3, b3
    gradients: a dict with dW1, db1, dW2, db2, dW3, db3, which may be wrong
    X: array (4, m)
    Y: array (1, m)
    epsilon: a number, how far to go to either side of each parameter
    Returns ||a - n|| / (||a|| + ||n||) for the gradients a and the differences n, as vectors.

    >>> cost, cache = forward_propagation_n(X, Y, parameters)
    >>> gradients = backward_propagation_n(X, Y, cache)
    >>> print(gradient_check_n(parameters, gradients, X, Y, 1e-5) < 1e-7)
    True
    >>> gradients["dW2"] = 2 * gradients["dW2"]
    >>> print(round(float(gradient_check_n(parameters, gradients, X, Y, 1e-5)), 6))
    0.172513
    """
    raise NotImplementedError
