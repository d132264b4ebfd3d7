# %% [markdown]
# # Himmelblau's function
#
# $$f(x_0, x_1) = (x_0^2 + x_1 - 11)^2 + (x_0 + x_1^2 - 7)^2$$
#
# It has four minima, all of height 0. Which of them gradient descent finds depends on where it starts.
#
# Check your work as you go: `grader check himmelblau.py` (or the notebook's name).

# %%
import numpy as np


# %%
def himmelblau(x):
    """The function's value.

    x: array (2,)
    Returns a number.

    >>> print(float(himmelblau(np.array([-4.0, 0.0]))))
    146.0
    """
    raise NotImplementedError


# %%
def himmelblau_gradient(x):
    """Its gradient.

    x: array (2,), which stays as it is
    Returns an array (2,).

    >>> print(himmelblau_gradient(np.array([-4.0, 1.0])))
    [-116.  -28.]
    """
    raise NotImplementedError


# %% [markdown]
# ## Gradient descent
#
# Each step goes from x to x - learning_rate * gradient(x). Keep every point on the way.


# %%
def gradient_descent(gradient, start, learning_rate, steps):
    """The path of gradient descent.

    gradient: a function, from an array (n,) to the gradient there, an array (n,)
    start: array (n,), which stays as it is
    learning_rate: a number
    steps: an int, how many steps are made
    Returns path: an array (steps + 1, n); its first row is start.

    >>> path = gradient_descent(himmelblau_gradient, np.array([-4.0, 0.0]), 0.01, 200)
    >>> print(path.shape)
    (201, 2)
    >>> print(np.round(path[-1], 8))
    [-3.77931025 -3.28318599]
    """
    raise NotImplementedError
