"""Reverse-mode automatic differentiation of plain numpy functions.

    out, pullback = vjp(f, x, y)            the output, and upstream gradient -> (dx, dy)
    jacobian(f, x)                          shape out.shape + x.shape
    traced = trace(f, x, y, names=("x", "y"))
    traced.gradients(1.0)["den"]            the gradient of anything that f names with stage("den", value)
    traced.pull("sigx", {"den": dden})      one stage's gradient from given gradients of the stages that use it
    traced.circuit(1.0)                     nodes, values and gradients, for drawing

How it works. `f` is called once with tensors in place of its float arrays. They answer numpy's own protocols, so f
needs nothing of the engine: each numpy function that meets a tensor computes its plain result and appends a record to a
tape (`_tensor.py`). What was recorded earlier never depends on what was recorded later, so the tape is in topological
order as it is, and the backward pass is one loop over it from the end. Gradients live in a mapping made for one pass
and never on the tape; a pullback can be called again.

`f` must not change arrays in place, turn a tensor into something else (float(x), np.array([x, y])), or be
differentiated from within another differentiated function: each is refused with an error. All arithmetic is float64.
The derivatives, and the slopes chosen at kinks, are in `_rules.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference._circuit import Circuit, Node, draw
from reference._rules import EngineError, MissingRule
from reference._tensor import OUT, Array, Record, Tape, Tensor, stage

__all__ = [
    "OUT", "Circuit", "EngineError", "MissingRule", "Node", "Tensor", "Trace", "jacobian", "stage", "trace", "vjp",
]  # fmt: skip

Gradients = dict[int, Array]
"""Gradients of one backward pass, by record number."""
Pullback = Callable[[Any], tuple[Any, ...]]


# --- the backward pass ------------------------------------------------------------------------------------------------


def _backward(records: Sequence[Record], seeds: Gradients, within: Container[int] | None = None) -> Gradients:
    """The gradient of every record that `seeds` (gradients of some records) reaches.

    With `within`, gradients flow into those records alone. Raises EngineError when a rule gives a gradient whose shape
    is not that of its value.
    """
    gradients = dict(seeds)
    for index in range(max(seeds, default=-1), -1, -1):
        g = gradients.get(index)
        record = records[index]
        if g is None or record.op is None:
            continue
        for position, sources in record.wires:
            if within is not None and not any(source in within for _, source in sources):
                continue
            given = record.op.rules[position](g, record.value, *record.args, **record.options)
            for item, source in sources:
                if within is not None and source not in within:
                    continue
                piece = given if item is None else given[item]
                if np.shape(piece) != records[source].value.shape:
                    op, argument = record.op.name, record.op.positional[position]
                    raise EngineError(
                        f"{op}: the rule for {argument!r} gives a gradient of shape {np.shape(piece)} for a value of "
                        f"shape {records[source].value.shape}; mend it in reference/_rules.py"
                    )
                # Never in place: a piece may be g itself, or a view of it.
                gradients[source] = gradients[source] + piece if source in gradients else piece
    return gradients


# --- structures of arrays ---------------------------------------------------------------------------------------------


def _map(function: Callable[[Any, str], Any], tree: Any, name: str) -> Any:
    """`tree` (lists, tuples and dicts of anything) with function(leaf, its name) for each leaf: "weights[0]"."""
    if isinstance(tree, list | tuple):
        items = [_map(function, item, f"{name}[{i}]") for i, item in enumerate(tree)]
        return tuple(items) if isinstance(tree, tuple) else items
    if isinstance(tree, dict):
        return {key: _map(function, item, f"{name}[{key}]") for key, item in tree.items()}
    return function(tree, name)


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, list | tuple | dict):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _leaves(item)
    else:
        yield tree


def _kind(leaf: Any) -> str:
    """Numpy's letter for a number's kind ("f", "i", "u", "b" ...); "O" for whatever is no number."""
    return np.asarray(leaf).dtype.kind if isinstance(leaf, np.ndarray | np.generic | float | int) else "O"


def _match(out: Any, upstream: Any, seeds: Gradients, where: str = "upstream") -> None:
    """Enter the upstream gradient of every tensor of `out` in `seeds`; None stands for zero.

    Raises EngineError when structure or shape differ from the output's.
    """
    if upstream is None:
        return
    if isinstance(out, list | tuple | dict):
        keys = list(out) if isinstance(out, dict) else list(range(len(out)))
        fits = isinstance(upstream, dict if isinstance(out, dict) else list | tuple) and len(upstream) == len(out)
        if not fits or (isinstance(out, dict) and upstream.keys() != out.keys()):
            raise EngineError(f"{where} must have the output's structure: a {type(out).__name__} of {keys}")
        for key in keys:
            _match(out[key], upstream[key], seeds, f"{where}[{key}]")
    elif isinstance(out, Tensor):
        g = np.array(upstream, dtype=np.float64)
        if g.shape != out.shape:
            raise EngineError(f"{where} has shape {g.shape}, the output has shape {out.shape}")
        seeds[out.index] = seeds[out.index] + g if out.index in seeds else g


# --- tracing ----------------------------------------------------------------------------------------------------------


class Trace:
    """One call of a function, recorded: made by `trace`, never changed afterwards.

    Every array that it gives out is the caller's own copy.
    """

    def __init__(
        self, f: Callable[..., Any], inputs: Sequence[Any], names: Sequence[str], wrt: Sequence[int] | None
    ) -> None:
        if len(names) != len(inputs):
            raise EngineError(f"{len(names)} names were given for {len(inputs)} inputs")
        kinds = "f" if wrt is None else "fiu"
        candidates = [i for i, value in enumerate(inputs) if any(_kind(leaf) in kinds for leaf in _leaves(value))]
        self._wrt = tuple(candidates if wrt is None else wrt)
        for i in self._wrt:
            if i not in candidates:
                raise EngineError(f"wrt names input {i}, which holds no number to differentiate")
        self._tape = Tape()
        self._constants: list[tuple[str, NDArray[Any]]] = []

        def lift(leaf: Any, name: str) -> Any:
            if _kind(leaf) not in kinds:
                return self._keep(leaf, name)
            return self._tape.name(name, self._tape.add(Record(None, np.array(leaf, dtype=np.float64))))

        self._inputs = [_map(lift if i in self._wrt else self._keep, value, names[i]) for i, value in enumerate(inputs)]
        self._out = f(*self._inputs)

    def _keep(self, leaf: Any, name: str) -> Any:
        """A constant; an array is copied, so that a later change by the caller can't reach a later pullback."""
        if not isinstance(leaf, np.ndarray):
            return leaf
        copied = leaf.copy()
        copied.flags.writeable = False
        self._constants.append((name, copied))
        return copied

    @property
    def out(self) -> Any:
        """What the function returned, with plain arrays for tensors."""
        return _map(lambda leaf, _: leaf.value.copy() if isinstance(leaf, Tensor) else leaf, self._out, "")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of inputs and stages, in the order in which they were computed."""
        return tuple(sorted(self._tape.names, key=self._tape.names.__getitem__))

    @property
    def values(self) -> dict[str, Array]:
        """The value of each named input and stage."""
        return {name: self._tape.records[self._tape.names[name]].value.copy() for name in self.names}

    def _seeds(self, upstream: Any) -> Gradients:
        seeds: Gradients = {}
        _match(self._out, upstream, seeds)
        return seeds

    def _gradient(self, gradients: Gradients, index: int) -> Array:
        """A copy of one gradient; zero for what the output does not depend on."""
        g = gradients.get(index)
        return np.zeros(self._tape.records[index].value.shape) if g is None else np.array(g, dtype=np.float64)

    def pullback(self, upstream: Any) -> tuple[Any, ...]:
        """The gradient of each differentiable input, in the input's own structure; None for what is constant in it.

        `upstream` has the structure and shapes of the output; None stands for zero. Raises EngineError when it has not.
        """
        found = _backward(self._tape.records, self._seeds(upstream))

        def gradient(leaf: Any, _name: str) -> Array | None:
            return self._gradient(found, leaf.index) if isinstance(leaf, Tensor) else None

        return tuple(_map(gradient, self._inputs[i], "") for i in self._wrt)

    def gradients(self, upstream: Any) -> dict[str, Array]:
        """The gradient of each named input and stage."""
        found = _backward(self._tape.records, self._seeds(upstream))
        return {name: self._gradient(found, self._tape.names[name]) for name in self.names}

    def _index(self, name: str) -> int:
        if name not in self._tape.names:
            raise EngineError(f"there is no stage or input {name!r}; there are {', '.join(self.names)}")
        return self._tape.names[name]

    def _downstream(self, name: str) -> tuple[set[int], list[str]]:
        """The records that `name` reaches without passing another name, and the names where that ends."""
        start = self._index(name)
        named = {index: other for other, index in self._tape.names.items()}
        reached, ends = {start}, []
        for index in range(start + 1, len(self._tape.records)):
            if any(source in reached for _, sources in self._tape.records[index].wires for _, source in sources):
                if index in named:
                    ends.append(named[index])
                else:
                    reached.add(index)
        return reached, ends

    def consumers(self, name: str) -> tuple[str, ...]:
        """The stages that use `name` directly, without another named stage between; "out" when the output does.

        Raises EngineError for a name that is not there.
        """
        reached, ends = self._downstream(name)
        direct = any(isinstance(leaf, Tensor) and leaf.index in reached for leaf in _leaves(self._out))
        return (*ends, OUT) if direct else tuple(ends)

    def pull(self, name: str, given: Mapping[str, Any], upstream: Any) -> Array:
        """The gradient of `name` that follows from the `given` gradients of its consumers, right or wrong as they are.

        `upstream` is the output's gradient, and that of a stage which is the output itself where it is not given.
        Gradients given for other stages count for nothing. Raises EngineError when a consumer's is missing or of
        another shape.
        """
        reached, ends = self._downstream(name)
        fed = self._seeds(upstream)
        seeds = {index: g for index, g in fed.items() if index in reached}
        for end in ends:
            index = self._index(end)
            shape = self._tape.records[index].value.shape
            if end in given:
                g = np.asarray(given[end], dtype=np.float64)
                if g.shape != shape:
                    raise EngineError(
                        f"the gradient given for {end!r} has shape {g.shape}, its value has shape {shape}"
                    )
            elif self.consumers(end) == (OUT,) and index in fed:
                g = fed[index]
            else:
                raise EngineError(f"the gradient of {name!r} needs that of {end!r}, which is not given")
            seeds[index] = g
        return self._gradient(_backward(self._tape.records, seeds, reached), self._index(name))

    def circuit(self, upstream: Any) -> Circuit:
        """The inputs and every operation that the output depends on, with values and gradients, for drawing."""
        found = _backward(self._tape.records, self._seeds(upstream))
        gradients = [self._gradient(found, index) for index in range(len(self._tape.records))]
        ends = [leaf.index for leaf in _leaves(self._out) if isinstance(leaf, Tensor)]
        return draw(self._tape, gradients, ends, self._constants)


def trace(
    f: Callable[..., Any], *inputs: Any, names: Sequence[str] | None = None, wrt: Sequence[int] | None = None
) -> Trace:
    """Call `f` and record it; `names` are the inputs' (x0, x1, ... when left out), `wrt` as for `vjp`."""
    return Trace(f, inputs, [f"x{i}" for i in range(len(inputs))] if names is None else names, wrt)


