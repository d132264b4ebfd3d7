# %% [markdown]
# # Gradient check
#
# A gradient that was derived by hand can be compared with one that was measured: move an entry of $x$ a little to
# either side, see how much the function changes, and divide by how far you moved it.
#
# Check your work as you go: `grader check gradient_check.py` (or the notebook's name).

# %%
import numpy as np


# %%
def numerical_gradient(f, x, epsilon=1e-7):
    """The gradient of f at x, measured on both sides.

    f: a function, from an array of x's shape to a number
    x: array of any shape; afterwards it is as it was
    epsilon: a number, how far an entry is moved
    Returns an array of x's shape.

    >>> x = np.array([[1.0, 2.0], [-3.0, 0.5]])
    >>> print(np.round(numerical_gradient(lambda x: np.sum(x**3), x, 1e-5), 6))
    [[ 3.   12.  ]
     [27.    0.75]]
    """
    raise NotImplementedError


# %% [markdown]
# ## How far apart are they?
#
# $$\frac{\lVert a - n \rVert_2}{\lVert a \rVert_2 + \lVert n \rVert_2}$$
#
# Two gradients of zeros do not differ: 0.


# %%
def gradient_difference(analytic, numeric):
    """The relative difference of two gradients.

    analytic: array of any shape
    numeric: array of the same shape
    Returns a number between 0 and 1.

    >>> print(float(gradient_difference(np.array([3.0, 0.0]), np.array([3.0, 4.0]))))
    0.5
    >>> print(float(gradient_difference(np.zeros(2), np.zeros(2))))
    0.0
    """
    raise NotImplementedError
