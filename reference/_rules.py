"""The engine's table of derivatives: for each numpy function, a rule for each differentiable argument.

A rule is `rule(g, out, *arguments) -> gradient of one argument`: g is the gradient of the output, out the output, and
the arguments are those of numpy's function. All are plain arrays here; nothing in this file knows of tensors or tapes.

    PRIMITIVES      functions with rules
    COMPOSED        functions written with other functions of the table
    NO_DERIVATIVE   functions that are constant between jumps, or that ask for a shape: their results are constants

What is in none of the three raises `MissingRule`.

Slopes chosen at kinks
    maximum, minimum   at a tie the second argument takes the whole gradient, and a constant counts as the second
                       argument: the slope of maximum(x, 0) and of maximum(0, x) at x = 0 is 0
    clip               as maximum and minimum: the slope at either bound is 0
    max, min           entries that tie share the gradient evenly
    absolute           0 at 0
    sqrt, std          infinite at 0, or NaN where that meets a zero gradient: numpy's own arithmetic, with its warning
    power              x ** 0 has slope 0 everywhere; 0 ** y has slope 0 in y
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grader.errors import AssignmentError

Rule = Callable[..., Any]
Arguments = tuple[Any, ...]
Constant = np.ndarray | np.generic | float | int | list | tuple  # type: ignore[type-arg]  # used by isinstance
Array = NDArray[Any]


class EngineError(AssignmentError):
    """The engine can't differentiate a function as it is written."""


class MissingRule(EngineError):
    """There is no derivative for an operation, or for one argument of it: `operation` and `argument` name them."""

    def __init__(self, operation: str, argument: str | None, advice: str) -> None:
        of = f"{operation}: " if argument is None else f"{operation}, argument {argument!r}: "
        super().__init__(f"{of}the engine has no derivative for it; {advice}")
        self.operation = operation
        self.argument = argument


@dataclass(frozen=True)
class Primitive:
    """What the engine knows of one function: its arguments, in numpy's order, and their rules by position."""

    function: Callable[..., Any]
    name: str
    positional: tuple[str, ...]
    keywords: frozenset[str]
    rules: dict[int, Rule]
    labels: tuple[str, str, str]
    """For drawings: as it is, with a number on the right ("+{}"), with a number on the left ("{}/x")."""
    bind: Callable[[Arguments], Arguments] | None = None
    """Puts the arguments into the form that function and rules take."""
    list_at: int | None = None
    """Position of an argument that is a sequence of arrays: its rule gives a sequence of gradients."""

    def normalise(self, args: Arguments, options: dict[str, Any]) -> Arguments:
        """The positional arguments, those that were given by name among them; `options` keeps the keyword-only ones.

        Raises MissingRule for an argument that is not listed.
        """
        while options and len(args) < len(self.positional) and self.positional[len(args)] in options:
            args = (*args, options.pop(self.positional[len(args)]))
        if self.bind is not None:
            args = self.bind(args)
        unknown = sorted(options.keys() - self.keywords)
        if not unknown and len(args) > len(self.positional):
            unknown = [f"number {len(self.positional) + 1}"]
        if unknown:
            known = ", ".join((*self.positional, *sorted(self.keywords)))
            raise MissingRule(self.name, unknown[0], f"the engine follows {known}")
        return args


PRIMITIVES: Final[dict[Callable[..., Any], Primitive]] = {}
COMPOSED: Final[dict[Callable[..., Any], Primitive]] = {}


