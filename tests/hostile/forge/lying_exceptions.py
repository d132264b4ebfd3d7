"""Raises exceptions that lie about themselves: texts that raise, are huge or are no text, types under another's name."""


class Raising(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


class Huge(Exception):
    def __str__(self):
        return "\u202e\x1b[2J" + "x" * 50_000_000


class Text(str):
    def __len__(self):
        return 0

    def encode(self, *_):
        return b"\x00"

    def __getitem__(self, _):
        return "passed"


class NoText(Exception):
    def __str__(self):
        return Text("NotImplementedError " * 1000)


class Meta(type):
    __name__ = property(lambda cls: "Passed")

    def __instancecheck__(cls, _):
        return True


class Named(Exception, metaclass=Meta):
    __class__ = property(lambda self: AssertionError)
    __traceback__ = property(lambda self: 1 / 0)


Skipped = type("Skipped", (Exception,), {"__module__": None, "__qualname__": "x" * 100_000})
RAISED = [Raising, Huge, NoText, Named, Skipped, type("x" * 100_000, (Exception,), {})]
calls = []


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    calls.append(1)
    raise RAISED[len(calls) % len(RAISED)]()
