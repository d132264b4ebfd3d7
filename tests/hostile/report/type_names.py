"""Markup and controls as the names of the types of what is returned, of classes and of functions."""

import numpy as np

NAME = "<script>alert(1)</script>\x1b[31m\u202e`[red]{{7*7}}=1+1"
Array = type(NAME, (np.ndarray,), {})
Thing = type(NAME * 10, (), {})
globals()[NAME] = lambda w, x: 0
globals()["__" + NAME] = Thing


def sigmoid_neuron_forward(w, x):
    return np.zeros(1).view(Array), (w, x)


def sigmoid_neuron_backward(df, cache):
    return Thing(), {NAME: Thing()}


sigmoid_neuron_forward.__name__ = sigmoid_neuron_backward.__qualname__ = NAME
sigmoid_neuron_backward.__code__ = sigmoid_neuron_backward.__code__.replace(co_varnames=("df<b>", "=cache"))