def primitive(
    function: Callable[..., Any],
    signature: str,
    rules: dict[str, Rule],
    labels: tuple[str, ...] = (),
    *,
    bind: Callable[[Arguments], Arguments] | None = None,
    calls: Callable[..., Any] | None = None,
    list_of: str | None = None,
) -> None:
    """Enter `function` with one rule for each differentiable argument.

    `signature` lists its arguments in numpy's order, keyword-only ones after "*". `calls` is what is called where that
    is not the function itself. Raises ValueError for a rule that names no argument.
    """
    head, _, tail = signature.partition("*")
    positional = tuple(name.strip() for name in head.split(",") if name.strip())
    keywords = frozenset(name.strip() for name in tail.split(",") if name.strip())
    stray = rules.keys() - set(positional)
    if stray:
        raise ValueError(
            f"{function.__name__}: rules for {sorted(stray)}, which are not among its arguments {positional}"
        )
    name = function.__name__
    label, right, left = labels if len(labels) == 3 else ((*labels, name)[0], name + "(x,{})", name + "({},x)")
    table = PRIMITIVES if rules else COMPOSED
    table[function] = Primitive(
        function=calls or function,
        name=name,
        positional=positional,
        keywords=keywords,
        rules={positional.index(argument): rule for argument, rule in rules.items()},
        labels=(label, right, left),
        bind=bind,
        list_at=None if list_of is None else positional.index(list_of),
    )


def composed(function: Callable[..., Any], signature: str, definition: Callable[..., Any]) -> None:
    """Enter `function` as something that is written with other functions of the table."""
    primitive(function, signature, {}, calls=definition)


def unbroadcast(g: Array, shape: tuple[int, ...]) -> Array:
    """`g` summed to `shape`: the gradient of what was broadcast from `shape` to that of g. The one place for it."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, n in enumerate(shape) if n == 1 and g.shape[axis] != 1)
    return g.sum(axis=stretched, keepdims=True) if stretched else g


def elementwise(
    function: Callable[..., Any],
    labels: tuple[str, ...] = (),
    bind: Callable[[Arguments], Arguments] | None = None,
    **rules: Rule,
) -> None:
    """Enter a function of broadcast arrays; its rules give gradients in the output's shape."""

    def narrowed(rule: Rule, position: int) -> Rule:
        return lambda g, out, *args: unbroadcast(rule(g, out, *args), args[position].shape)

    reduced = {name: narrowed(rule, position) for position, (name, rule) in enumerate(rules.items())}
    primitive(function, ", ".join(rules), reduced, labels, bind=bind)


# --- elementwise ------------------------------------------------------------------------------------------------------


def _constant_second(args: Arguments) -> Arguments:
    """The arguments of a symmetric function, a constant last: it is the second that a tie goes to."""
    return args[::-1] if len(args) == 2 and isinstance(args[0], Constant) else args


def _power_base(g: Array, _out: Array, x: Any, y: Any) -> Array:
    """The slope y x^(y - 1), and 0 for y = 0, also at x = 0."""
    return np.asarray(g * y * x ** np.where(np.equal(y, 0), 1.0, np.subtract(y, 1.0)))


def _power_exponent(g: Array, out: Array, x: Any, _y: Any) -> Array:
    """The slope x^y log x, and 0 at x = 0; NaN for a negative base."""
    return np.asarray(g * out * np.log(np.where(np.equal(x, 0), 1.0, x)))


