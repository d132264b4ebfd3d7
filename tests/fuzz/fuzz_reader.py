"""What a reader is: a function of the product, or a short way through it, from an input to a result or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any, Final

import fuzz_mutation
from fuzz_building import builder
from hypothesis.strategies import SearchStrategy

MUTANTS: Final = 3
"""Mutants of each input that is built."""
ROUND: Final = 8
"""Of so many inputs one is built, three are its mutants, and the others are mutants of real samples."""


class Broken(AssertionError):
    """A result that is not what its reader promises."""


def promise(kept: object, what: str) -> None:
    """Raises Broken, which says what was promised."""
    if not kept:
        raise Broken(what)


@dataclass(frozen=True)
class Reader:
    """`read` gives whether the input was taken; False for one that was refused as is documented. All else is a crash."""

    name: str
    read: Callable[[Any], bool]
    built: SearchStrategy[Any]
    samples: Callable[[], Sequence[bytes]] | None = None
    """Real inputs; without them nothing is mutated, and all inputs are built."""
    extremes: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    """Inputs at the limits of size, by name: where time and memory would grow out of proportion."""
    every_day: bool = True
    """Whether the extremes are read every day; those that take minutes are read by night."""
    memory_mib: int = 96
    """What reading may take on top of what is there before; an extreme one may take `extreme_mib`."""
    extreme_mib: int = 512
    nightly: int = 100_000
    daily: int = 2_000
    """Fewer of those that take milliseconds, so that all of them together take a minute or two of one core."""
    prepare: Callable[[], None] = lambda: None
    """Said once in each process."""
    strict: bool = True
    """Whether a warning counts as a crash: it would be on the instructor's screen."""
    changes: Sequence[fuzz_mutation.Change] = fuzz_mutation.CHANGES
    cpu_s: float = 20.0
    """Seconds of CPU for one input: more is a hang."""

    @cached_property
    def _build(self) -> Callable[[Random], Any]:
        return builder(self.built)

    @cached_property
    def _samples(self) -> Sequence[bytes]:
        return self.samples() if self.samples else ()

    def warm_up(self) -> None:
        """Make the samples, so that forks need not."""
        _ = self._samples

    def input(self, seed: int) -> Any:
        """The input of this seed: built, a mutant of the one before, or a mutant of a sample."""
        if not self.samples:
            return self._build(Random(f"built {seed}"))
        turn = seed % ROUND
        rng = Random(f"{self.name} {seed}")
        if turn > MUTANTS:
            return fuzz_mutation.mutated(rng.choice(self._samples), rng, self._samples, self.changes)
        base = self._base(seed - turn)
        return fuzz_mutation.mutated(base, rng, self._samples, self.changes) if turn else base

    def _base(self, seed: int) -> bytes:
        kept: tuple[int, bytes] | None = self.__dict__.get("_kept")
        if kept is None or kept[0] != seed:
            kept = (seed, self._build(Random(f"built {seed}")))
            self.__dict__["_kept"] = kept  # the next mutants need it again
        return kept[1]
