"""Returns tuples, lists, dicts and strings that lie about their length, never end, or act when they are looked at."""

import itertools


class Tuple(tuple):
    def __len__(self):
        return 2

    def __iter__(self):
        return itertools.repeat(0.5)

    def __getitem__(self, index):
        raise SystemExit(0)

    def __eq__(self, other):
        return True

    __hash__ = None


class List(list):
    __len__ = Tuple.__len__
    __iter__ = Tuple.__iter__
    __getitem__ = Tuple.__getitem__
    __hash__ = None


class Key(str):
    def __hash__(self):
        return 0

    def __eq__(self, other):
        raise SystemExit(0)

    def __len__(self):
        return 1 << 62


class Dict(dict):
    def items(self):
        return itertools.repeat(("f", 0.5))

    def __len__(self):
        return 1 << 62


def kinds():
    return [
        Tuple([1.0] * 5),
        List([1.0] * 5),
        Dict({Key("f" * 100_000): 1.0}),
        {i: i for i in range(100)},
        {"x" * 1000 * i: 0 for i in range(1, 60)},
        [1.0, "1.0"],
        [[1.0], [1.0, 2.0]],
        (),
        [],
        {},
        Key("f"),
        tuple([0.0] * 20_000),
        [None] * 20_000,
        [[[]]] * 5_000,
        range(10**9),
        set(range(100)),
        bytearray(100),
    ]


calls = []


def sigmoid_neuron_forward(w, x):
    calls.append(1)
    made = kinds()
    value = made[len(calls) % len(made)]
    return value if len(calls) % 3 else Tuple((value, value, value))


def sigmoid_neuron_backward(df, cache):
    return List([0.0, 0.0])
