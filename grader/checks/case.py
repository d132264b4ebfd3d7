"""A case, and the reading of what a function returned for it: present, type, shape, finite, value, in this order."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np

from grader.assignment import Inputs
from grader.numeric import Figure, Floats, agrees, flat, size
from grader.result import Evidence
from grader.sandbox import wire
from grader.values import Number, Reply, shown, type_name, unimplemented

Order = Literal["raised", "unfinished", "returns", "shape", "finite", "value"]


@dataclass(frozen=True)
class Case:
    """Inputs, and what is right for them. Names are those of the outputs or of the gradients."""

    names: tuple[str, ...]
    """The inputs' names."""
    inputs: Inputs
    expected: Mapping[str, Figure | None]
    """None for a value that nobody knows, as in the self-check: it must be there and finite."""
    scale: float
    """The magnitude of what went in."""
    upstreams: Mapping[str, Any] = field(default_factory=dict)
    """What a backward is given, by name."""
    tolerance: float | None = None
    """Of a worked example, whose figures are printed with few digits: relative to the larger of 1 and the figure."""
    loose: frozenset[str] = frozenset()
    """The names whose values may come with more or fewer axes of length 1, with a remark."""
    overflows: frozenset[str] = frozenset()
    """The names whose values may be infinite, with a remark, where the others are right."""

    @property
    def size(self) -> int:
        """How many numbers went in: the smallest failing case is shown."""
        return size(self.inputs)

    def right(self, want: Floats, got: Floats, *, coarse: bool = False) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Entry by entry, whether `got` is `want`; their shapes are equal. `coarse` as `agrees` takes it."""
        if self.tolerance is None:
            return agrees(got, want, self.scale, coarse=coarse)
        return np.asarray(np.abs(got - want) <= self.tolerance * np.maximum(1.0, np.abs(want)))

    def want(self, name: str) -> Floats:
        """What is expected of `name`, in a case of which it is known; a list's arrays end to end."""
        value = self.expected[name]
        if value is None:
            raise TypeError(f"nobody knows {name} here")
        return flat(value)

    def fitted(self, name: str, got: Floats, want: Floats) -> Floats:
        """`got` in the shape of `want` where axes of length 1 are all that they differ in and do not matter."""
        return got.reshape(want.shape) if name in self.loose and _squeezed(got) == _squeezed(want) else got

    def given(self, upstreams: Mapping[str, Any], expected: Mapping[str, Figure | None]) -> Case:
        """The same inputs with other upstream gradients and other expectations."""
        return replace(self, upstreams=upstreams, expected=expected)

    def shown_inputs(self) -> dict[str, str]:
        """The inputs as text, the upstream gradients among them."""
        given = {**dict(zip(self.names, self.inputs, strict=True)), **self.upstreams}
        return {name: shown(value) for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Fault:
    """The first thing wrong with one value."""

    order: Order
    message: str
    difference: str = ""
    where: str = ""
    by: str = ""
    """For a call that raised: its function."""


@dataclass(frozen=True)
class Item:
    """One array of a list: None where it is no array, and the first thing wrong with it."""

    got: Floats | None
    fault: Fault | None


@dataclass
class Reading:
    """What was read of one case: values by name, and the faults found, by name ("" for the whole)."""

    got: dict[str, Figure] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    partly: dict[str, float] = field(default_factory=dict)
    """The share that is right of a list of arrays of which some are wrong."""
    items: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    """The arrays of each list of the right length."""
    coarse: set[str] = field(default_factory=set)
    """The names of the values, and of those in lists ("dW[0]"), that were computed in float32."""
    remarks: set[str] = field(default_factory=set)
    worst: float = 0.0
    """The largest error relative to its array's largest entry, over values that are right."""
    forwards: int = 0
    """How often a backward called its own forward."""
    uses: frozenset[str] = frozenset()
    """The absent modules that were touched."""

    def share(self, names: Sequence[str]) -> float:
        """The share of the names that are right."""
        if "" in self.faults:
            return 0.0
        return sum(self.partly.get(name, 0.0) if name in self.faults else 1.0 for name in names) / len(names)

    def finite(self, names: Sequence[str]) -> dict[str, Floats] | None:
        """The arrays called `names`, where each is there, is one array, and is finite."""
        arrays = {n: g for n in names if isinstance(g := self.got.get(n), np.ndarray) and np.isfinite(g).all()}
        return arrays if len(arrays) == len(names) else None


_MISFIT: Final = re.compile(r"matmul: Input operand 1 has a mismatch .*\(size (\d+) is different from (\d+)\)")
"""numpy's words for matrices that do not fit, which speak of core dimensions and signatures."""


_INDEX: Final = re.compile(
    r"'(numpy\.)?float(64)?' object cannot be interpreted as an integer|slice indices must be integers"
    r"|only integers, slices|only integer scalar arrays|expected a sequence of integers or a single integer"
)
"""How Python and numpy object to a float where a length or a place is meant: in Python 2, `/` gave an integer."""


def raised(outcome: wire.Outcome, function: str) -> Fault | None:
    """The fault of a call that raised."""
    error = outcome.error
    if error is None:
        return None
    if error.type == "Skipped":
        return Fault("returns", f"{function} has nothing to start from: its forward must return (output, cache)")
    at = f" at {error.where}" if error.where else ""
    message = _MISFIT.sub(r"the matrices do not fit: \2 columns against \1 rows", error.message)
    if _INDEX.search(message):
        message += "; `/` gives a float, also where nothing is left over: `//` gives an integer"
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


def besides(
    value: wire.Value | None, count: int, extras: Collection[str]
) -> tuple[wire.Value | None, dict[str, wire.Value]]:
    """What a function returned, `count` values, without the dict of intermediate gradients after them, and that dict's
    items that are asked for.
    """
    if not extras or not isinstance(value, wire.Sequence) or len(value.items) != count + 1:
        return value, {}
    *items, last = value.items
    if not isinstance(last, wire.Mapping):
        return value, {}
    given = {name: last.items[name] for name in extras if name in last.items}
    return items[0] if count == 1 else wire.Sequence(value.kind, tuple(items)), given


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
    if isinstance(want, tuple):
        _read_list(reply, value, name, function, case, reading)
        return
    number, fault = _read_array(reply, value, name, want, function, case, reading)
    if number is not None:
        reading.got[name] = number
    if fault:
        reading.faults[name] = fault


def _read_list(reply: Reply, value: Any, name: str, function: str, case: Case, reading: Reading) -> None:
    """Read a list of arrays; each that is right counts."""
    wants = case.expected[name] or ()
    items, remark = listed(value, len(wants))
    if items is None:
        text = f"{name} is {type_name(value)} instead of a list of {len(wants)} arrays"
        unfinished = unimplemented(value)
        reading.faults[name] = (
            Fault("unfinished", f"{function} is not implemented yet: {name} is {type_name(value)}", where=name)
            if unfinished
            else Fault("returns", text, where=name)
        )
        if isinstance(value, wire.Sequence) and not unfinished:
            known = [number.array for item in value.items if (number := reply.stacked(item)) is not None]
            reading.got |= {name: tuple(known)} if len(known) == len(value.items) else {}
        return
    if remark:
        reading.remarks.add(f"{name} is {remark}: a list of arrays is meant.")
    found = [
        Item(*_read_array(reply, item, f"{name}[{i}]", want, function, case, reading))
        for i, (item, want) in enumerate(zip(items, wants, strict=True))
    ]
    if not all(map(unimplemented, items)):
        found = [_absent(item, f"{name}[{i}]") for i, item in enumerate(found)]
    reading.items[name] = tuple(found)
    numbers = [item.got for item in found if item.got is not None]
    if len(numbers) == len(wants):
        reading.got[name] = tuple(numbers)
    faults = [item.fault for item in found if item.fault]
    if faults:
        reading.faults[name] = faults[0]
        reading.partly[name] = 1.0 - len(faults) / len(wants)


def _absent(item: Item, name: str) -> Item:
    """An item as one of a list of which others are there: None among them is no sign of an unfinished function."""
    if item.fault is None or item.fault.order != "unfinished":
        return item
    return Item(None, Fault("returns", f"{name} is None, where numbers are expected", where=name))


def forgive(case: Case, reading: Reading) -> None:
    """Take an infinite value that the case allows for a remark, where nothing else is wrong."""
    wrong = {name: flat(reading.got[name]) for name in case.overflows & reading.faults.keys() & reading.got.keys()}
    infinite = {name for name, got in wrong.items() if got.size and np.isposinf(got).all()}
    if reading.faults.keys() <= infinite:
        reading.faults.clear()
        reading.remarks.update(f"{name} is infinite at such inputs: a finite number is to be had." for name in infinite)


def listed(value: Any, count: int) -> tuple[tuple[Any, ...] | None, str]:
    """The items of a list of `count` arrays, and what else it is than a list; None where it is no such thing."""
    if isinstance(value, wire.Sequence) and len(value.items) == count:
        return value.items, "a tuple" if value.kind == "tuple" else ""
    if isinstance(value, wire.Array) and value.shape[:1] == (count,):
        return tuple(_rows(value)), "" if value.was == "list" else "an array"
    return None, ""


def _read_array(
    reply: Reply, value: Any, name: str, want: Floats | None, function: str, case: Case, reading: Reading
) -> tuple[Floats | None, Fault | None]:
    """One array and its first fault; what is odd about it and how far off it is go into `reading`."""
    number = reply.stacked(value)
    if number is None:
        return None, _not_a_number(value, name, function)
    reading.remarks.update(remarks_on(number, name))
    if number.coarse:
        reading.coarse.add(name)
    got = number.array
    if want is not None and got.shape != want.shape and case.fitted(name, got, want).shape == want.shape:
        reading.remarks.add(f"{name} has shape {got.shape}: {want.shape} is meant.")
        got = got.reshape(want.shape)
    if want is not None and got.shape != want.shape:
        difference = f"shape {got.shape} instead of {want.shape}"
        return got, Fault("shape", f"{name} has {difference}", difference, name)
    if not np.isfinite(got).all():
        return got, not_finite(got, name)
    if want is None:
        return got, None
    right = case.right(want, got, coarse=number.coarse)
    if not right.all():
        return got, off(got, want, right, name)
    largest = float(np.abs(want).max()) if want.size else 0.0
    error = float(np.abs(got - want).max()) if want.size else 0.0
    reading.worst = max(reading.worst, error / largest if largest else 0.0)
    return got, None


def _squeezed(array: Floats) -> tuple[int, ...]:
    """The shape without axes of length 1."""
    return tuple(n for n in array.shape if n != 1)


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
    """How far off a number is, in words; there is no minus before a zero."""
    got, want = got + 0.0, want + 0.0
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
