"""Every assignment is sound: points, worked examples, stubs, and inputs that show each known mistake."""

from __future__ import annotations

import doctest
import importlib
import re
import sys
import types
from functools import lru_cache

import jupytext
import nbformat
import numpy as np
import pytest

from grader import assignment, cases, oracle
from grader.catalogue import BUILT_IN
from grader.checks.compare import Compare
from grader.checks.stages import Stages
from grader.checks.steps import Steps
from grader.numeric import agrees, same
from reference import engine

NAMES = tuple(BUILT_IN.names())
PAIRS = [(name, part) for name in NAMES for part in BUILT_IN.load(name).parts if isinstance(part, assignment.Pair)]
SEEDS = range(25)
EXTREME = {"overflow", "max-over-whole-array"}
"""Mistakes that only extreme inputs show."""


@lru_cache(maxsize=32)
def drawn(name: str, seed: int) -> list[object]:
    spec = BUILT_IN.load(name)
    return cases.prepare(spec, seed, oracle.load(spec))


def stub(name: str) -> str:
    return (BUILT_IN.load(name).folder / "stub.py").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_full_marks_are_what_the_checks_add_up_to(name):
    """The points of an assignment are a multiple of 10, as declared and as asked."""
    full = BUILT_IN.load(name).max_points
    assert full > 0
    assert round(full, 9) % 10 == 0
    assert sum(row.max_points for check in drawn(name, 0) for row in check.rows) == pytest.approx(full)


@pytest.mark.parametrize(("name", "part"), PAIRS, ids=[p.name for _, p in PAIRS])
def test_worked_examples_are_what_the_reference_computes(name, part):
    """The figures of a worked example agree with the forward and with the engine's gradients."""
    forward = oracle.load(BUILT_IN.load(name)).solution.forwards[part.forward]
    assert part.examples
    for example in part.examples:
        traced = engine.trace(forward, *example.inputs, names=part.inputs, wrt=part.wrt)
        _near(traced.out, example.output, example.tolerance)
        if part.stages:
            gradients = {f"d{n}": g for n, g in traced.gradients(example.upstream).items()}
        else:
            gradients = dict(zip(part.gradients, traced.pullback(example.upstream), strict=True))
        assert example.gradients.keys() == set(part.gradients)
        for key, figure in example.gradients.items():
            _near(gradients[key], figure, example.tolerance)


def _near(got, want, tolerance) -> None:
    if isinstance(got, list | tuple):
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            _near(a, b, tolerance)
    else:
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * max(1.0, float(np.max(np.abs(want)))))


