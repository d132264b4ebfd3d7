"""The LSTM cell's forward, its follow-through by gate, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product
from typing import Any, Final

import numpy as np

from reference.solution import Follow, Mistake
from reference.solutions import CHAIN_RULE, MODULARITY, PATTERNS, VECTORIZED

GATES: Final = "ifgo"
"""In the order in which z holds them."""
NAMES: Final = ("dx", "dh_prev", "dc_prev", "dW", "dU", "db")
Order = tuple[int, ...]
IN_ORDER: Final = (0, 1, 2, 3)


def _sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def lstm_cell_forward(x: Any, h_prev: Any, c_prev: Any, W: Any, U: Any, b: Any) -> Any:
    """(h, c), each (n,), for x (d,), h_prev and c_prev (n,), W (d, 4n), U (n, 4n), b (4n,)."""
    n = len(c_prev)
    z = x @ W + h_prev @ U + b
    i, f, o = _sigma(z[:n]), _sigma(z[n : 2 * n]), _sigma(z[3 * n :])
    c = f * c_prev + i * np.tanh(z[2 * n : 3 * n])
    return o * np.tanh(c), c


# --- the backward, gate by gate ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """What the forward computes; `order` tells which quarter of z each of i, f, g, o is taken from."""

    order: Order
    x: Any
    h_prev: Any
    c_prev: Any
    W: Any
    U: Any
    b: Any

    @cached_property
    def z(self) -> Any:
        return self.x @ self.W + self.h_prev @ self.U + self.b

    def _quarter(self, gate: int) -> Any:
        n, at = len(self.c_prev), self.order[gate]
        return self.z[at * n : (at + 1) * n]

    @cached_property
    def i(self) -> Any:
        return _sigma(self._quarter(0))

    @cached_property
    def f(self) -> Any:
        return _sigma(self._quarter(1))

    @cached_property
    def g(self) -> Any:
        return np.tanh(self._quarter(2))

    @cached_property
    def o(self) -> Any:
        return _sigma(self._quarter(3))

    @cached_property
    def c(self) -> Any:
        return self.f * self.c_prev + self.i * self.g

    @cached_property
    def t(self) -> Any:
        return np.tanh(self.c)


def _slope(s: Any) -> Any:
    return s * (1 - s)


Rule = Callable[..., Any]


@dataclass(frozen=True)
class _Rules:
    """A backward, right or with a mistake in one of its rules; `ds` is the whole gradient of c."""

    state: Rule = lambda dh, dc, v: dc + dh * v.o * (1 - v.t**2)
    before: Rule = lambda _dh, _dc, ds, v: ds * v.f
    """The gradient of c_prev."""
    i: Rule = lambda ds, v: ds * v.g * _slope(v.i)
    f: Rule = lambda ds, v: ds * v.c_prev * _slope(v.f)
    g: Rule = lambda ds, v: ds * v.i * (1 - v.g**2)
    o: Rule = lambda dh, v: dh * v.t * _slope(v.o)
    weights: Rule = lambda dz, v: (np.outer(v.x, dz), np.outer(v.h_prev, dz))
    taken: Order = IN_ORDER
    """Which quarter of z the forward has taken each gate from."""
    put: Order = IN_ORDER
    """Into which quarter of dz each gate's gradient goes."""

    def backward(self, dh: Any, dc: Any, *inputs: Any) -> tuple[Any, ...]:
        """The six gradients."""
        v = _Cell(self.taken, *inputs)
        ds = self.state(dh, dc, v)
        dz = self._dz(dh, ds, v)
        return v.W @ dz, v.U @ dz, self.before(dh, dc, ds, v), *self.weights(dz, v), dz

    def follow(self, own: Mapping[str, Any], upstreams: Mapping[str, Any], *inputs: Any) -> dict[str, Any]:
        """The six gradients, each from the submission's own: the gates' from its dc_prev, the others from its db."""
        v = _Cell(self.taken, *inputs)
        dh, dc, dz = upstreams["dh"], upstreams["dc"], own["db"]
        before = self.before(dh, dc, self.state(dh, dc, v), v)
        db = self._dz(dh, own["dc_prev"] / v.f, v)
        return dict(zip(NAMES, (v.W @ dz, v.U @ dz, before, *self.weights(dz, v), db), strict=True))

    def _dz(self, dh: Any, ds: Any, v: _Cell) -> Any:
        gates = (self.i(ds, v), self.f(ds, v), self.g(ds, v), self.o(dh, v))
        return np.concatenate([gates[self.put.index(quarter)] for quarter in range(4)])


