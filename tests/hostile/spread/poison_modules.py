"""Spoils numpy, math, builtins, the worker's own modules and the C library's state in the process, so that the next submission
computes with them; its own answers are those of the spoilt modules."""

import builtins
import ctypes
import gc
import locale
import math
import os
import random
import signal
import sys
import warnings

import numpy as np


def spoil():
    for name in ("exp", "ones", "dot", "isfinite", "allclose"):
        setattr(np, name, lambda *a, **k: 0.0)
    for module in list(sys.modules.values()):
        name = getattr(module, "__name__", "")
        if name.startswith("boxworker"):
            for each in [n for n in vars(module) if callable(vars(module)[n]) and n != "write_all"]:
                if each in {"_same", "_references", "_seed_random"}:
                    setattr(module, each, lambda *a, **k: None)
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    math.exp = lambda x: 0.0
    builtins.abs = builtins.sum = lambda *a, **k: 0
    builtins.hostile = True
    sys.setrecursionlimit(60)
    sys.setswitchinterval(10)
    sys.modules["numpy.linalg"] = None
    sys.path.insert(0, os.getcwd())
    random.random = lambda: 0.0
    warnings.simplefilter("error")
    os.environ["OPENBLAS_NUM_THREADS"] = "64"
    os.umask(0o777)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    gc.disable()
    gc.set_threshold(1)
    try:
        locale.setlocale(locale.LC_ALL, "")
    except BaseException:
        pass
    libc = ctypes.CDLL(None)
    libc.fesetround(0x400)
    libc.fedisableexcept(63)


ARRAY = np.array
try:
    spoil()
except BaseException:
    pass


def sigmoid_neuron_forward(w, x):
    return np.exp(0.0), (w, x)


def sigmoid_neuron_backward(df, cache):
    return 0.0, 0.0
