"""Speaks as the warm worker does: Stopped, Ready, Started and a Died that asks to be graded again, of both kinds of frame."""

import os
import struct

import msgspec
import numpy as np

WORDS = [
    {"k": "died", "reason": "no fork could be had", "garbled": False, "unready": True},
    {"k": "stopped", "intact": True},
    {"k": "stopped", "intact": False},
    {"k": "ready", "wire": 2, "python": "3", "numpy": "2"},
    {"k": "started"},
]
calls = []


def say(kind, word):
    header = msgspec.msgpack.encode(word)
    for descriptor in range(64):
        try:
            os.write(descriptor, struct.pack(">BII", kind, len(header), 0) + header)
        except OSError:
            pass


def sigmoid_neuron_forward(w, x):
    calls.append(1)
    say(len(calls) % 2, WORDS[0])
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    for word in WORDS:
        say(1, word)
        say(0, word)
    return np.zeros(3), np.zeros(2)