@pytest.mark.parametrize("name", NAMES)
def test_drawing_is_repeatable_and_follows_the_seed(name):
    """The same seed draws the same inputs, another seed draws others."""
    for part in BUILT_IN.load(name).parts:
        if isinstance(part, assignment.Experiments):
            continue
        first, again, other = (part.cases(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert 5 <= len(first) <= 10
        assert repr(first) == repr(again)
        assert repr(first) != repr(other)


@pytest.mark.parametrize("name", NAMES)
def test_every_known_mistake_shows_whatever_the_seed(name):
    """For each seed, what a mistake predicts differs from what is right in some case, or can't be computed there."""
    for seed in SEEDS:
        shown, known = set(), set()
        for check in drawn(name, seed):
            if isinstance(check, Compare | Steps):
                known |= {(check.function, i) for i, _ in enumerate(check.predictions)}
                shown |= {(check.function, i) for i, p in enumerate(check.predictions) if _shows(check, p)}
        assert shown == known


def _shows(check, prediction) -> bool:
    return any(
        values is None or any(not same(values[n], case.want(n), case.scale) for n in values)
        for case, values in zip(check.cases, prediction.values, strict=True)
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_two_mistakes_of_other_names_look_alike(name):
    """Two predictions that agree in every case have one name, or a name would depend on their order."""
    checks = [c for c in drawn(name, 3) if isinstance(c, Compare | Steps)]
    for check in (c for c in checks if isinstance(c, Steps) or c.check != "stability"):
        for i, one in enumerate(check.predictions):
            for other in check.predictions[:i]:
                if one.name != other.name and not {one.name, other.name} & EXTREME:
                    assert not _alike(check, one, other), (one.name, other.name)


def _alike(check, one, other) -> bool:
    for case, a, b in zip(check.cases, one.values, other.values, strict=True):
        if (a is None) != (b is None):
            return False
        if a is not None and not all(same(a[n], b[n], case.scale) for n in a):
            return False
    return True


def test_every_stage_mistake_shows_whatever_the_seed():
    """For each seed and stage, a mistake's gradient differs from the right one in some case."""
    for seed in SEEDS:
        (stages,) = (c for c in drawn("staged_fxy", seed) if isinstance(c, Stages))
        assert stages.mistakes
        for mistake in stages.mistakes:
            apart = []
            for case, trace in zip(stages.cases, stages.traces, strict=True):
                values = {**trace.values, "upstream": np.asarray(*case.upstreams.values())}
                got = np.asarray(mistake.predict(case.expected, values), np.float64)
                apart.append(not agrees(got, case.expected[mistake.stage], case.scale).all())
            assert sum(apart) >= len(apart) - 1, (mistake.name, mistake.stage, seed)


@pytest.mark.parametrize("name", NAMES)
def test_mistakes_are_told_as_one_would_tell_a_student(name):
    """A mistake has a short stable name, and one title, reason and reading for it."""
    told = {}
    for mistake in importlib.import_module(f"reference.solutions.{name}").MISTAKES:
        assert re.fullmatch(r"[a-zA-Z]+(-[a-zA-Z0-9]+)*", mistake.name)
        assert mistake.function in BUILT_IN.load(name).functions
        assert len(mistake.title) < 60 < len(mistake.reason) < 300
        assert mistake.read
        assert told.setdefault(mistake.name, (mistake.title, mistake.reason)) == (mistake.title, mistake.reason)


@pytest.mark.parametrize("name", NAMES)
def test_the_stub_becomes_a_notebook(name):
    """The percent format is read by jupytext: prose, then code, in a notebook that nbformat finds valid."""
    notebook = jupytext.reads(stub(name), fmt="py:percent")
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[:2] == ["markdown", "code"]
    assert notebook.cells[0].source.startswith("# ")


@pytest.fixture
def handed_out(monkeypatch):
    """Makes the modules importable that an assignment hands out."""

    def put(name):
        for provided in BUILT_IN.load(name).modules:
            module = types.ModuleType(provided.pattern.rstrip("*"))
            exec(provided.source, module.__dict__)
            monkeypatch.setitem(sys.modules, module.__name__, module)

    return put


@pytest.mark.parametrize("name", NAMES)
def test_the_stub_has_the_functions_of_the_spec(name, handed_out):
    """Each function is there with its parameters, a docstring with a worked example, and no body."""
    module = types.ModuleType("stub")
    handed_out(name)
    exec(stub(name), module.__dict__)
    for function, parameters in BUILT_IN.load(name).functions.items():
        found = getattr(module, function)
        is_class = isinstance(found, type)
        code = (found.__init__ if is_class else found).__code__
        assert code.co_varnames[is_class : code.co_argcount] == parameters
        assert ">>>" in found.__doc__
        with pytest.raises(NotImplementedError):
            found(*[np.ones(3)] * len(parameters))


RANDOM = {"dropout"}
"""Assignments whose worked examples are examples of what may come."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in RANDOM])
def test_the_docstrings_of_the_stub_hold_for_a_right_solution(name, pytestconfig, handed_out):
    """What the stub's doctests print is what a right solution gives."""
    handed_out(name)
    stubs, module = types.ModuleType("stub"), types.ModuleType("solved")
    exec(stub(name), stubs.__dict__)
    right = min((pytestconfig.rootpath / "tests" / "zoo" / name).glob("right_*.py"))
    exec(right.read_text(), module.__dict__)
    runner = doctest.DocTestRunner()
    for function in BUILT_IN.load(name).functions:
        (test,) = doctest.DocTestFinder().find(
            getattr(stubs, function), function, globs={**stubs.__dict__, **module.__dict__}
        )
        assert test.examples
        runner.run(test)
    assert runner.failures == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_functions_and_points(name):
    """A page with each function's signature, and a table whose points add up to full marks."""
    text = (BUILT_IN.load(name).folder / "README.md").read_text()
    for function, parameters in BUILT_IN.load(name).functions.items():
        assert re.search(rf"`{function}\({parameters[0]}\b", text)
    points = re.findall(r"^\| .* \| ([0-9.+ ]+|1 each) \| ", text, re.MULTILINE)
    worth = sum(9.0 if p == "1 each" else sum(map(float, p.split("+"))) for p in points)
    assert worth == pytest.approx(BUILT_IN.load(name).max_points)
    assert len(text.splitlines()) < 80
