"""Returns arrays of every dtype that is no plain number's, and of odd layouts: each call another pair."""

import datetime
import os

import numpy as np


class Always:
    def __eq__(self, other):
        return True

    def __float__(self):
        raise KeyboardInterrupt

    __hash__ = None


def mapped(n):
    with open("mapped", "wb") as file:
        file.write(os.urandom(8 * n))
    return np.memmap("mapped", float, "r+", shape=(n,))


def read_only(n):
    array = np.zeros(n)
    array.flags.writeable = False
    return array


def by_hand(n):
    class Interface:
        __array_interface__ = {"shape": (n,), "typestr": "<f8", "data": (8, False), "version": 3}

    return Interface()


KINDS = [
    lambda n: np.array([Always()] * n, object),
    lambda n: np.zeros(n, [("a", "f8"), ("b", "O")]),
    lambda n: np.zeros(n, [("x" * 10_000, "f8", (3, 3))]),
    lambda n: np.array(["2026-01-01"] * n, "datetime64[as]"),
    lambda n: np.array(["nan"] * n),
    lambda n: np.array([b"1"] * n, "V65536"),
    lambda n: np.ma.masked_all(n),
    mapped,
    lambda n: np.zeros(n, np.longdouble) * np.longdouble("1e4000"),
    lambda n: np.zeros(n, complex) + np.nan * 1j,
    lambda n: np.zeros(3 * n)[::-3],
    lambda n: np.zeros((n, n), order="F")[0],
    read_only,
    lambda n: np.zeros((n,) + (1,) * 30),
    lambda n: np.zeros((0, n)),
    lambda n: np.zeros(n, ">f2"),
    lambda n: np.rec.array(np.zeros(n, [("f", "f8")])),
    lambda n: np.matrix(np.zeros(n)),
    lambda n: np.array([datetime.timedelta(0)] * n),
    lambda n: np.zeros(n, "m8[Y]"),
    by_hand,
    lambda n: np.lib.stride_tricks.as_strided(np.zeros(1), (n,), (-8,)),
]
calls = []


def sigmoid_neuron_forward(w, x):
    calls.append(1)
    return KINDS[len(calls) % len(KINDS)](1), (w, x)


def sigmoid_neuron_backward(df, cache):
    calls.append(1)
    kind = KINDS[len(calls) % len(KINDS)]
    return kind(3), kind(2)
