"""The mutants of right solutions: each must lose marks, or compute the same after all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.sandbox import Wall, wire
from grader.submission import SourceFile
from grader.validation import equivalence, mutate
from grader.validation.asking import Told, asked, asked_once
from grader.validation.finding import Finding, Mutation, Report
from grader.validation.ground import FIRST, Ground
from grader.validation.mutate import Mutant

ENOUGH: Final = 30
"""Mutants that an assignment must have at least."""
WANTED: Final = 60
"""With fewer, the next right solution gives its own besides."""
SEEDS: Final = (FIRST, FIRST + 1, FIRST + 2)
"""Where each mutant is judged."""
MORE: Final = range(FIRST + 3, FIRST + 20)
"""Where one is judged too that kept its marks somewhere."""


@dataclass(frozen=True)
class Made:
    """A mutant and the file that it is of."""

    path: Path
    mutant: Mutant

    def __str__(self) -> str:
        return f"{self.path.name}:{self.mutant.line}: {self.mutant.what}"


Survivor = tuple[Made, dict[int, Told]]
"""A mutant that kept its marks somewhere, and what the checks said by seed."""


def make(ground: Ground, wall: Wall, most: int) -> list[Made]:
    """Mutants of as many right solutions as it takes, evenly thinned to `most`.

    Plain ones come first. Those that a check remarks on, such as one that computes in float32 or differentiates
    numerically, serve only where there are not enough others: their mutants may be as right as they are. Left out are
    those that do not repeat themselves, as with a generator of their own.
    """
    ranked = []
    for animal in ground.animals:
        if animal.kind == "right" and animal.path.suffix == ".py":
            with asked(ground.read(animal.path), wall) as file:
                told = file.judge(ground.prepared(FIRST))
            if not told.loses:
                ranked.append((told.remarked, animal.path))
    found: list[Made] = []
    for remarked, path in sorted(ranked):
        if len(found) >= (ENOUGH if remarked else WANTED):
            break
        source = ground.read(path)
        if _repeats(ground, source, wall):
            found += [Made(path, m) for m in mutate.mutants(source.cells[0].source)]
    if len(found) > most:
        found = [found[i * len(found) // most] for i in range(most)]
    return found


def _repeats(ground: Ground, source: SourceFile, wall: Wall) -> bool:
    return bool(equivalence.proven([(source.cells, source.cells)], ground.assignment, ground.oracle, wall, 1)[0].inputs)


def examine(ground: Ground, made: Sequence[Made], wall: Wall, brief: Wall, inputs: int) -> Report:
    """What becomes of these mutants. In the wall called `brief` run those that may hang."""
    report = Report(ground.assignment.name)
    tally = report.mutation
    survivors: list[Survivor] = []
    for one in made:
        told = _judged(ground, one, brief)
        tally.made += 1
        report.findings += [Finding(str(one), text) for t in told.values() for text in t.broken][:1]
        if all(t.loses for t in told.values()):
            _count(tally, one, list(told.values()))
        else:
            survivors.append((one, told))
    by_part: dict[frozenset[str], list[Survivor]] = {}
    for one, told in survivors:
        by_part.setdefault(_functions(ground, one), []).append((one, told))
    for functions, some in by_part.items():
        _settle(ground, functions, some, wall, inputs, report)
    return report


def _count(tally: Mutation, one: Made, told: Sequence[Told]) -> None:
    """Count in a mutant that is caught."""
    tally.caught += 1
    tally.raising += all(t.only_raises for t in told)
    names = [t.names for t in told]
    if any(names):
        steady = all(n == names[0] for n in names)
        tally.named += steady
        if not steady:
            given = sorted({name for n in names for name in n.values()})
            tally.unsteady.append(f"{one} (named {', '.join(given)}, not at each seed)")


def _judged(ground: Ground, one: Made, wall: Wall) -> dict[int, Told]:
    """What the checks say of a mutant at the first few seeds, and at more where it kept its marks."""
    told: dict[int, Told] = {}
    functions = _functions(ground, one)
    with asked_once(_source(ground, one), wall) as file:
        for seed in (*SEEDS, *MORE):
            if file.lost or (seed in MORE and all(t.loses for t in told.values())):
                break
            told[seed] = file.judge(ground.brief(seed, functions))
    return told


def _functions(ground: Ground, one: Made) -> frozenset[str]:
    """The functions that the changed line can make a difference to."""
    names = mutate.reached(one.mutant.source, one.mutant.within)
    asked_for = names & ground.assignment.functions.keys()
    return frozenset(asked_for or ground.assignment.functions)


def _source(ground: Ground, one: Made) -> SourceFile:
    file = ground.read(one.path)
    return replace(file, cells=(wire.Cell(one.path.name, one.mutant.source),))


def _settle(
    ground: Ground, functions: frozenset[str], survivors: Sequence[Survivor], wall: Wall, inputs: int, report: Report
) -> None:
    """Sort the mutants of some functions that kept their marks into equivalent ones and holes in the judging."""
    pairs = [(_source(ground, one).cells, ground.read(one.path).cells) for one, _ in survivors]
    proofs = equivalence.proven(pairs, ground.narrowed(functions), ground.oracle, wall, inputs)
    for (one, told), proof in zip(survivors, proofs, strict=True):
        kept = [seed for seed, t in told.items() if not t.loses]
        if proof.inputs and proof.beside and len(kept) == len(told):
            report.mutation.equivalent.append(str(one))
            report.mutation.inputs = min(proof.inputs, report.mutation.inputs or proof.inputs)
        else:
            where = f"{one.path.name}:{one.mutant.line}"
            at = "each seed" if len(kept) == len(told) else f"{len(kept)} of {len(told)} seeds"
            why = "" if not proof.inputs or proof.beside else ", and differs beside the inputs that the spec draws"
            report.findings.append(Finding(where, f"a mutant keeps full marks at {at}{why}: {one.mutant.what}"))
