"""Takes locks that the worker needs and never gives them back: of imports, logging, output, and the interpreter's own."""

import _imp
import logging
import sys
import threading
import time

import numpy as np

logging._lock.acquire()
sys.setswitchinterval(1000)


def hold():
    _imp.acquire_lock()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        time.sleep(0.2)


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    threading.Thread(target=hold, daemon=True).start()
    time.sleep(0.01)
    import this_module_is_not_there

    return np.zeros(3), np.zeros(2)
