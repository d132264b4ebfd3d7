# %% [markdown]
# # Gates
#
# Two circuits whose gates show the three patterns of backward flow: an add gate hands its gradient to all of its
# inputs, a multiply gate switches its inputs, and a max gate sends everything to the larger one.
#
# $$f(x, y, z) = (x + y)\,z \qquad\qquad f(x, y, z, w) = 2\,(x y + \max(z, w))$$
#
# All inputs and gradients are plain numbers.
#
# Check your work as you go: `grader check gates.py` (or the notebook's name).

# %%
import numpy as np

# %% [markdown]
# ## The first circuit
#
# Give the sum a name, q = x + y: then f = q z, and the gradient flows back through q.


# %%
def circuit_forward(x, y, z):
    """The circuit f = (x + y) z, and what the backward will need.

    x, y, z: numbers
    Returns (f, cache): f is a number; the cache is yours, anything that helps.

    >>> f, cache = circuit_forward(-2.0, 5.0, -4.0)
    >>> print(round(f, 8))
    -12.0
    """
    raise NotImplementedError


# %%
def circuit_backward(df, cache):
    """The gradients of x, y and z.

    df: a number, the gradient of f: how much the final result changes with f. It is not always 1.
    cache: what the forward returned
    Returns (dx, dy, dz): three numbers.

    >>> f, cache = circuit_forward(-2.0, 5.0, -4.0)
    >>> print([round(g, 8) for g in circuit_backward(1.0, cache)])
    [-4.0, -4.0, 3.0]
    """
    raise NotImplementedError


# %% [markdown]
# ## The second circuit
#
# z and w are never equal here, so that one of them is the larger.


# %%
def gates_forward(x, y, z, w):
    """The circuit f = 2 (x y + max(z, w)), and what the backward will need.

    x, y, z, w: numbers
    Returns (f, cache): f is a number; the cache is yours.

    >>> f, cache = gates_forward(3.0, -4.0, 2.0, -1.0)
    >>> print(round(f, 8))
    -20.0
    """
    raise NotImplementedError


# %%
def gates_backward(df, cache):
    """The gradients of x, y, z and w.

    df: a number, the gradient of f
    cache: what the forward returned
    Returns (dx, dy, dz, dw): four numbers.

    >>> f, cache = gates_forward(3.0, -4.0, 2.0, -1.0)
    >>> print([float(round(g, 8)) for g in gates_backward(1.0, cache)])
    [-8.0, 6.0, 2.0, 0.0]
    """
    raise NotImplementedError
