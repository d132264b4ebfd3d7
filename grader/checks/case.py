"""A case, and the reading of what a function returned for it: present, type, shape, finite, value, in this order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from grader.assignment import Inputs
from grader.numeric import Floats, agrees
from grader.result import Evidence
from grader.sandbox import wire
from grader.values import Number, Reply, shown, type_name, unimplemented

Order = Literal["raised", "unfinished", "returns", "shape", "finite", "value"]


@dataclass(frozen=True)
class Case:
    """Inputs, and what is right for them. Names are those of the output or of the gradients."""

    names: tuple[str, ...]
    """The inputs' names."""
    inputs: Inputs
    expected: Mapping[str, Floats | None]
    """None for a value that nobody knows, as in the self-check: it must be there and finite."""
    scale: float
    """The magnitude of what went in."""
    upstream: Any = None
    upstream_name: str = ""
    tolerance: float | None = None
    """Of a worked example, whose figures are printed with few digits: relative to the larger of 1 and the figure."""

    def right(self, want: Floats, got: Floats, *, coarse: bool = False) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Entry by entry, whether `got` is `want`; their shapes are equal. `coarse` as `agrees` takes it."""
        if self.tolerance is None:
            return agrees(got, want, self.scale, coarse=coarse)
        return np.asarray(np.abs(got - want) <= self.tolerance * np.maximum(1.0, np.abs(want)))

    def want(self, name: str) -> Floats:
        """What is expected of `name`, in a case of which it is known."""
        value = self.expected[name]
        if value is None:
            raise TypeError(f"nobody knows {name} here")
        return value

    def shown_inputs(self) -> dict[str, str]:
        """The inputs as text, the upstream gradient among them."""
        texts = {name: shown(value) for name, value in zip(self.names, self.inputs, strict=True)}
        if self.upstream is not None:
            texts[self.upstream_name] = shown(self.upstream)
        return texts


@dataclass(frozen=True)
class Fault:
    """The first thing wrong with one value."""

    order: Order
    message: str
    difference: str = ""
    where: str = ""
    by: str = ""
    """For a call that raised: its function."""


@dataclass
class Reading:
    """What was read of one case: values by name, and the faults found, by name ("" for the whole)."""

    got: dict[str, Floats] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    remarks: set[str] = field(default_factory=set)
    worst: float = 0.0
    """The largest error relative to its array's largest entry, over values that are right."""

    def share(self, names: Sequence[str]) -> float:
        """The share of the names that are right."""
        if "" in self.faults:
            return 0.0
        return sum(name not in self.faults for name in names) / len(names)


_MISFIT: Final = re.compile(r"matmul: Input operand 1 has a mismatch .*\(size (\d+) is different from (\d+)\)")
"""numpy's words for matrices that do not fit, which speak of core dimensions and signatures."""


def raised(outcome: wire.Outcome, function: str) -> Fault | None:
    """The fault of a call that raised."""
    error = outcome.error
    if error is None:
        return None
    if error.type == "Skipped":
        return Fault("returns", f"{function} has nothing to start from: its forward must return (output, cache)")
    at = f" at {error.where}" if error.where else ""
    message = _MISFIT.sub(r"the matrices do not fit: \2 columns against \1 rows", error.message)
    if error.type == "NotImplementedError":
        return Fault("unfinished", f"{function} is not implemented yet: it raises NotImplementedError", by=function)
    return Fault("raised", f"{function} raises {error.type}{at}: {message}".rstrip(": "), by=function)


def several(value: wire.Value | None, names: Sequence[str], function: str, reading: Reading) -> dict[str, Any]:
    """The items of a returned tuple by name; a list will do, with a remark. Records a fault when it is something
    else.
    """
    if unimplemented(value):
        reading.faults[""] = Fault("unfinished", f"{function} is not implemented yet: it returns {type_name(value)}")
        return {}
    want = "(" + ", ".join(names) + ")"
    if isinstance(value, wire.Sequence) and len(value.items) == len(names):
        if value.kind == "list":
            reading.remarks.add(f"{function} returns a list: a tuple {want} is meant.")
        return dict(zip(names, value.items, strict=True))
    if isinstance(value, wire.Array) and value.was == "list" and value.shape[:1] == (len(names),):
        reading.remarks.add(f"{function} returns a list: a tuple {want} is meant.")
        return dict(zip(names, _rows(value), strict=True))
    reading.faults[""] = Fault("returns", f"{function} returns {type_name(value)} instead of a tuple {want}")
    return {}


def keys(value: wire.Value | None, names: Sequence[str], function: str, reading: Reading) -> dict[str, Any]:
    """The items of a returned dict; a missing key is that name's fault."""
    if unimplemented(value):
        reading.faults[""] = Fault("unfinished", f"{function} is not implemented yet: it returns {type_name(value)}")
        return {}
    if not isinstance(value, wire.Mapping):
        reading.faults[""] = Fault(
            "returns", f"{function} returns {type_name(value)} instead of a dict with the keys {', '.join(names)}"
        )
        return {}
    for name in names:
        if name not in value.items:
            reading.faults[name] = Fault(
                "returns", f"{name} is missing from the dict that {function} returns", where=name
            )
    return {name: value.items[name] for name in names if name in value.items}


