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
