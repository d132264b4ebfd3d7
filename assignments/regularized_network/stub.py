# %% [markdown]
# # A regularized network
#
# Three layers, LINEAR-RELU-LINEAR-RELU-LINEAR-SIGMOID, for yes-or-no questions. Arrays have a sample in each column:
# X (inputs, m), Y (1, m), A1 and A2 a row for each unit, A3 (1, m). Parameters are a dict with W1, b1, W2, b2, W3, b3.
#
# The module `reg_utils` is there for you, with `compute_cost(A3, Y)`, the mean cross-entropy, and `sigmoid` and `relu`.
#
# Check your work as you go: `grader check regularized_network.py` (or the notebook's name).

# %%
import numpy as np
from reg_utils import compute_cost, relu, sigmoid

# The network of the examples.
parameters = {
    "W1": np.array([[1.0, -1.0], [0.5, 2.0]]),
    "b1": np.array([[0.0], [-1.0]]),
    "W2": np.array([[2.0, -1.0], [1.0, 1.0]]),
    "b2": np.array([[0.5], [0.0]]),
    "W3": np.array([[1.0, -2.0]]),
    "b3": np.array([[0.25]]),
}
X = np.array([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]])
Y = np.array([[1.0, 0.0, 1.0]])


# %% [markdown]
# ## L2 regularization
#
# The cost is the mean cross-entropy, plus lambd/(2m) times the sum of all squared weights. Biases are left alone.


# %%
def compute_cost_with_regularization(A3, Y, parameters, lambd):
    """The regularized cost.

    A3: array (1, m), the network's output
    Y: array (1, m) of zeros and ones
    parameters: the dict of weights and biases
    lambd: a number
    Returns the cost, a number.

    >>> A3 = np.array([[0.8, 0.1, 0.6]])
    >>> print(round(float(compute_cost_with_regularization(A3, Y, parameters, 0.3)), 8))
    1.19227656
    """
    raise NotImplementedError


# %%
def backward_propagation_with_regularization(X, Y, cache, lambd):
    """The gradients of the regularized cost.

    X: array (inputs, m)
    Y: array (1, m)
    cache: (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) of the forward pass
    lambd: a number
    Returns a dict with dW1, db1, dW2, db2, dW3, db3; whatever else it holds is not looked at.

    >>> from reg_utils import forward_propagation
    >>> A3, cache = forward_propagation(X, parameters)
    >>> gradients = backward_propagation_with_regularization(X, Y, cache, 0.3)
    >>> print(np.round(gradients["dW3"], 8))
    [[-0.38748797 -0.58680355]]
    >>> print(np.round(gradients["dW1"], 8))
    [[ 0.1        -0.1       ]
     [ 0.7291787   0.53958935]]
    """
    raise NotImplementedError


# %% [markdown]
# ## Dropout
#
# Inverted dropout on both hidden layers: a mask D of zeros and ones in the shape of A, each entry 1 with probability
# keep_prob; then A = A * D / keep_prob.


# %%
def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
    """The forward pass with dropout.

    X: array (inputs, m)
    parameters: the dict of weights and biases
    keep_prob: a number above 0 and up to 1, the probability that a unit is kept
    Returns (A3, cache), the cache being (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3).

    >>> A3, cache = forward_propagation_with_dropout(X, parameters, 1.0)
    >>> print(np.round(A3, 8))
    [[0.3208213 0.6791787 0.6791787]]
    """
    raise NotImplementedError


# %%
def backward_propagation_with_dropout(X, Y, cache, keep_prob):
    """The gradients of the cost without regularization, through the units that were kept.

    X: array (inputs, m)
    Y: array (1, m)
    cache: what the forward pass returned
    keep_prob: a number
    Returns a dict with dW1, db1, dW2, db2, dW3, db3; whatever else it holds is not looked at.

    >>> D1, D2 = np.array([[1, 0, 1], [1, 1, 0]]), np.array([[1, 1, 1], [1, 0, 0]])
    >>> W1, b1, W2, b2, W3, b3 = (parameters[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
    >>> Z1 = W1 @ X + b1
    >>> A1 = relu(Z1) * D1 / 0.8
    >>> Z2 = W2 @ A1 + b2
    >>> A2 = relu(Z2) * D2 / 0.8
    >>> Z3 = W3 @ A2 + b3
    >>> A3 = sigmoid(Z3)
    >>> cache = (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
    >>> gradients = backward_propagation_with_dropout(X, Y, cache, 0.8)
    >>> print(np.round(gradients["dW3"], 8))
    [[-0.24076553 -0.42336839]]
    """
    raise NotImplementedError