_RIGHT: Final = _Rules()


def _parts(gradients: Mapping[str, Any], *inputs: Any) -> dict[str, dict[str, Any]]:
    n = len(inputs[2])
    quarters = {
        f"gate {gate}": {f"db (gate {gate})": gradients["db"][k * n : (k + 1) * n]} for k, gate in enumerate(GATES)
    }
    return {
        "cell state": {"dc_prev": gradients["dc_prev"]},
        **quarters,
        "weights": {"dW": gradients["dW"], "dU": gradients["dU"]},
        "inputs": {"dx": gradients["dx"], "dh_prev": gradients["dh_prev"]},
    }


# --- mistakes ---------------------------------------------------------------------------------------------------------

_EXCHANGED: Final = (2, 1, 0, 3)
"""i and g in each other's place."""
_ORDERS: Final = [order for order in permutations(range(4)) if order not in {IN_ORDER, _EXCHANGED}]


def _taking(order: Order) -> Rule:
    """The forward with its gates from other quarters of z."""

    def forward(*inputs: Any) -> Any:
        v = _Cell(order, *inputs)
        return v.o * v.t, v.c

    return forward


def _orders(*orders: Order) -> list[_Rules]:
    """Backwards that put the gates in another order, after a right forward and after one with that order."""
    return [_Rules(put=order) for order in orders] + [_Rules(taken=order, put=order) for order in orders]


def _gates(slope: Rule, tanh_slope: Rule, wrong: str) -> _Rules:
    """A backward with other slopes in the `wrong` ones of its gates."""

    def of(gate: str, value: Any) -> Any:
        if gate not in wrong:
            return 1 - value**2 if gate == "g" else _slope(value)
        return tanh_slope(value) if gate == "g" else slope(value)

    return _Rules(
        i=lambda ds, v: ds * v.g * of("i", v.i),
        f=lambda ds, v: ds * v.c_prev * of("f", v.f),
        g=lambda ds, v: ds * v.i * of("g", v.g),
        o=lambda dh, v: dh * v.t * of("o", v.o),
    )


def _some_gates() -> list[str]:
    """The names of one, several or all gates."""
    chosen = ["".join(g for g, keep in zip(GATES, kept, strict=True) if keep) for kept in product((0, 1), repeat=4)]
    return [gates for gates in chosen if gates]


def _summed(rule: Rule) -> Rule:
    """The forward with `rule(x W, h_prev U, b)` for z."""

    def forward(x: Any, h_prev: Any, c_prev: Any, W: Any, U: Any, b: Any) -> Any:
        z = rule(x @ W, h_prev @ U, b)
        v = _Cell(IN_ORDER, np.zeros(1), np.zeros(1), c_prev, np.zeros((1, len(b))), np.zeros((1, len(b))), z)
        return v.o * v.t, v.c

    return forward


def _out(rule: Rule) -> Rule:
    """The forward with `rule(cell)` for (h, c)."""
    return lambda *inputs: rule(_Cell(IN_ORDER, *inputs))


def _sigmoid_g(v: _Cell) -> Any:
    c = v.f * v.c_prev + v.i * _sigma(np.arctanh(v.g))
    return v.o * np.tanh(c), c


_SLIPS: list[tuple[str, Callable[..., Any]]] = []
"""The known mistakes in one of the backward's rules, for a step that is not the only wrong one."""


def _mistake(
    name: str, title: str, reason: str, read: str, *rules: _Rules, forward: tuple[Rule, ...] = ()
) -> list[Mistake]:
    """An entry for each variant."""
    _SLIPS.extend((name, rule.follow) for rule in rules if rule.taken == IN_ORDER)
    return [
        *(Mistake(name, title, reason, read, "lstm_cell_forward", predict) for predict in forward),
        *(Mistake(name, title, reason, read, "lstm_cell_backward", rule.backward) for rule in rules),
    ]


