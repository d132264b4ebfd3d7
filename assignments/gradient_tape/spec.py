"""A class that records what is computed and goes back over it: micrograd's kind of autograd."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Final

import numpy as np

from assignments.gradient_tape import judges
from assignments.gradient_tape.judges import Family, Scaled
from assignments.gradient_tape.samples import NAME, Sample, graph, sample
from assignments.gradient_tape.tapes import path_sizes
from grader.assignment import Assignment, Experiment, Experiments, Opinion, Property, Rng

LENGTH: Final = 5_000
"""Operations in the long chain."""
MEMBERS: Final = ("__add__", "__mul__", "backward")
"""What a class must have to be found under another name."""

Rule = Callable[..., Any]


def _number(rng: Rng, low: float, high: float, sign: int = 0) -> float:
    """A number of few digits, of a random sign where none is given."""
    return round(float(rng.uniform(low, high)), 2) * (sign or (1 if rng.random() < 0.5 else -1))


# --- one operation ----------------------------------------------------------------------------------------------------


def _binary(op: Rule) -> list[tuple[Rule, str]]:
    """Two leaves, both groupings of three, a number on the right; with the leaves' signs."""
    return [
        (lambda a, b, _: op(a, b), "+-"),
        (lambda a, b, _: op(a, b), "-+"),
        (lambda a, b, c, _: op(op(a, b), c), "-++"),
        (lambda a, b, c, _: op(a, op(b, c)), "+--"),
        (op, "-"),
        (lambda a, k: op(op(a, k), 1.5), "+"),
    ]


def _left(op: Rule) -> list[tuple[Rule, str]]:
    """A number on the left."""
    return [
        (lambda a, k: op(k, a), "+"),
        (lambda a, k: op(k, a), "-"),
        (lambda a, k: op(-1.5, op(k, a)), "-"),
        (lambda a, _: op(2, a), "-"),
    ]


_POWERS: Final[list[tuple[Rule, str]]] = [
    (lambda a, _: a**2, "-"),
    (lambda a, _: a**3, "-"),
    (lambda a, _: a**-1, "-"),
    (lambda a, _: a**0.5, "+"),
    (lambda a, _: (a**3) ** 2, "-"),
    (lambda a, _: (a**-2) ** 1.5, "+"),
]


def _neg(a: Any, _: float) -> Any:
    return -a


def _method(name: str, signs: str = "+-") -> list[tuple[Rule, str]]:
    def once(a: Any, _: float) -> Any:
        return getattr(a, name)()

    def twice(a: Any, k: float) -> Any:
        return getattr(once(a, k), name)()

    return [(once, sign) for sign in signs] + [(twice, sign) for sign in signs]


OPERATIONS: Final[Mapping[str, list[tuple[Rule, str]]]] = {
    "add": _binary(lambda a, b: a + b),
    "radd": _left(lambda a, b: a + b),
    "sub": _binary(lambda a, b: a - b),
    "rsub": _left(lambda a, b: a - b),
    "mul": _binary(lambda a, b: a * b),
    "rmul": _left(lambda a, b: a * b),
    "truediv": _binary(lambda a, b: a / b),
    "rtruediv": _left(lambda a, b: a / b),
    "pow": _POWERS,
    "neg": [(_neg, "+"), (_neg, "-"), (lambda a, k: _neg(_neg(a, k), k), "-")],
    "exp": _method("exp"),
    "log": _method("log", "+"),
    "tanh": _method("tanh"),
    "sigmoid": _method("sigmoid"),
    "relu": _method("relu"),
}
RANGES: Final[Mapping[str, tuple[float, float]]] = {"log": (3.5, 6.0), "exp": (0.3, 0.9), "pow": (0.7, 1.6)}
"""Magnitudes of the leaves, where they are not the usual ones: the logarithm of a logarithm needs more than e."""

SCALED: Final[Mapping[str, Rule]] = {
    "add": lambda a, b: a + b,
    "radd": lambda a, _: 2.5 + a,
    "relu": lambda a, _: a.relu(),
}
"""Operations that pass an upstream gradient of 1 on as it is, however they are nested: others have to change it."""
SCALES: Final[list[Rule]] = [
    lambda e, _: -e,
    lambda e, _: e * -2.5,
    lambda e, c: e * c,
    lambda e, c: c - e,
    lambda e, _: e**2,
]


def _samples(rng: Rng, operation: str) -> list[Sample]:
    found = []
    for rule, signs in OPERATIONS[operation]:
        numbers, k = _operands(rng, operation, signs)
        while any(abs(abs(a) - abs(b)) < CLOSE for a, b in combinations((*numbers, k), 2)):
            numbers, k = _operands(rng, operation, signs)
        found.append(sample(partial(_with, rule, k), numbers))
    return found


CLOSE: Final = 0.15
"""Operands of one size hide which of them is taken from the other, or divided by it."""


