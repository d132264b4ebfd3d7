"""The zoo: submissions of known worth, graded by the real machinery in every wall.

A cut of them: `make zoo` has all of them in each wall, and `grader validate` asks all of them in the quickest one.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jupytext
import pytest

from grader import assignment, course, grading, oracle
from grader import judge as judging
from grader.catalogue import BUILT_IN
from grader.errors import WallError
from grader.result import Check, Result
from grader.sandbox import Limits, Wall, choice
from grader.submission import SourceFile, Submission, read_file

ROOT = Path(__file__).parent.parent
ZOO = ROOT / "tests" / "zoo"
SEED = 1
SEEDS = (100,)
"""Beside SEED. `grader validate` asks all of the zoo at 200."""
LIMITS = Limits()
ASSIGNMENTS = tuple(BUILT_IN.names())
CHECKS = {"none": lambda: None, "sandlock": choice.check_sandlock, "docker": choice.check_docker}


@dataclass(frozen=True)
class Animal:
    """A file of the zoo."""

    assignment: str
    path: Path

    @property
    def mistake(self) -> str:
        """The mistake that its name promises: "wrong_MISTAKE_more.py"."""
        return self.path.stem.split("_")[1]

    def __str__(self) -> str:
        return f"{self.assignment}/{self.path.name}"


def animals(prefix: str = "") -> list[Animal]:
    files = (p for p in sorted(ZOO.glob("*/*")) if p.suffix in {".py", ".ipynb"})
    return [Animal(p.parent.name, p) for p in files if p.name.startswith(prefix)]


def few(prefix: str = "") -> list[Animal]:
    """A cut of the zoo: of each assignment's files, the first of each kind, and the notebooks."""
    kinds: dict[tuple[str, str], Animal] = {}
    for animal in animals(prefix):
        kind = animal.path.stem.partition("_")[0] if animal.path.suffix == ".py" else animal.path.name
        kinds.setdefault((animal.assignment, kind), animal)
    return list(kinds.values())


ALL = os.environ.get("GRADER_ZOO") == "all"
QUICKEST = animals() if ALL else few()
"""The animals that go through the quickest wall."""
EVERYWHERE = animals() if ALL else few("wrong_")
"""The animals that go through each wall."""


