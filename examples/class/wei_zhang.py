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


# %% [markdown]
# # Staged computation
#
# $$f(x, y) = \frac{x + \sigma(y)}{\sigma(x) + (x + y)^2}, \qquad \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# Nobody wants to differentiate this in one go, and nobody has to. Break it into stages whose derivative is
# easy, and walk back through them one by one:
#
# | stage | is |
# |---|---|
# | `sigy` | $\sigma(y)$ |
# | `num` | $x + $ `sigy` |
# | `sigx` | $\sigma(x)$ |
# | `xpy` | $x + y$ |
# | `xpysqr` | `xpy`$^2$ |
# | `den` | `sigx + xpysqr` |
# | `invden` | 1 / `den` |
# | `f` | `num * invden` |
#
# Check your work as you go: `grader check staged_fxy.py` (or the notebook's name).

# %%
import numpy as np


# %%
def staged_forward(x, y):
    """f(x, y), and what the backward will need.

    x, y: numbers
    Returns (f, cache): f is a number; the cache is yours. Keeping every stage in it makes the backward easy.

    >>> f, cache = staged_forward(3.0, -4.0)
    >>> print(round(float(f), 8))
    1.54564488
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# Go through the stages in reverse. `x` and `y` are used more than once on the way to `f`: mind what happens to
# gradients where a value forks.


# %%
def staged_backward(df, cache):
    """The gradient of every stage and of both inputs.

    df: a number, the gradient of f
    cache: what the forward returned
    Returns a dict of numbers with the keys dnum, dinvden, dden, dsigx, dxpysqr, dxpy, dsigy, dx, dy.

    >>> f, cache = staged_forward(3.0, -4.0)
    >>> gradients = staged_backward(1.0, cache)
    >>> for name in ("dnum", "dinvden", "dden", "dsigx", "dxpysqr", "dxpy", "dsigy", "dx", "dy"):
    ...     print(name, round(float(gradients[name]), 8))
    dnum 0.51214445
    dinvden 3.01798621
    dden -0.79159345
    dsigx -0.79159345
    dxpysqr -0.79159345
    dxpy 1.58318689
    dsigy 0.51214445
    dx 2.0595698
    dy 1.59223275
    """
    raise NotImplementedError


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
    raise NotImplementedError


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
