"""The walls that the tests of this folder run in, and small ways to ask a box."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from grader.errors import WallError
from grader.sandbox import Limits, Wall, choice, wire

LIMITS = Limits(question_s=3.0, submission_s=30.0, memory_mib=256, processes=16, output_bytes=20_000)

CHECKS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "sandlock": choice.check_sandlock,
    "docker": choice.check_docker,
}


def _wall(name: str, require: Callable[[str, str | None], None]) -> Iterator[Wall]:
    try:
        CHECKS[name]()
    except WallError as error:
        require(name, str(error))
    with choice.factory(name)(LIMITS, 1) as wall:
        yield wall


@pytest.fixture(
    scope="session",
    params=["none", "sandlock", pytest.param("docker", marks=pytest.mark.docker)],
)
def wall(request, require) -> Iterator[Wall]:
    """Every wall."""
    yield from _wall(request.param, require)


@pytest.fixture(
    scope="session",
    params=["sandlock", pytest.param("docker", marks=pytest.mark.docker)],
)
def strong_wall(request, require) -> Iterator[Wall]:
    """Every wall that keeps intent in."""
    yield from _wall(request.param, require)


@pytest.fixture(scope="session")
def none_wall(require) -> Iterator[Wall]:
    """No wall, for what is the same in all of them."""
    yield from _wall("none", require)


@pytest.fixture(scope="session")
def sandlock_wall(require) -> Iterator[Wall]:
    """The sandlock wall."""
    yield from _wall("sandlock", require)


class Asker:
    """A box with short ways to load and to call."""

    def __init__(self, box: Any) -> None:
        self.box = box

    def load(self, *sources: str, **options: Any) -> wire.Loaded:
        """One source is a file, several are a notebook's cells."""
        names = [""] if len(sources) == 1 else [f"cell {place}" for place in range(1, len(sources) + 1)]
        return self.box.load(tuple(map(wire.Cell, names, sources)), **options)

    def call(self, function: str, *arguments: Any, **options: Any) -> wire.Outcome:
        """The outcome of one call."""
        payload = wire.Payload()
        sent = tuple(send(argument, payload) for argument in arguments)
        answer, self.data = self.box.ask(wire.Ask((wire.Call(function, sent, **options),)), payload)
        self.output = answer.output
        return answer.outcomes[0]

    def value(self, function: str, *arguments: Any) -> Any:
        """What a call returned, as plain Python and arrays; fails where it raised."""
        outcome = self.call(function, *arguments)
        assert outcome.error is None, outcome.error
        return receive(outcome.value, self.data)


@pytest.fixture
def asker(wall: Wall) -> Iterator[Asker]:
    """A box of every wall."""
    with wall.open() as box:
        yield Asker(box)


def send(value: Any, payload: wire.Payload) -> wire.Value:
    """A Python value as an argument."""
    if isinstance(value, (wire.Ref, wire.Nothing)):
        return value
    if isinstance(value, str):
        return wire.Text(value)
    if isinstance(value, dict):
        return wire.Mapping({key: send(item, payload) for key, item in value.items()})
    if isinstance(value, tuple):
        return wire.Sequence("tuple", tuple(send(item, payload) for item in value))
    if isinstance(value, list):
        return payload.add(np.array(value), "list")
    return payload.add(np.asarray(value), "ndarray" if isinstance(value, np.ndarray) else "scalar")


def receive(value: wire.Value | None, data: bytes) -> Any:
    """A returned value as Python has it; what stayed in the box stays described."""
    if isinstance(value, wire.Array):
        array = wire.view(value, data)
        return {"scalar": array.item, "list": array.tolist}.get(value.was, lambda: array)()
    if isinstance(value, wire.Sequence):
        return (tuple if value.kind == "tuple" else list)(receive(item, data) for item in value.items)
    if isinstance(value, wire.Mapping):
        return {key: receive(item, data) for key, item in value.items.items()}
    if isinstance(value, wire.Text):
        return value.value
    return None if isinstance(value, wire.Nothing) else value