elementwise(np.add, ("+", "+{}", "+{}"), x1=lambda g, _o, _x, _y: g, x2=lambda g, _o, _x, _y: g)
elementwise(np.subtract, ("-", "-{}", "{}-x"), x1=lambda g, _o, _x, _y: g, x2=lambda g, _o, _x, _y: -g)
elementwise(np.multiply, ("*", "*{}", "*{}"), x1=lambda g, _o, _x, y: g * y, x2=lambda g, _o, x, _y: g * x)
elementwise(np.divide, ("/", "/{}", "{}/x"), x1=lambda g, _o, _x, y: g / y, x2=lambda g, out, _x, y: -g * out / y)
elementwise(np.power, ("^", "^{}", "{}^x"), x1=_power_base, x2=_power_exponent)
elementwise(
    np.maximum, ("max", "max({},x)", "max({},x)"), _constant_second,
    x1=lambda g, _o, x, y: g * np.greater(x, y), x2=lambda g, _o, x, y: g * ~np.greater(x, y),
)  # fmt: skip
elementwise(
    np.minimum, ("min", "min({},x)", "min({},x)"), _constant_second,
    x1=lambda g, _o, x, y: g * np.less(x, y), x2=lambda g, _o, x, y: g * ~np.less(x, y),
)  # fmt: skip
elementwise(np.logaddexp, x1=lambda g, out, x, _y: g * np.exp(x - out), x2=lambda g, out, _x, y: g * np.exp(y - out))
elementwise(np.positive, ("=",), x=lambda g, _o, _x: g)
elementwise(np.negative, ("*-1",), x=lambda g, _o, _x: -g)
elementwise(np.reciprocal, ("1/x",), x=lambda g, out, _x: -g * out * out)
elementwise(np.exp, x=lambda g, out, _x: g * out)
elementwise(np.expm1, x=lambda g, _o, x: g * np.exp(x))
elementwise(np.log, x=lambda g, _o, x: g / x)
elementwise(np.log1p, x=lambda g, _o, x: g / (1.0 + x))
elementwise(np.sqrt, ("√",), x=lambda g, out, _x: g * 0.5 / out)
elementwise(np.square, ("x²",), x=lambda g, _o, x: g * 2.0 * x)
elementwise(np.absolute, ("|x|",), x=lambda g, _o, x: g * np.sign(x))
elementwise(np.tanh, x=lambda g, out, _x: g * (1.0 - out * out))
elementwise(np.sin, x=lambda g, _o, x: g * np.cos(x))
elementwise(np.cos, x=lambda g, _o, x: -g * np.sin(x))
primitive(
    np.where, "condition, x, y",
    {
        "x": lambda g, _o, condition, x, _y: unbroadcast(np.where(condition, g, 0.0), x.shape),
        "y": lambda g, _o, condition, _x, y: unbroadcast(np.where(condition, 0.0, g), y.shape),
    },
)  # fmt: skip


# --- along axes -------------------------------------------------------------------------------------------------------


def _spread(reduced: Array, a: Array, axis: Any, keepdims: bool) -> Array:
    """What a reduction over `axis` gave, repeated to the shape of its argument."""
    if axis is not None and not keepdims:
        reduced = np.expand_dims(reduced, axis)
    return np.broadcast_to(reduced, a.shape)


