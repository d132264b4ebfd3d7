"""Control characters and terminal sequences: colours, titles, links, cursor moves, clears, bells, answers to be typed."""

import sys
import warnings


CODES = (
    "\x1b[2J\x1b[H\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil.example\x07link\x1b]8;;\x07\x1b[6n\x1bc\x1b(0\x9b31m\x90q\x9c"
    "\x07\x08\x08\x08\x0b\x0c\x0e\x0f\x7f\x00\x1b]52;c;ZXZpbA==\x07\x1b[?1049h\r10 of 10\x85\x1b[1A\x1b[2K"
)
Coded = type(CODES.replace("\x00", ""), (Exception,), {})
print(CODES)
print(CODES, file=sys.stderr)


def sigmoid_neuron_forward(w, x):
    warnings.warn(CODES)
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    raise Coded(CODES)


raise Coded(CODES)
