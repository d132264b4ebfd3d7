"""Returns numbers that lie: subclasses of float, int and complex, fractions, decimals, numpy scalars, booleans."""

import decimal
import fractions

import numpy as np


class Float(float):
    def __float__(self):
        raise SystemExit(0)

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = None
    __class__ = property(lambda self: np.ndarray)


class Int(int):
    def __index__(self):
        return 10**1000

    def __eq__(self, other):
        return True

    __hash__ = None


class Scalar(np.float64):
    def __array__(self, *_):
        raise KeyboardInterrupt

    def item(self):
        return 10


class Indexed:
    def __index__(self):
        raise SystemExit(0)

    __int__ = __float__ = __complex__ = __index__


KINDS = [
    Float(7),
    Int(7),
    Scalar(7),
    True,
    None,
    7j,
    fractions.Fraction(7),
    decimal.Decimal("NaN"),
    Indexed(),
    -(2**70),
    10**5000,
    np.str_("0.5"),
    np.bytes_(b"0.5"),
    np.datetime64("NaT"),
    Ellipsis,
    NotImplemented,
    float,
    "0.5",
    b"0.5",
]
calls = []


def sigmoid_neuron_forward(w, x):
    calls.append(1)
    return KINDS[len(calls) % len(KINDS)], (w, x)


def sigmoid_neuron_backward(df, cache):
    calls.append(1)
    value = KINDS[len(calls) % len(KINDS)]
    return [value] * 3, (value, value)
