"""The zoo: what is known of each file must come true, whatever the seed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.errors import MachineError
from grader.sandbox import Wall
from grader.validation.asking import Told, asked
from grader.validation.finding import Finding, Report, seeds_text
from grader.validation.ground import FIRST, Animal, Ground

KINDS = ("right", "wrong", "unfinished", "other")


# --- as a whole -------------------------------------------------------------------------------------------------------


def absences(ground: Ground) -> Iterator[Finding]:
    """What the zoo ought to have and has not."""
    have = {kind: [a for a in ground.animals if a.kind == kind] for kind in KINDS}
    if not any(a.path.suffix == ".py" for a in have["right"]):
        yield Finding(_shown(ground.zoo), "there is no right_*.py: nothing shows that full marks can be had")
    known = {m.name for m in ground.oracle.solution.mistakes}
    for name in sorted(known - {a.mistake for a in have["wrong"]}):
        yield Finding(_shown(ground.zoo), f"there is no wrong_{name}*.py: nothing shows that {name!r} is found")
    infos = ground.oracle.infos()
    for animal in ground.animals:
        if animal.kind not in KINDS:
            yield Finding(animal.path.name, f"is called neither {', '.join(f'{k}_*' for k in KINDS)}")
        if animal.kind == "right" and animal.expected:
            yield Finding(animal.path.name, "has an entry in expect.toml: a right one earns full marks")
        if animal.kind == "wrong" and not animal.expected:
            yield Finding(animal.path.name, "has no entry in expect.toml")
        for name in sorted(_named(animal) - infos.keys()):
            yield Finding(animal.path.name, f"expects the name {name!r}, which nothing explains")


def stub(ground: Ground, wall: Wall) -> Iterator[Finding]:
    """The stub earns nothing, as a file and as the notebook made from it."""
    if not ground.stub.exists():
        yield Finding("stub.py", "is not there")
        return
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder, "stub.ipynb")
        _make_notebook(ground.stub, notebook)
        for path in (ground.stub, notebook):
            with asked(ground.read(path), wall) as file:
                found = file.judge(ground.prepared(FIRST))
            if found.score > 0:
                yield Finding(path.name, f"earns {found.score:g} of {found.full:g} points before anything is done")
            if "not-implemented" not in found.names.values():
                yield Finding(path.name, "is not recognised as unfinished: `raise NotImplementedError` is meant")


def _make_notebook(stub_file: Path, notebook: Path) -> None:
    try:
        import jupytext
    except ModuleNotFoundError as error:
        raise MachineError("making the stub's notebook needs jupytext: pip install 'backprop-grader[dev]'") from error
    jupytext.write(jupytext.read(stub_file, fmt="py:percent"), notebook)


# --- one by one -------------------------------------------------------------------------------------------------------


def examine(ground: Ground, animals: Sequence[Animal], wall: Wall, brief: Wall, seeds: int) -> Report:
    """What is found of these files: at seed 1 against expect.toml, and the right and wrong ones at all seeds.

    In the wall called `brief` run those that may hang.
    """
    report = Report(ground.assignment.name)
    for animal in animals:
        found: list[str] = []
        with asked(ground.read(animal.path), wall if animal.kind in {"right", "wrong"} else brief) as file:
            found += _unexpected(animal, file.judge(ground.prepared(FIRST)))
            if animal.kind in {"right", "wrong"} and not found:
                parts = _parts(animal)
                told = {s: file.judge(ground.brief(s, parts)) for s in range(FIRST + 1, FIRST + seeds)}
                found += [f"at seed {seed}: {text}" for seed, one in told.items() for text in one.broken][:1]
                found += _not_right(told, seeds) if animal.kind == "right" else _not_wrong(animal, told, seeds)
        report.findings += [Finding(animal.path.name, what) for what in found]
        report.right_files += animal.kind == "right"
        report.rights += animal.kind == "right" and not found
        report.mistake_files += animal.kind == "wrong"
        report.mistakes += animal.kind == "wrong" and not found
    return report


def _parts(animal: Animal) -> frozenset[str] | None:
    """The functions in whose parts a wrong file is to be asked further: those that it is expected to fail in.

    The others are copies of right ones, which have files of their own.
    """
    if animal.kind == "right":
        return None
    return frozenset(key.partition(":")[0] for key in animal.expected if ":" in key) or None


def _unexpected(animal: Animal, told: Told) -> list[str]:
    """How the verdict at the first seed differs from the expected one."""
    want = {k: str(v) for k, v in animal.expected.items() if k != "score"}
    score = animal.expected.get("score", told.full)
    found = [f"at seed {FIRST}: {text}" for text in told.broken]
    differing = [
        f"{key} is {told.verdicts.get(key, 'passed')!r}, not {want.get(key, 'passed')!r}"
        for key in sorted(want.keys() | told.verdicts.keys())
        if want.get(key) != told.verdicts.get(key)
    ]
    # By comparison alone: the file may hold an integer that no float holds.
    if not isinstance(score, int | float) or not told.score - 1e-9 <= score <= told.score + 1e-9:
        differing.insert(0, f"the score is {told.score:g}, not {score}")
    if differing:
        found.append(f"is not what expect.toml says at seed {FIRST}: {', '.join(differing)}")
    return found


def _not_right(told: dict[int, Told], among: int) -> list[str]:
    """How a right file fails to be right."""
    bad = [seed for seed, one in told.items() if one.loses or one.verdicts]
    if not bad:
        return []
    one = told[bad[0]]
    what = ", ".join(f"{key} is {verdict}" for key, verdict in one.verdicts.items()) or "no check says why"
    return [f"scores {one.score:g} of {one.full:g} {seeds_text(bad, among)}: {what}"]


def _not_wrong(animal: Animal, told: dict[int, Told], among: int) -> list[str]:
    """How a known mistake fails to be seen as itself."""
    found = []
    allowed = {key: str(v).partition(" ")[2] for key, v in animal.expected.items() if key != "score"}
    if hidden := [seed for seed, one in told.items() if not one.loses]:
        found.append(f"loses no marks {seeds_text(hidden, among)}")
    if unnamed := [seed for seed, one in told.items() if animal.mistake not in one.names.values()]:
        found.append(f"is not named {animal.mistake!r} {seeds_text(unnamed, among)}")
    strange: dict[tuple[str, str], list[int]] = {}
    for seed, one in told.items():
        for key, name in one.names.items():
            if name not in {animal.mistake, allowed.get(key)}:
                strange.setdefault((key, name), []).append(seed)
    for (key, name), seeds in strange.items():
        found.append(f"is named {name!r} by {key} {seeds_text(seeds, among)}")
    return found


def _named(animal: Animal) -> set[str]:
    """The names that expect.toml gives to a file."""
    return {str(v).partition(" ")[2] for key, v in animal.expected.items() if key != "score"} - {""}


def _shown(path: Path) -> str:
    return "/".join(path.parts[-2:])
