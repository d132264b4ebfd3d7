# %% [markdown]
# # Gradient tape
#
# A class whose objects remember how they were computed, and can go back over it: automatic differentiation. An object
# holds a number in `data`. Each operation makes a new object that knows what it was made of. `backward()` then fills
# in `grad`, the derivative of the object that it was called on, for everything below it.
#
# Check your work as you go: `grader check gradient_tape.py` (or the notebook's name).

# %%
import math


# %%
class Value:
    """A number that remembers how it was computed.

    data: a number
    grad: after backward(), the derivative of what backward() was called on in this value

    >>> a, b = Value(2.0), Value(-3.0)
    >>> out = 2 * a * b + a
    >>> print(out.data)
    -10.0
    >>> out.backward()
    >>> print(a.grad, b.grad)
    -5.0 4.0
    """

    def __init__(self, data):
        raise NotImplementedError

    # Operators. `other` is a Value or a plain number. Python calls __radd__ and its like when a number stands on the
    # left: for 2 - v it calls v.__rsub__(2).

    def __add__(self, other):
        raise NotImplementedError

    def __radd__(self, other):
        raise NotImplementedError

    def __sub__(self, other):
        raise NotImplementedError

    def __rsub__(self, other):
        raise NotImplementedError

    def __mul__(self, other):
        raise NotImplementedError

    def __rmul__(self, other):
        raise NotImplementedError

    def __truediv__(self, other):
        raise NotImplementedError

    def __rtruediv__(self, other):
        raise NotImplementedError

    def __pow__(self, exponent):  # a plain number
        raise NotImplementedError

    def __neg__(self):
        raise NotImplementedError

    # Functions.

    def relu(self):
        raise NotImplementedError

    def exp(self):
        raise NotImplementedError

    def log(self):
        raise NotImplementedError

    def tanh(self):
        raise NotImplementedError

    def sigmoid(self):
        raise NotImplementedError

    # The gradients of everything that this value was made of. A value may be used several times, and a chain of
    # operations may be thousands long.

    def backward(self):
        raise NotImplementedError