def _operands(rng: Rng, operation: str, signs: str) -> tuple[list[float], float]:
    """The leaves of an expression, with these signs, and its plain number."""
    low, high = RANGES.get(operation, (0.6, 2.8))
    return [_number(rng, low, high, 1 if sign == "+" else -1) for sign in signs], _number(rng, 1.2, 3.0)


def _with(rule: Rule, k: float, *leaves: Any) -> Any:
    """A rule's last argument is a plain number."""
    return rule(*leaves, k)


def forwards(operation: str, rng: Rng) -> list[Experiment]:
    """Expressions of one operation."""
    samples = _samples(rng, operation)
    return [_experiment(samples, judges.forward, backward=False, samples=samples, operation=operation)]


def backwards(operation: str, rng: Rng) -> list[Experiment]:
    """Expressions of one operation, and what changes its upstream gradient where it can't do that itself."""
    samples = _samples(rng, operation)
    scalings = []
    if operation in SCALED:
        rule = SCALED[operation]
        for scale in SCALES:
            a, b, c = (_number(rng, 1.2, 2.8, sign) for sign in (1, 1, -1))
            proof = sample(lambda e, c, scale=scale: scale(e, c), (a, c))
            whole = sample(lambda a, b, c, scale=scale: scale(rule(a, b), c), (a, b, c))
            scalings.append(Scaled(proof, whole))
    asked = [*samples, *(s for each in scalings for s in (each.proof, each.scaled))]
    given = {"samples": samples, "scalings": scalings, "operation": operation}
    return [_experiment(asked, judges.backward, backward=True, **given)]


def _experiment(asked: Sequence[Sample], judge: Callable[..., Opinion], *, backward: bool, **given: Any) -> Experiment:
    steps = tuple(s.step(backward=backward) for s in asked)
    return Experiment(steps, partial(judge, **given), asked[0].shown, sees_all=True)


# --- graphs -----------------------------------------------------------------------------------------------------------


def _add(a: Any, b: Any, _: int) -> Any:
    return a + b


def _mul(a: Any, b: Any, _: int) -> Any:
    return a * b


def _mixed(a: Any, b: Any, i: int) -> Any:
    return a * b if i % 2 else a + b


FAMILIES: Final[Mapping[str, Rule]] = {"": _mixed, "add": _add, "mul": _mul}
"""What the graphs are built with: both operations, and each alone, where a class gets the other one wrong."""

TREES: Final[tuple[Rule, ...]] = (
    lambda op, a, b, c, d: op(op(a, b, 1), op(c, d, 2), 2),
    lambda op, a, b, c, d: op(a, op(op(b, c, 2), d, 1), 1),
)
REUSED: Final[tuple[Rule, ...]] = (
    lambda op, a, *_: op(a, a, 0),
    lambda op, a, *_: op(a, a, 1),
    lambda op, a, b, *_: op(op(a, b, 1), a, 2),
    lambda op, a, b, *_: op(b, op(a, b, 1), 2),
    lambda op, a, b, c, _: op(op(a, b, 1), op(a, c, 1), 2),
    lambda op, a, b, c, _: op(op(op(a, b, 2), op(c, a, 1), 1), a, 2),
)
"""Leaves that are used more than once; nothing between them is."""


def _diamond(op: Rule, a: Any, b: Any, c: Any, d: Any) -> Any:
    e = op(a, b, 1)
    return op(op(e, c, 2), op(e, d, 1), 1)


def _early(op: Rule, a: Any, b: Any, c: Any, _: Any) -> Any:
    """A value that the result uses itself, and through another one."""
    e = op(a, b, 1)
    return op(e, op(e, c, 2), 1)


def _late(op: Rule, a: Any, b: Any, c: Any, _: Any) -> Any:
    e = op(a, b, 1)
    return op(op(e, c, 2), e, 1)


def _deep(op: Rule, a: Any, b: Any, c: Any, d: Any) -> Any:
    e = op(a, b, 1)
    f = op(e, c, 2)
    g = op(f, d, 1)
    return op(op(e, g, 2), op(g, f, 1), 1)


def _twice(op: Rule, a: Any, b: Any, *_: Any) -> Any:
    e = op(a, b, 1)
    f = op(e, e, 2)
    return op(f, f, 1)


SHARED: Final[tuple[Rule, ...]] = (_diamond, _early, _late, _deep, _twice)
RANDOM: Final = 5
"""Random graphs of each family, beside the fixed ones."""


def _random(plan: Sequence[tuple[int, int]], op: Rule, *leaves: Any) -> Any:
    """Each step of the plan takes two earlier values; what is left over in the end is taken together."""
    values, used = list(leaves), set()
    for i, (left, right) in enumerate(plan):
        values.append(op(values[left], values[right], i))
        used |= {left, right}
    *rest, out = [v for place, v in enumerate(values) if place not in used]
    for i, value in enumerate(rest):
        out = op(out, value, i)
    return out


