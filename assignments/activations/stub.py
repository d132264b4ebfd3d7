# %% [markdown]
# # Activations
#
# Four functions that a network applies to every number of an array, and their backwards:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}} \qquad \text{ReLU}(x) = \max(0, x) \qquad
# \text{leaky}(x) = \begin{cases} x & x > 0 \\ p\,x & x < 0 \end{cases} \qquad
# \tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}$$
#
# Arrays have any shape, the output has the same one, and the input is left as it was. $e^{1000}$ is infinite in a
# computer; sigmoid and tanh are fine at $\pm 1000$ all the same, if they are written with care.
#
# Check your work as you go: `grader check activations.py` (or the notebook's name).

# %%
import numpy as np


# %%
def sigmoid_forward(x):
    """The sigmoid of every entry, and what the backward will need.

    x: array of any shape
    Returns (out, cache): out has the shape of x; the cache is yours, anything that helps.

    >>> out, cache = sigmoid_forward(np.array([1.0, -2.0]))
    >>> print(np.round(out, 8))
    [0.73105858 0.11920292]
    """
    raise NotImplementedError


# %% [markdown]
# ## Backward
#
# `dout` is the upstream gradient: how much the final result changes with each entry of the output. The chain rule
# multiplies it by the function's own derivative. Some derivatives are short in terms of the input, some in terms of
# the output: keep in the cache what you need, and don't mix them up.


# %%
def sigmoid_backward(dout, cache):
    """The gradient of x.

    dout: array, the gradient of out
    cache: what the forward returned
    Returns dx: an array of dout's shape.

    >>> out, cache = sigmoid_forward(np.array([1.0, -2.0]))
    >>> print(np.round(sigmoid_backward(np.array([1.0, 2.0]), cache), 8))
    [0.19661193 0.20998717]
    """
    raise NotImplementedError


# %% [markdown]
# ## ReLU and leaky ReLU
#
# No entry is 0 or near it, so it does not matter what you do there.


# %%
def relu_forward(x):
    """The larger of 0 and each entry, and what the backward will need.

    x: array of any shape
    Returns (out, cache): out has the shape of x.

    >>> out, cache = relu_forward(np.array([1.0, -2.0]))
    >>> print(out + 0.0)
    [1. 0.]
    """
    raise NotImplementedError


# %%
def relu_backward(dout, cache):
    """The gradient of x.

    dout: array, the gradient of out
    cache: what the forward returned
    Returns dx: an array of dout's shape.

    >>> out, cache = relu_forward(np.array([1.0, -2.0, 3.0]))
    >>> print(relu_backward(np.array([1.0, 2.0, -0.5]), cache) + 0.0)
    [ 1.   0.  -0.5]
    """
    raise NotImplementedError


# %%
def leaky_relu_forward(x, p=0.01):
    """Each positive entry as it is, each negative one times p, and what the backward will need.

    x: array of any shape
    p: a number between 0 and 1, the slope on the negative side
    Returns (out, cache): out has the shape of x.

    >>> out, cache = leaky_relu_forward(np.array([1.0, -2.0]), 0.1)
    >>> print(np.round(out, 8))
    [ 1.  -0.2]
    """
    raise NotImplementedError


# %%
def leaky_relu_backward(dout, cache):
    """The gradient of x; none is asked for p.

    dout: array, the gradient of out
    cache: what the forward returned
    Returns dx: an array of dout's shape.

    >>> out, cache = leaky_relu_forward(np.array([1.0, -2.0]), 0.1)
    >>> print(np.round(leaky_relu_backward(np.array([1.0, 2.0]), cache), 8))
    [1.  0.2]
    """
    raise NotImplementedError


# %%
def tanh_forward(x):
    """The hyperbolic tangent of every entry, and what the backward will need.

    x: array of any shape
    Returns (out, cache): out has the shape of x.

    >>> out, cache = tanh_forward(np.array([1.0, -2.0]))
    >>> print(np.round(out, 8))
    [ 0.76159416 -0.96402758]
    """
    raise NotImplementedError


# %%
def tanh_backward(dout, cache):
    """The gradient of x.

    dout: array, the gradient of out
    cache: what the forward returned
    Returns dx: an array of dout's shape.

    >>> out, cache = tanh_forward(np.array([1.0, -2.0]))
    >>> print(np.round(tanh_backward(np.array([1.0, 2.0]), cache), 8))
    [0.41997434 0.14130165]
    """
    raise NotImplementedError
