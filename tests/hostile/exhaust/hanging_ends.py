"""Hangs where something ends: in __del__, in a weakref's callback, in a gc callback, in atexit, in a thread that is no daemon."""

import atexit
import gc
import threading
import time
import weakref

import numpy as np


def hang(*_):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        time.sleep(0.5)


class Ending:
    def __del__(self):
        hang()


atexit.register(hang)
threading.Thread(target=hang).start()


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x, Ending())


def sigmoid_neuron_backward(df, cache):
    thing = Ending()
    weakref.finalize(thing, hang)
    gc.callbacks.append(hang)
    return np.zeros(3), np.zeros(2)
