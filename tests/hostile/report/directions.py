"""Text that is reordered or not seen: overrides, isolates, right-to-left letters, zero-width characters, stacked marks."""

import warnings


TEXT = (
    "\u202e01 fo 01 :erocs\u202c \u2066\u2067\u2068x\u2069 \u200f\u200e\u061c שלום 10 of 10 العلامة 10/10 "
    "ze\u200bro\u200c\u200d\u2060\ufeff\u00ad\u180e \u115f\u3164\uffa0\u2800 " + "a" + "\u0301\u0489\u20dd\u0338" * 60
)
Reordered = type(TEXT[:190], (Exception,), {})


def sigmoid_neuron_forward(w, x):
    warnings.warn(TEXT)
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    raise Reordered(TEXT)


raise Reordered(TEXT)
