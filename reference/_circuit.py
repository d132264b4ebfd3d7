"""The traced circuit as plain data, for drawing: gates, values above the wires, gradients below."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference._tensor import Array, Record, Tape

INPUT = "input"
CONSTANT = "constant"


@dataclass(frozen=True)
class Node:
    """One gate, input or constant of a circuit.

    `op` is what to write into the gate: "+", "*", "exp", "1/x", "max", "W·X", "+1"; or "input", or "constant". A number
    that an operation is done with is part of its label. A constant array is a node of its own, without a gradient.
    """

    id: int
    op: str
    name: str | None
    value: NDArray[Any]
    gradient: Array | None
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Circuit:
    """Nodes in topological order, `id` being their place in it; `outputs` are the ids of what the function returned."""

    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]

    def to_plain(self) -> dict[str, Any]:
        """Lists, dicts, numbers and strings that JSON can hold; what is not finite becomes "nan", "inf" or "-inf"."""
        nodes = [
            {
                "id": node.id,
                "op": node.op,
                "name": node.name,
                "shape": list(node.value.shape),
                "value": _plain(node.value.tolist()),
                "gradient": None if node.gradient is None else _plain(node.gradient.tolist()),
                "inputs": list(node.inputs),
            }
            for node in self.nodes
        ]
        return {"nodes": nodes, "outputs": list(self.outputs)}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _operands(record: Record) -> Iterator[int | NDArray[Any]]:
    """What goes into an operation, in order: record numbers, and constant arrays. Single numbers are in the label."""
    if record.op is None:
        return
    wires = dict(record.wires)
    for position in sorted(record.op.rules):
        if position >= len(record.args):
            continue
        recorded = dict(wires.get(position, ()))
        if None in recorded:
            yield recorded[None]
        elif position == record.op.list_at:
            yield from (recorded.get(i, item) for i, item in enumerate(record.args[position]))
        elif np.size(record.args[position]) != 1:
            yield record.args[position]


def _label(record: Record, operands: Sequence[str | None]) -> str:
    """What stands in the gate: "+", "+1", "1/x", "[0]", or "W·X" for a product of named matrices."""
    if record.op is None:
        return INPUT
    plain, right, left = record.op.labels
    if plain == "[ ]" and isinstance(record.args[1], int):
        return f"[{record.args[1]}]"
    if plain == "·" and all(operands) and len(operands) == 2:
        return "·".join(str(operand) for operand in operands)
    if len(record.op.rules) == 2 and len(record.wires) == 1:
        position = record.wires[0][0]
        other = next(p for p in record.op.rules if p != position)
        if np.size(record.args[other]) == 1:
            number = f"{np.asarray(record.args[other]).item():.4g}"
            return (right if other > position else left).format(number)
    return plain


def draw(
    tape: Tape, gradients: Sequence[Array], ends: Sequence[int], constants: Sequence[tuple[str, NDArray[Any]]]
) -> Circuit:
    """All inputs, and the part of `tape` that the records `ends` depend on; `constants` are constant inputs."""
    named = {index: name for name, index in tape.names.items()}
    wanted = {*ends, *(index for index, record in enumerate(tape.records) if record.op is None)}
    for index in range(len(tape.records) - 1, -1, -1):
        if index in wanted:
            wanted.update(source for _, sources in tape.records[index].wires for _, source in sources)
    nodes: list[Node] = []
    drawn: dict[int, int] = {}
    drawn_constants: dict[int, int] = {}

    def constant(array: NDArray[Any]) -> int:
        """The node of a constant array, made when it is first used."""
        if id(array) not in drawn_constants:
            name = next((name for name, known in constants if known is array), None)
            drawn_constants[id(array)] = len(nodes)
            nodes.append(Node(len(nodes), CONSTANT, name, np.array(array), None, ()))
        return drawn_constants[id(array)]

    for index in sorted(wanted):
        record = tape.records[index]
        sources = tuple(drawn[o] if isinstance(o, int) else constant(o) for o in _operands(record))
        label = _label(record, [nodes[source].name for source in sources])
        drawn[index] = len(nodes)
        nodes.append(Node(len(nodes), label, named.get(index), record.value.copy(), gradients[index], sources))
    return Circuit(tuple(nodes), tuple(drawn[index] for index in ends))
