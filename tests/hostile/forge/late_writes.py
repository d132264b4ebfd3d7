"""Threads, atexit, weakref finalizers and __del__ that write answers after the answer was given."""

import atexit
import os
import struct
import threading
import time
import weakref

import msgspec
import numpy as np

header = msgspec.msgpack.encode({"k": "stopped", "intact": True})


def late(*_):
    for kind in (0, 1):
        for descriptor in range(16):
            try:
                os.write(descriptor, struct.pack(">BII", kind, len(header), 0) + header)
            except OSError:
                pass


class Late:
    def __del__(self):
        late()


atexit.register(late)
kept = Late()
weakref.finalize(kept, late)


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    threading.Timer(0.05, late).start()
    time.sleep(0.001)
    return np.zeros(3), np.zeros(2)
