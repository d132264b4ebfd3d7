"""What validating an assignment finds: plain data that travels between processes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be: `where` is a file or a function, `what` goes on from it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Mutation:
    """What became of the mutants."""

    made: int = 0
    caught: int = 0
    raising: int = 0
    """Of those caught, how many only raise, hang or can't be loaded: a mistake that hides from nobody."""
    named: int = 0
    """Of those caught, how many are given a name, and the same one on every seed that was tried."""
    unsteady: list[str] = field(default_factory=list)
    """Those whose name depends on the seed: at most one of such names can be right."""
    equivalent: list[str] = field(default_factory=list)
    """Those that give the same results as what they were made from."""
    inputs: int = 0
    """The least number of random inputs of a function on which results were found equal."""

    def add(self, other: Mutation) -> None:
        """Count in another piece of the same assignment."""
        self.made += other.made
        self.caught += other.caught
        self.raising += other.raising
        self.named += other.named
        self.unsteady += other.unsteady
        self.equivalent += other.equivalent
        self.inputs = min(n for n in (self.inputs, other.inputs) if n) if self.inputs or other.inputs else 0

    @property
    def score(self) -> float:
        """The share caught of those that are not equivalent."""
        left = self.made - len(self.equivalent)
        return self.caught / left if left else 0.0


@dataclass
class Report:
    """What is known of one assignment, whole or in pieces."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    rights: int = 0
    """Right solutions that earn full marks for every seed."""
    right_files: int = 0
    mistakes: int = 0
    """Files with a known mistake that lose marks and are named as it for every seed."""
    mistake_files: int = 0
    known: int = 0
    """Known mistakes that the solution lists."""
    mutation: Mutation = field(default_factory=Mutation)
    seconds: float = 0.0
    """Of one core."""

    def add(self, other: Report) -> None:
        """Count in another piece of the same assignment."""
        self.findings += other.findings
        self.rights += other.rights
        self.right_files += other.right_files
        self.mistakes += other.mistakes
        self.mistake_files += other.mistake_files
        self.known += other.known
        self.mutation.add(other.mutation)
        self.seconds += other.seconds

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def seeds_text(seeds: Iterable[int], among: int) -> str:
    """Which seeds: "at seed 3", "at 4 of 200 seeds, first 17"."""
    found = list(seeds)
    return f"at seed {found[0]}" if len(found) == 1 else f"at {len(found)} of {among} seeds, first {found[0]}"
