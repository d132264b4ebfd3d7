"""Forges answers that are well-formed and hostile: values without end, arrays over one another, texts of a megabyte."""

import os
import struct

import msgspec
import numpy as np

scalar = ["a", "<f8", [], 0, "scalar"]
nothing = ["n"]
VALUES = [
    lambda: ["s", "list", [nothing] * 400_000],
    lambda: ["s", "list", [["a", "<f8", [1000], 0, "ndarray"]] * 50_000],
    lambda: ["a", "|b1", [8000], 0, "ndarray"],
    lambda: ["a", "<f8", [1 << 62, 0, 1 << 62], 0, "ndarray"],
    lambda: ["a", "<f8", [1] * 32, 0, "x" * (1 << 20)],
    lambda: ["o", "y" * (1 << 20), "\x1b[2J" * 1000],
    lambda: ["t", "NotImplementedError" * 50_000],
    lambda: ["m", {str(i): scalar for i in range(50_000)}],
    lambda: ["r", 0, []],
]
calls = []


def sigmoid_neuron_forward(w, x):
    calls.append(1)
    value = VALUES[len(calls) % len(VALUES)]()
    outcome = [["s", "tuple", [value, scalar]], None, float("nan"), None, ["warned " * 1000] * 100, ["u"] * 100, []]
    header = msgspec.msgpack.encode({"k": "answer", "outcomes": [outcome] + [[scalar]] * 7, "output": ["", ""]})
    for descriptor in range(16):
        try:
            os.write(descriptor, struct.pack(">BII", 1, len(header), 8000) + header + b"\x07" * 8000)
        except OSError:
            pass
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    return np.zeros(3), np.zeros(2)
