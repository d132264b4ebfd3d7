"""Messages, names, warnings and output of megabytes, without a single space at which a line could break."""

import sys
import warnings


LONG = "W" * 4_000_000
Long = type("L" * 100_000, (Exception,), {})
print(LONG)
sys.stderr.write("\u202e" * 1_000_000)


def sigmoid_neuron_forward(w, x):
    for i in range(20):
        warnings.warn(f"{i}{LONG}")
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    raise Long(LONG)


raise Long("line\n" * 500_000)