def _plan(rng: Rng) -> list[tuple[int, int]]:
    """Steps over four leaves: one operand is recent, the other any; in either order."""
    plan = []
    for i in range(6):
        recent, other = 3 + i - int(rng.integers(min(i + 1, 2))), int(rng.integers(4 + i))
        plan.append((recent, other) if rng.random() < 0.5 else (other, recent))
    return plan


def _leaves(rng: Rng) -> tuple[float, ...]:
    """Four numbers of either sign: near enough to 1 for products of many of them, and clear of 1 itself."""
    return tuple(_number(rng, *((0.75, 0.93) if rng.random() < 0.5 else (1.07, 1.35))) for _ in range(4))


def _drawn(rng: Rng, rule: Rule) -> Sample:
    """A graph with leaves for which no gradient vanishes, by itself or because its paths cancel: float32 will do."""
    while True:
        found = sample(rule, _leaves(rng))
        sizes = np.array(path_sizes(graph(found)))
        used = sizes > 0
        # A product of two zeros, such as of a - a with itself, passes nothing on to any leaf.
        seen = used.any() and (np.abs(found.grads)[used] > 0.1 * sizes[used]).all()
        if seen and sizes[used].min() > 1e-2 and sizes.max() < 1e6:
            return found


def _families(rng: Rng, rules: Sequence[Rule], controls: Sequence[Rule] = ()) -> list[Experiment]:
    families = []
    for operation, op in FAMILIES.items():
        trees, forks, leaves = (tuple(_drawn(rng, partial(r, op)) for r in part) for part in (TREES, rules, controls))
        families.append(Family(operation, trees, forks, leaves))
    return [_experiment(judges.asked(families), judges.forks, backward=True, families=families)]


def reuse(rng: Rng) -> list[Experiment]:
    """Leaves that are used twice and more."""
    return _families(rng, REUSED)


def expressions(rng: Rng) -> list[Experiment]:
    """Graphs with forks at several depths: some that are known to be hard, and random ones."""
    plans = [partial(_random, _plan(rng)) for _ in range(RANDOM)]
    return _families(rng, (*SHARED, *plans), REUSED[:4])


def chains(rng: Rng) -> list[Experiment]:
    """Thousands of operations one after another: sums, or products where a class gets sums wrong."""

    def repeated(step: Rule) -> Rule:
        def rule(a: Any, b: Any) -> Any:
            for _ in range(LENGTH):
                a = step(a, b)
            return a

        return rule

    numbers = (_number(rng, 1.2, 2.0), _number(rng, 0.01, 0.02))
    steps: list[Rule] = [lambda a, b: a + b, lambda a, _: a * 1.0001]
    samples = [sample(repeated(step), numbers) for step in steps]
    shown = {"operations": LENGTH, "expression": "a + b + b + b + ...", "a": numbers[0], "b": numbers[1]}
    calls = tuple(s.step(backward=True) for s in samples)
    return [Experiment(calls, partial(judges.chain, samples=samples), shown, sees_all=True)]


# --- points -----------------------------------------------------------------------------------------------------------

POINTS: Final[Mapping[str, tuple[float, float]]] = {
    "add": (0.15, 0.6),
    "radd": (0.1, 0.3),
    "sub": (0.15, 0.5),
    "rsub": (0.1, 0.25),
    "mul": (0.15, 0.75),
    "rmul": (0.1, 0.3),
    "truediv": (0.15, 0.6),
    "rtruediv": (0.1, 0.3),
    "pow": (0.2, 0.6),
    "neg": (0.1, 0.2),
    "relu": (0.2, 0.35),
    "exp": (0.1, 0.15),
    "log": (0.1, 0.15),
    "tanh": (0.1, 0.15),
    "sigmoid": (0.1, 0.15),
}
"""For each operation, forward and backward."""


def _property(check: str, points: float, draw: Callable[[Rng], list[Experiment]], *needs: str) -> Property:
    return Property(NAME, check, points, draw, tuple((NAME, need) for need in needs), members=MEMBERS)


assignment = Assignment(
    title="Gradient tape",
    topic="Backpropagation, Intuitions: compound expressions with chain rule",
    parts=(
        Experiments(
            functions={NAME: ("data",)},
            properties=(
                *(_property(f"forward:{op}", p, partial(forwards, op)) for op, (p, _) in POINTS.items()),
                *(
                    _property(f"backward:{op}", p, partial(backwards, op), f"forward:{op}")
                    for op, (_, p) in POINTS.items()
                ),
                _property("backward:reuse", 1.0, reuse),
                _property("backward:expression", 1.5, expressions),
                _property("backward:chain", 0.25, chains),
            ),
        ),
    ),
)