def vjp(f: Callable[..., Any], *inputs: Any, wrt: Sequence[int] | None = None) -> tuple[Any, Pullback]:
    """`f(*inputs)`, and its pullback: upstream gradient -> a tuple with the gradient of each differentiable input.

    Differentiable are the inputs at the positions `wrt`; else all that are float: arrays, Python floats, and lists,
    tuples and dicts that hold some, whose gradient is such a structure too. The rest, such as integer labels and
    boolean masks, is constant. Integers that `wrt` names are taken as float64. Gradients have the shape of what they
    are the gradient of. Raises EngineError or MissingRule for what the engine can't follow.
    """
    traced = trace(f, *inputs, wrt=wrt)
    return traced.out, traced.pullback


def jacobian(f: Callable[[Any], Any], x: Any) -> Array:
    """The derivative of each entry of f(x) in each entry of x: shape out.shape + x.shape. Both are single arrays."""
    out, pullback = vjp(f, x, wrt=(0,))
    if not isinstance(out, np.ndarray):
        raise EngineError(
            f"the Jacobian of a function that returns a {type(out).__name__} is not defined; return one array"
        )
    rows = np.zeros((out.size, *np.shape(x)))
    for i in range(out.size):
        unit = np.zeros(out.size)
        unit[i] = 1.0
        rows[i] = pullback(unit.reshape(out.shape))[0]
    return rows.reshape(out.shape + np.shape(x))