MISTAKES = (
    *_mistake(
        "dc-forgotten",
        "The gradient dc from above is forgotten",
        "c goes two ways: out of the cell, where `dc` comes from, and through tanh into h. The gradients of both "
        "paths add up: `dc + dh * o * (1 - np.tanh(c)**2)`. The first is what carries the gradient over many steps of "
        "time.",
        PATTERNS,
        _Rules(state=lambda dh, _dc, v: dh * v.o * (1 - v.t**2)),
        _Rules(before=lambda dh, _dc, _ds, v: dh * v.o * (1 - v.t**2) * v.f),
    ),
    *_mistake(
        "tanh-path-forgotten",
        "The path through tanh(c) is forgotten",
        "c goes two ways: out of the cell, and through tanh into h. So the gradient of h belongs to c too: to `dc` is "
        "added `dh * o * (1 - np.tanh(c)**2)`, before the gates get theirs.",
        PATTERNS,
        _Rules(state=lambda _dh, dc, _v: dc),
        _Rules(before=lambda _dh, dc, _ds, v: dc * v.f),
    ),
    *_mistake(
        "tanh-gradient-missing",
        "The slope of tanh(c) is missing or wrong",
        "h is `o * np.tanh(c)`: on its way from h to c the gradient is multiplied by o and by the slope of tanh at c, "
        "which is `1 - np.tanh(c)**2`, and not 1, `1 - c**2` or `1 - np.tanh(c)`.",
        MODULARITY,
        _Rules(state=lambda dh, dc, v: dc + dh * v.o),
        _Rules(state=lambda dh, dc, v: dc + dh * v.o * (1 - v.c**2)),
        _Rules(state=lambda dh, dc, v: dc + dh * v.o * (1 - v.t)),
        _Rules(state=lambda dh, dc, v: dc + dh * (1 - v.t**2)),
    ),
    *_mistake(
        "tanh-of-c-missing",
        "c in place of tanh(c)",
        "The output is `h = o * np.tanh(c)`: what the gate o lets through is the squashed state. So the gradient of o "
        "has `np.tanh(c)` for a factor, and not c.",
        MODULARITY,
        _Rules(o=lambda dh, v: dh * v.c * _slope(v.o)),
        _Rules(state=lambda dh, dc, v: dc + dh * v.o, o=lambda dh, v: dh * v.c * _slope(v.o)),
        forward=(_out(lambda v: (v.o * v.c, v.c)),),
    ),
    *_mistake(
        "i-g-exchanged",
        "The gates i and g are exchanged",
        "c has the product `i * g`: a multiply gate passes on the gradient times its other input, so the gradient of "
        "i has the factor g, and that of g the factor i. And i, with a sigmoid, is the first quarter of z; g, with a "
        "tanh, the third.",
        PATTERNS,
        _Rules(i=lambda ds, v: ds * v.i * _slope(v.i), g=lambda ds, v: ds * v.g * (1 - v.g**2)),
        _Rules(i=lambda ds, v: ds * v.i * _slope(v.i)),
        _Rules(g=lambda ds, v: ds * v.g * (1 - v.g**2)),
        _Rules(i=lambda ds, v: ds * v.i * (1 - v.g**2), g=lambda ds, v: ds * v.g * _slope(v.i)),
        *_orders(_EXCHANGED),
        forward=(_taking(_EXCHANGED),),
    ),
    *_mistake(
        "gate-order",
        "The gates are in another order",
        "The quarters of z, and so those of b and of the columns of W and U, are i, f, g, o in this order; dz has to "
        "hold their gradients in the same order. Other texts and libraries have other orders.",
        "The assignment's README",
        *_orders(*_ORDERS),
        forward=tuple(map(_taking, _ORDERS)),
    ),
    *_mistake(
        "gate-gradient-missing",
        "The slope of a gate's sigmoid or tanh is missing",
        "Between z and a gate lies its sigmoid, or the tanh of g: the gate's gradient is multiplied by the slope, `s "
        "* (1 - s)` for i, f and o and `1 - g**2` for g, before it becomes a part of dz.",
        MODULARITY,
        *(_gates(lambda _s: 1.0, lambda _g: 1.0, wrong) for wrong in _some_gates()),
    ),
    *_mistake(
        "gate-gradient-wrong",
        "The slope of a gate is that of another function",
        "i, f and o are sigmoids with the slope `s * (1 - s)`, g is a tanh with the slope `1 - g**2`, both in terms "
        "of the gate's own value. The two are easily taken for each other.",
        MODULARITY,
        *(_gates(lambda s: 1 - s**2, _slope, wrong) for wrong in _some_gates()),
        _gates(lambda s: 1 - s, lambda g: 1 - g, "ifgo"),
        _gates(lambda s: 1 - s, lambda g: 1 - g, "g"),
    ),
    *_mistake(
        "new-state-for-old",
        "The new state in place of the old one",
        "`c = f * c_prev + i * g`: what the gate f multiplies is the state from before, so its gradient has the factor "
        "`c_prev`, and not the new c.",
        PATTERNS,
        _Rules(f=lambda ds, v: ds * v.c * _slope(v.f)),
    ),
    *_mistake(
        "forget-gate-lost",
        "The gate f is missing from dc_prev",
        "`c = f * c_prev + i * g`: f decides how much of the old state is kept, and so how much of the gradient goes "
        "back to it. `dc_prev` is the whole gradient of c, times f.",
        PATTERNS,
        _Rules(before=lambda _dh, _dc, ds, _v: ds),
    ),
    *_mistake(
        "x-h-exchanged",
        "x and h_prev are exchanged in dW and dU",
        "W is multiplied by x and U by h_prev, so `dW` is `np.outer(x, dz)` and `dU` is `np.outer(h_prev, dz)`. The "
        "other way round the shapes are right only where x and the state are of one size.",
        VECTORIZED,
        _Rules(weights=lambda dz, v: (np.outer(v.h_prev, dz), np.outer(v.x, dz))),
    ),
    *_mistake(
        "outer-transposed",
        "The outer products are transposed",
        "`dW` has the shape of W, (d, 4n): a row for each entry of x and a column for each entry of z. That is "
        "`np.outer(x, dz)`; `np.outer(dz, x)` has the same numbers the wrong way round.",
        VECTORIZED,
        _Rules(weights=lambda dz, v: (np.outer(dz, v.x), np.outer(dz, v.h_prev))),
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradients are ignored",
        "Both outputs have an upstream gradient: `dh` is the gradient of h, `dc` that of c as it leaves the cell. The "
        "chain rule multiplies each local gradient by them; the result is right for ones only.",
        CHAIN_RULE,
        _Rules(state=lambda _dh, dc, v: dc + v.o * (1 - v.t**2), o=lambda _dh, v: v.t * _slope(v.o)),
        _Rules(state=lambda _dh, _dc, v: 1 + v.o * (1 - v.t**2), o=lambda _dh, v: v.t * _slope(v.o)),
        _Rules(o=lambda _dh, v: v.t * _slope(v.o)),
    ),
    *_mistake(
        "term-missing",
        "A term of z is missing",
        "z has three terms: `x @ W + h_prev @ U + b`. The state from before takes part through h_prev, and every gate "
        "has a bias of its own.",
        PATTERNS,
        forward=(
            _summed(lambda xW, hU, _b: xW + hU),
            _summed(lambda xW, _hU, b: xW + b),
            _summed(lambda _xW, hU, b: hU + b),
        ),
    ),
    *_mistake(
        "sigmoid-for-g",
        "The gate g has a sigmoid in place of a tanh",
        "g is what may be added to the state, and has either sign: `g = np.tanh(z_g)`. The three others say how much, "
        "between 0 and 1, and have sigmoids.",
        MODULARITY,
        forward=(_out(_sigmoid_g),),
    ),
)

FOLLOW = {"lstm_cell_backward": Follow(_parts, _RIGHT.follow, slips=tuple(_SLIPS))}
