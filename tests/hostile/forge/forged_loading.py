"""Forges what was loaded: 9,000 definitions with names of a megabyte, notes without end, times below zero."""

import os
import struct

import msgspec
import numpy as np

word = "sigmoid_neuron_forward\x1b]0;title\x07<script>alert(1)</script>"
definition = [word, "function", ["w" * 100] * 10, "line 1" * 10, []]
loaded = {
    "k": "loaded",
    "definitions": [["sigmoid_neuron_forward", "function", ["w", "x"], "", []], ["x" * (1 << 20), "class", [], "", []]]
    + [definition] * 900,
    "notes": [["raised", word, word * 20]] * 900,
    "seconds": float("-inf"),
    "output": ["\x00" * 100_000, "\u202e" * 100_000],
}
header = msgspec.msgpack.encode(loaded)
for descriptor in range(16):
    try:
        os.write(descriptor, struct.pack(">BII", 1, len(header), 0) + header)
    except OSError:
        pass


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    return np.zeros(3), np.zeros(2)