def _sum(g: Array, _out: Array, a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    return _spread(g, a, axis, keepdims)


def _mean(g: Array, out: Array, a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    return _spread(g * (out.size / a.size), a, axis, keepdims)


def _extreme(g: Array, out: Array, a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    hit = a == _spread(out, a, axis, keepdims)
    return np.asarray(_spread(g, a, axis, keepdims) * hit / np.sum(hit, axis, keepdims=True))


def _cumsum(g: Array, _out: Array, a: Array, axis: int | None = None) -> Array:
    """Each entry is in every later sum: the sums of g from the end."""
    along = 0 if axis is None else axis
    return np.flip(np.cumsum(np.flip(g, along), along), along).reshape(a.shape)


primitive(np.sum, "a, axis, *, keepdims", {"a": _sum}, ("Σ",))
primitive(np.mean, "a, axis, *, keepdims", {"a": _mean})
for _function in (np.max, np.amax, np.min, np.amin):
    primitive(_function, "a, axis, *, keepdims", {"a": _extreme})
primitive(np.cumsum, "a, axis", {"a": _cumsum})


def _var(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    mean = np.mean(a, axis, keepdims=True)
    return np.sum(np.square(a - mean), axis, keepdims=keepdims) / (a.size / mean.size - ddof)


composed(np.var, "a, axis, *, ddof, keepdims", _var)
composed(np.std, "a, axis, *, ddof, keepdims", lambda a, *args, **options: np.sqrt(_var(a, *args, **options)))


# --- form -------------------------------------------------------------------------------------------------------------


def _reshaped(g: Array, _out: Array, a: Array, *_: Any) -> Array:
    """Whatever keeps entries and their order is undone by the old shape."""
    return g.reshape(a.shape)


def _transposed(g: Array, _out: Array, a: Array, axes: Sequence[int] | None = None) -> Array:
    return np.transpose(g, None if axes is None else np.argsort([axis % a.ndim for axis in axes]))


def _padded(g: Array, _out: Array, a: Array, width: Any, _mode: str = "constant", **_: Any) -> Array:
    before = np.broadcast_to(width, (a.ndim, 2))[:, 0]
    return g[tuple(slice(start, start + n) for start, n in zip(before, a.shape, strict=True))]


def _constant_pad(args: Arguments) -> Arguments:
    if len(args) > 2 and args[2] != "constant":
        raise MissingRule("pad", "mode", f"only 'constant' is followed, not {args[2]!r}")
    return args


def _listed(args: Arguments) -> Arguments:
    """The arrays as a list: numpy takes one array for the sequence of its rows."""
    return (list(args[0]), *args[1:])


def _joined(g: Array, _out: Array, arrays: Sequence[Any], axis: int | None = 0) -> list[Array]:
    """One piece for each of the arrays; with axis None they were flattened first."""
    if axis is None:
        ends = np.cumsum([np.size(a) for a in arrays])[:-1]
        return [piece.reshape(np.shape(a)) for piece, a in zip(np.split(g, ends), arrays, strict=True)]
    return np.split(g, np.cumsum([np.shape(a)[axis] for a in arrays])[:-1], axis)


def _kept_index(args: Arguments) -> Arguments:
    """Index arrays copied: the function may change them before the backward pass needs them."""
    a, index = args
    if isinstance(index, tuple):
        return a, tuple(part.copy() if isinstance(part, np.ndarray) else part for part in index)
    return args


def _picked(g: Array, _out: Array, a: Array, index: Any) -> Array:
    """Zero but where the index points; what it points to several times gets the sum."""
    gradient = np.zeros_like(a)
    parts = index if isinstance(index, tuple) else (index,)
    if all(part is None or part is Ellipsis or isinstance(part, int | np.integer | slice) for part in parts):
        gradient[index] = g
    else:
        np.add.at(gradient, index, g)
    return gradient


primitive(np.reshape, "a, shape", {"a": _reshaped})
primitive(np.ravel, "a", {"a": _reshaped})
primitive(np.expand_dims, "a, axis", {"a": _reshaped})
primitive(np.squeeze, "a, axis", {"a": _reshaped})
primitive(np.transpose, "a, axes", {"a": _transposed}, ("T",))
primitive(np.swapaxes, "a, axis1, axis2", {"a": lambda g, _o, _a, i, j: np.swapaxes(g, i, j)})
primitive(np.moveaxis, "a, source, destination", {"a": lambda g, _o, _a, start, end: np.moveaxis(g, end, start)})
primitive(np.flip, "m, axis", {"m": lambda g, _o, _m, axis=None: np.flip(g, axis)})
primitive(np.broadcast_to, "array, shape", {"array": lambda g, _o, a, _shape: unbroadcast(g, a.shape)})
primitive(np.pad, "array, pad_width, mode, *, constant_values", {"array": _padded}, bind=_constant_pad)
primitive(np.concatenate, "arrays, axis", {"arrays": _joined}, ("join",), bind=_listed, list_of="arrays")
primitive(operator.getitem, "a, index", {"a": _picked}, ("[ ]",), bind=_kept_index)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **bounds: Any) -> Any:
    low, high = bounds.get("min", a_min), bounds.get("max", a_max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _take(a: Any, indices: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.ravel(a)[indices]
    return a[(slice(None),) * (axis % a.ndim) + (indices,)]


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    before = (slice(None),) * (axis % ary.ndim)
    pieces = np.split(np.arange(ary.shape[axis]), indices_or_sections)
    starts = np.cumsum([0, *(len(piece) for piece in pieces)])
    if starts[-1] != ary.shape[axis]:
        raise MissingRule("split", "indices_or_sections", "the pieces must follow each other without overlap")
    return [ary[(*before, slice(start, end))] for start, end in itertools.pairwise(starts)]


composed(np.clip, "a, a_min, a_max, *, min, max", _clip)
composed(np.take, "a, indices, axis", _take)
composed(np.split, "ary, indices_or_sections, axis", _split)
composed(
    np.stack, "arrays, axis", lambda arrays, axis=0: np.concatenate([np.expand_dims(a, axis) for a in arrays], axis)
)  # fmt: skip


# --- products ---------------------------------------------------------------------------------------------------------


def _matmul_left(g: Array, _out: Array, x: Array, y: Array) -> Array:
    """The left one: dX = dD Y^T; a vector is the matrix that numpy takes it for."""
    if y.ndim == 1:
        return unbroadcast(g[..., None] * y, x.shape)
    if x.ndim == 1:
        return unbroadcast((y @ g[..., None])[..., 0], x.shape)
    return unbroadcast(g @ np.swapaxes(y, -1, -2), x.shape)


def _matmul_right(g: Array, _out: Array, x: Array, y: Array) -> Array:
    """The right one: dY = X^T dD; a vector is the matrix that numpy takes it for."""
    if x.ndim == 1:
        return unbroadcast(g * x if y.ndim == 1 else x[:, None] * g[..., None, :], y.shape)
    if y.ndim == 1:
        return unbroadcast((np.swapaxes(x, -1, -2) @ g[..., None])[..., 0], y.shape)
    return unbroadcast(np.swapaxes(x, -1, -2) @ g, y.shape)


def _dot(a: Any, b: Any) -> Any:
    """As numpy defines it: a product with a scalar, else a sum over a's last axis and b's last but one."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    if np.ndim(a) <= 2 >= np.ndim(b) or np.ndim(b) == 1:
        return np.matmul(a, b)
    inner = np.shape(a)[-1]
    columns = np.moveaxis(b, -2, 0)
    product = np.reshape(a, (-1, inner)) @ np.reshape(columns, (inner, -1))
    return np.reshape(product, np.shape(a)[:-1] + np.shape(columns)[1:])


def _einsum_bind(args: Arguments) -> Arguments:
    """(subscripts, [operands]); explicit subscripts alone, without repeats in an operand."""
    subscripts, operands = args[0], list(args[1:])
    explicit = isinstance(subscripts, str) and "->" in subscripts and "." not in subscripts
    if not explicit:
        raise MissingRule("einsum", "subscripts", f"write them out, such as 'ij,jk->ik', instead of {subscripts!r}")
    subscripts = subscripts.replace(" ", "")
    for part in subscripts.partition("->")[0].split(","):
        if len(set(part)) < len(part):
            raise MissingRule("einsum", "subscripts", f"an index may occur once in an operand, not as in {part!r}")
    return subscripts, operands


def _einsum(g: Array, _out: Array, subscripts: str, operands: Sequence[Any]) -> list[Array]:
    """For each operand the same sum with g in its place; along an index that it alone has, g is repeated."""
    ins, _, result = subscripts.partition("->")
    indices = ins.split(",")
    gradients = []
    for i, own in enumerate(indices):
        others = [*indices[:i], *indices[i + 1 :], result]
        values = [*operands[:i], *operands[i + 1 :], g]
        shared = "".join(index for index in own if any(index in other for other in others))
        partial = np.einsum(f"{','.join(others)}->{shared}", *values)
        lonely = tuple(axis for axis, index in enumerate(own) if index not in shared)
        full = np.expand_dims(partial, lonely)
        # Also where an axis of length 1 met a longer one, which einsum allows.
        stretched = np.broadcast_to(full, np.broadcast_shapes(full.shape, operands[i].shape))
        gradients.append(unbroadcast(stretched, operands[i].shape))
    return gradients


primitive(np.matmul, "x1, x2", {"x1": _matmul_left, "x2": _matmul_right}, ("·", "·", "·"))
primitive(
    np.einsum, "subscripts, operands", {"operands": _einsum},
    bind=_einsum_bind, calls=lambda subscripts, operands: np.einsum(subscripts, *operands), list_of="operands",
)  # fmt: skip
composed(np.dot, "a, b", _dot)
composed(np.full_like, "a, fill_value", lambda a, fill_value: np.ones_like(a) * fill_value)
composed(np.outer, "a, b", lambda a, b: np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1)))


NO_DERIVATIVE: Final[frozenset[Callable[..., Any]]] = frozenset({
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isnan, np.isfinite, np.isinf,
    np.sign, np.signbit, np.floor, np.ceil, np.trunc, np.rint, np.round, np.floor_divide, np.heaviside,
    np.argmax, np.argmin, np.argsort, np.searchsorted, np.nonzero, np.flatnonzero, np.count_nonzero, np.any, np.all,
    np.array_equal, np.allclose, np.isclose, np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like,
})  # fmt: skip