def _rows(value: wire.Array) -> list[wire.Array]:
    """A list of equally shaped numbers, taken apart along its first axis."""
    item = np.dtype(value.dtype).itemsize * int(np.prod(value.shape[1:], dtype=np.int64))
    was = "list" if len(value.shape) > 1 else "scalar"
    return [wire.Array(value.dtype, value.shape[1:], value.offset + i * item, was) for i in range(value.shape[0])]


def read(reply: Reply, value: Any, name: str, function: str, case: Case, reading: Reading) -> None:
    """Read the value called `name` and compare it with what the case expects: the first fault is recorded."""
    want = case.expected[name]
    number = reply.stacked(value)
    if number is None:
        reading.faults[name] = _not_a_number(value, name, function)
        return
    reading.remarks.update(remarks_on(number, name))
    got = number.array
    reading.got[name] = got
    if want is not None and got.shape != want.shape:
        reading.faults[name] = Fault(
            "shape",
            f"{name} has shape {got.shape} instead of {want.shape}",
            f"shape {got.shape} instead of {want.shape}",
            name,
        )
    elif not np.isfinite(got).all():
        reading.faults[name] = not_finite(got, name)
    elif want is not None:
        right = case.right(want, got, coarse=number.coarse)
        if right.all():
            largest = float(np.abs(want).max()) if want.size else 0.0
            error = float(np.abs(got - want).max()) if want.size else 0.0
            reading.worst = max(reading.worst, error / largest if largest else 0.0)
        else:
            reading.faults[name] = off(got, want, right, name)


def _not_a_number(value: Any, name: str, function: str) -> Fault:
    if unimplemented(value):
        return Fault("unfinished", f"{function} is not implemented yet: {name} is {type_name(value)}", where=name)
    why = f" ({value.why})" if isinstance(value, wire.Opaque) and value.why else ""
    return Fault("returns", f"{name} is {type_name(value)}{why}, where numbers are expected", where=name)


def remarks_on(number: Number, name: str) -> list[str]:
    """What is worth saying about how a value came, and costs nothing."""
    remarks = []
    if number.was in {"list", "tuple"}:
        remarks.append(f"{name} is a {number.was}: a numpy array is meant.")
    elif number.was not in {"ndarray", "scalar"}:
        remarks.append(f"{name} is a {number.was:.40}: a plain numpy array is meant.")
    if number.dtype in {"float32", "float16"}:
        remarks.append(f"{name} is {number.dtype}: float64 is meant.")
    return remarks


def warned(outcome: wire.Outcome, function: str) -> list[str]:
    """The warnings of a call, as remarks."""
    return [f"{function} warns: {text[:200]}" for text in outcome.warnings[:2]]


def not_finite(got: Floats, name: str) -> Fault:
    """The fault of a value with NaN or infinity in it."""
    at = entry(name, np.unravel_index(int(np.argmin(np.isfinite(got))), got.shape)) if got.ndim else name
    value = float(got[~np.isfinite(got)].flat[0])
    return Fault("finite", f"{at} is {value}", f"{value} instead of a finite number", at)


def off(got: Floats, want: Floats, right: Any, name: str) -> Fault:
    """The fault of wrong entries: names the one furthest off."""
    distance = np.where(right, -1.0, np.abs(got - want))
    index = np.unravel_index(int(np.argmax(distance)), got.shape) if got.ndim else ()
    at = entry(name, index)
    difference = apart_by(float(got[index]), float(want[index]))
    wrong = int(got.size - np.count_nonzero(right))
    more = f" ({wrong} of {got.size} entries are wrong)" if got.size > 1 else ""
    return Fault("value", f"{at} is {difference}{more}", difference, at)


def entry(name: str, index: Sequence[Any]) -> str:
    """How an entry is written: "dW[2, 0]"."""
    return f"{name}[{', '.join(str(int(i)) for i in index)}]" if len(index) else name


def apart_by(got: float, want: float) -> str:
    """How far off a number is, in words."""
    text = f"{got:.6g} instead of {want:.6g}"
    if f"{got:.6g}" == f"{want:.6g}":
        text = f"{got!r} instead of {want!r}"
    return text


def evidence(index: int, case: Case, reading: Reading) -> Evidence:
    """One failing case as text."""
    wrong = [n for n in case.expected if n in reading.faults or "" in reading.faults]
    first = reading.faults.get("") or reading.faults[wrong[0]]
    return Evidence(
        case=index,
        inputs=case.shown_inputs(),
        expected={n: shown(want) for n, want in case.expected.items() if n in wrong and want is not None},
        got={n: shown(reading.got[n]) for n in wrong if n in reading.got},
        wrong=wrong,
        where=first.where,
        difference=first.difference,
    )
