"""Characters that XML and UTF-8 forbid: lone surrogates, noncharacters, NUL, in output, messages, names and keys."""

import sys


TEXT = (
    "\ud800\udfff\udc80 \ufffe\uffff\ufdd0\U0001ffff\U0010ffff \x00\x01\x1f \u2028\u2029 \U000e0041\U000e007f \x80\x9f"
)
Forbidden = type("Forbidden", (Exception,), {"__qualname__": "x"})
print(TEXT)
sys.stderr.write(TEXT)
sys.stdout.buffer.write(b"\xff\xfe\xc0\x80\xed\xa0\x80")


def sigmoid_neuron_forward(w, x):
    return {TEXT: 0.25, "f": TEXT}, (w, x)


def sigmoid_neuron_backward(df, cache):
    raise Forbidden(TEXT)


raise Forbidden(TEXT)