@cache
def expected(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((ZOO / name / "expect.toml").read_text())


@cache
def prepared(name: str, seed: int) -> grading.Prepared:
    return course.prepare_all([name], seed)[name]


VISITS = [
    *(("sandlock", animal) for animal in QUICKEST),
    *(("none", animal) for animal in EVERYWHERE),
    *(pytest.param("docker", animal, marks=pytest.mark.docker) for animal in EVERYWHERE),
]


@pytest.fixture(scope="session")
def wall(request, require) -> Iterator[Wall]:
    """Every wall."""
    try:
        CHECKS[request.param]()
    except WallError as error:
        require(request.param, str(error))
    with choice.factory(request.param)(LIMITS, 1) as opened:
        yield opened


@pytest.fixture(scope="session")
def quick() -> Iterator[Wall]:
    """The quickest wall that is to be had, for what is the same in all of them."""
    try:
        choice.check_sandlock()
        name = "sandlock"
    except WallError:
        name = "none"
    with choice.factory(name)(LIMITS, 1) as opened:
        yield opened


def graded(path: Path, name: str, wall: Wall, seed: int = SEED) -> Result:
    """The result of one file for one assignment."""
    return graded_file(read_file(path, ASSIGNMENTS), name, wall, seed)


def graded_file(file: SourceFile, name: str, wall: Wall, seed: int = SEED) -> Result:
    submission = Submission("ada", (file,), ())
    ready = prepared(name, seed)
    found = grading.grade(submission, wall, {name: ready}, seed)
    return found.results[0] if found.results else grading.unanswered(found.handed, ready, grading.Run(seed, wall.name))


def verdicts(checks: list[Check]) -> dict[str, str]:
    """Every check that is not passed, with its status and diagnosis; a gradcheck that was not needed is left out."""
    return {
        f"{c.function}:{c.check}": f"{c.status} {c.diagnosis or ''}".strip()
        for c in checks
        if c.status != "passed" and (c.check, c.status) != ("gradcheck", "skipped")
    }


# --- every wall -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wall", "animal"), VISITS, ids=str, indirect=["wall"])
def test_every_animal_gets_its_verdict_in_every_wall(wall, animal):
    """Score, statuses and diagnoses are those of expect.toml: so they are the same in each wall and from run to run."""
    result = graded(animal.path, animal.assignment, wall)
    want = dict(expected(animal.assignment).get(animal.path.name, {}))
    assert result.status == "graded"
    assert result.score == want.pop("score", result.max_score)
    assert verdicts(result.checks) == want


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_stub_scores_nothing(quick, name, tmp_path):
    """What students are given earns no point, as a file and as the notebook made from it."""
    stub = ROOT / "assignments" / name / "stub.py"
    notebook = tmp_path / "stub.ipynb"
    jupytext.write(jupytext.read(stub, fmt="py:percent"), notebook)
    for path in (stub, notebook):
        result = graded(path, name, quick)
        assert result.score == 0
        assert "not-implemented" in {c.diagnosis for c in result.checks}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_reference_earns_full_marks(quick, name, tmp_path):
    """The secret half's own forward, with the engine's gradients, is right in every check."""
    path = tmp_path / "reference.py"
    path.write_text(reference_submission(name))
    result = graded(path, name, quick)
    assert verdicts(result.checks) == {}
    assert result.score == result.max_score


def reference_submission(name: str) -> str:
    """A submission that carries the engine and the solution with it, as a student who had them might hand them in."""
    modules = ["reference", *(f"reference.{p.stem}" for p in _in_order((ROOT / "reference").glob("*.py")))]
    shared = sorted(p for p in (ROOT / "reference" / "solutions").glob("_*.py") if p.stem != "__init__")
    modules += [
        "reference.solutions",
        *(f"reference.solutions.{p.stem}" for p in shared),
        f"reference.solutions.{name}",
    ]
    sources = {m: _module_file(m).read_text() for m in modules}
    lines = [
        "import sys, types",
        f"for name, source in {sources!r}.items():",
        "    module = sys.modules[name] = types.ModuleType(name)",
        "    module.__path__ = []",
        "    exec(compile(source, name, 'exec'), module.__dict__)",
        f"solution = sys.modules['reference.solutions.{name}']",
        "engine = sys.modules['reference.engine']",
    ]
    parts = BUILT_IN.load(name).parts
    paired = {function for part in parts if isinstance(part, assignment.Pair) for function in part.functions}
    for part in parts:
        if isinstance(part, assignment.Pair):
            lines += _pair_by_engine(part)
        elif isinstance(part, assignment.Function) and part.cached:
            lines += [f"def {part.name}(*inputs):", f"    return solution.{part.name}(*inputs), None"]
        else:
            own = [f for f in part.functions if f not in paired]
            lines += [f"{f} = globals().get({f!r}, solution.{f})" for f in own]
            # What the box binds in the submission's module has to reach functions that were defined in the solution's.
            lines += [f"for name in {own!r}:", "    if type(globals()[name]) is types.FunctionType:"]
            lines += ["        setattr(solution, name, lambda *a, name=name: globals()[name](*a))"]
    return "\n".join(lines) + "\n"


def _pair_by_engine(part: assignment.Pair) -> list[str]:
    inputs = ", ".join(part.inputs)
    if part.stages:
        keys = ", ".join(f"'{g}': g['{g[1:]}']" for g in part.gradients)
        return [
            f"def {part.forward}({inputs}):",
            f"    t = engine.trace(solution.{part.forward}, {inputs}, names={part.inputs!r})",
            "    return t.out, t",
            f"def {part.backward}(upstream, t):",
            "    g = t.gradients(upstream)",
            f"    return {{{keys}}}",
        ]
    several = len(part.outputs) > 1
    return [
        f"def {part.forward}({inputs}):",
        *([f"    solution.{part.name}_changes({inputs})"] if part.changes else []),
        f"    out, pullback = engine.vjp(solution.{part.forward}, {inputs}, wrt={part.wrt!r})",
        f"    return {'*out, pullback' if several else 'out, pullback'}",
        f"def {part.backward}(*given):",
        f"    g = given[-1]({'given[:-1]' if several else 'given[0]'})",
        "    return g[0] if len(g) == 1 else g",
        *(f"{other} = {part.backward}" for other in part.backwards[1:]),
    ]


def _in_order(paths: Iterator[Path]) -> list[Path]:
    """The engine's modules so that each comes after those that it imports."""
    left = {p.stem: p for p in paths if p.stem != "__init__"}
    ordered: list[Path] = []
    while left:
        ready = [s for s, p in left.items() if not any(f"reference.{o} " in p.read_text() for o in left if o != s)]
        assert ready, f"{sorted(left)} import each other"
        ordered += [left.pop(stem) for stem in ready]
    return ordered


def _module_file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


# --- every seed -------------------------------------------------------------------------------------------------------


def judged(animal: Animal, wall: Wall, seeds: range) -> Iterator[list[Check]]:
    """The checks of one file for several seeds, asked of one box."""
    file = read_file(animal.path, ASSIGNMENTS)
    handed_out = BUILT_IN.load(animal.assignment).modules
    with wall.open() as box:

        def load():
            return box.load(file.cells, provided=handed_out)

        loaded = load()
        for seed in seeds:
            checks, _ = judging.judge(prepared(animal.assignment, seed).checks, box, loaded, load)
            yield checks


@pytest.mark.parametrize("animal", few("right_"), ids=str)
def test_a_right_submission_is_right_for_every_seed(quick, animal):
    """No draw of the inputs costs a right submission anything."""
    for checks in judged(animal, quick, SEEDS):
        assert verdicts(checks) == {}
        assert sum(c.points for c in checks) == pytest.approx(sum(c.max_points for c in checks))


@pytest.mark.parametrize("animal", few("wrong_"), ids=str)
def test_a_known_mistake_loses_marks_and_is_named_for_every_seed(quick, animal):
    """No draw of the inputs hides a known mistake or its name, and none makes it look like another."""
    want = {v.partition(" ")[2] for k, v in expected(animal.assignment)[animal.path.name].items() if k != "score"}
    for checks in judged(animal, quick, SEEDS):
        assert sum(c.points for c in checks) < sum(c.max_points for c in checks) - 1e-9
        names = {c.diagnosis for c in checks if c.diagnosis}
        assert animal.mistake in names
        assert names <= want


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_known_mistake_is_in_the_zoo(name):
    """A mistake that the solution lists has at least one submission that makes it."""
    known = {m.name for m in oracle.load(BUILT_IN.load(name)).solution.mistakes}
    assert known <= {a.mistake for a in animals("wrong_") if a.assignment == name}


def test_every_diagnosis_is_explained():
    """Whatever name a check gives, the reports have a title, a reason and something to read for it."""
    for name in ASSIGNMENTS:
        infos = oracle.load(BUILT_IN.load(name)).infos()
        named = {v.partition(" ")[2] for table in expected(name).values() for k, v in table.items() if k != "score"}
        assert named - {""} <= infos.keys()


def test_expect_toml_lists_files_that_are_there():
    """A renamed file does not leave its expectation behind, and only right ones go without."""
    for name in ASSIGNMENTS:
        files = {a.path.name for a in animals() if a.assignment == name}
        full = {f for f in files if f.startswith("right_")}
        assert expected(name).keys() <= files - full
        assert files - full <= expected(name).keys() | {"other_float32.py", "other_list_forward.py"}
