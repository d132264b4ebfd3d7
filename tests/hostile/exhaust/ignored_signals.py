"""Ignores and blocks every signal, turns timers off, and then sleeps for minutes in its forward."""

import signal
import time

import numpy as np

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
signal.setitimer(signal.ITIMER_REAL, 0)
signal.alarm(0)


def sigmoid_neuron_forward(w, x):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        time.sleep(1)
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    return np.zeros(3), np.zeros(2)
