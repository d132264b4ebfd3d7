"""Raises exception groups, circles of contexts and causes, a chain of 100,000 causes, notes of megabytes, out of deep frames."""


def chain():
    last = ValueError("first")
    for i in range(100_000):
        error = ValueError(i)
        error.__cause__ = last
        error.__context__ = last
        last = error
    last.add_note("note " * 1_000_000)
    return last


def circle():
    one, other = KeyError("one"), KeyError("other")
    one.__context__, other.__context__ = other, one
    one.__cause__, other.__cause__ = other, one
    return one


def groups():
    group = ExceptionGroup("inner", [ValueError("x")])
    for _ in range(1000):
        group = BaseExceptionGroup("outer" * 100, [group, SystemExit(0)])
    return group


RAISED = [chain, circle, groups]
calls = []


def dig(depth, error):
    if depth:
        dig(depth - 1, error)
    raise error


def sigmoid_neuron_forward(w, x):
    return 0.25, (w, x)


def sigmoid_neuron_backward(df, cache):
    calls.append(1)
    dig(200, RAISED[len(calls) % len(RAISED)]())
