"""Returns lists, tuples and dicts nested 100,000 deep, and others that hold themselves."""

import numpy as np


def nested(wrap, depth=100_000):
    value = 0.0
    for _ in range(depth):
        value = wrap(value)
    return value


def circle():
    ring = [1.0]
    ring.append(ring)
    return ring


def crowd():
    ring = {}
    ring["a"] = ring["b"] = (ring, ring, [ring] * 100)
    return ring


KINDS = [
    lambda: nested(lambda v: [v]),
    lambda: nested(lambda v: (v,)),
    lambda: nested(lambda v: {"f": v}),
    lambda: nested(lambda v: (v, v), 60),
    circle,
    crowd,
    lambda: nested(lambda v: np.array([v, None], object), 10_000),
]
calls = []


def sigmoid_neuron_forward(w, x):
    calls.append(1)
    return KINDS[len(calls) % len(KINDS)](), (w, x)


def sigmoid_neuron_backward(df, cache):
    return KINDS[0](), KINDS[1]()
