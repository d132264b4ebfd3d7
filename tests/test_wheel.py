"""The wheel that students install: all that a self-check needs, and nothing of the answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import class_samples as samples
from answers import SOLUTIONS, bodies, files, leaks, secret
from bills import assert_valid, named

EACH = """
import pathlib, sys
from grader import selfcheck
for stub in map(pathlib.Path, sys.argv[1:]):
    (result,) = selfcheck.check(stub, (stub.parent.name,), 1)
    print(result.assignment, selfcheck.passes([result]))
"""
"""Checks each stub that it is given, in one process."""


def test_the_comparison_finds_a_leak():
    """A body that is copied under another name and with another docstring is found."""
    answer = "def f(x):\n    '''Secret.'''\n    y = np.exp(x - x.max())\n    return y / y.sum()\n"
    leak = "def g(x):\n    y = np.exp(x - x.max())\n\n    return (y / y.sum())\n"
    assert set(bodies(answer)) & set(bodies(leak))
    assert not set(bodies(answer)) & set(bodies("def f(x):\n    y = np.exp(x)\n    return y / y.sum(keepdims=True)\n"))


def test_it_has_what_is_public(untouched_wheel):
    """Every file of the grader and the assignments, templates included, and the engine with what it imports."""
    found = files(untouched_wheel)
    for package in ("grader", "assignments"):
        wanted = {f"{package}/{path}" for path in files(samples.ROOT / package) if "__pycache__" not in path}
        assert wanted <= found, wanted - found
    engine = {"reference/__init__.py", "reference/engine.py"}
    engine |= {path.relative_to(samples.ROOT).as_posix() for path in (samples.ROOT / "reference").glob("_*.py")}
    assert engine <= found


def test_it_has_nothing_else(untouched_wheel):
    """No solution, no tests, no examples: of reference the engine alone."""
    found = files(untouched_wheel)
    assert {path.partition("/")[0] for path in found if ".dist-info/" not in path} == {
        "grader",
        "assignments",
        "reference",
    }
    assert {path for path in found if path.startswith("reference/")} <= {
        "reference/__init__.py",
        "reference/engine.py",
        "reference/_circuit.py",
        "reference/_rules.py",
        "reference/_tensor.py",
    }


def test_it_carries_its_list_of_parts(untouched_wheel):
    """The bill of materials lies where PEP 770 has it, valid, and names this very wheel."""
    (path,) = untouched_wheel.glob("*.dist-info/sboms/*.cdx.json")
    bill = json.loads(path.read_text(encoding="utf-8"))
    assert_valid(bill)
    subject = bill["metadata"]["component"]
    assert path.parts[-3] == f"{subject['name'].replace('-', '_')}-{subject['version']}.dist-info"
    assert {"numpy", "msgspec", "typer", "rich"} <= set(named(bill))


def test_no_body_of_a_solution_is_in_any_file(untouched_wheel):
    """Not one function of reference/solutions is in the wheel, under whatever name, as code or as text."""
    assert len(secret()) > len(SOLUTIONS)
    assert leaks(untouched_wheel) == []


def test_the_engine_works_from_the_wheel(wheel):
    """reference/engine.py imports nothing that the wheel leaves out."""
    code = "import numpy as np; from reference.engine import vjp; print(vjp(np.exp, np.zeros(2))[1](np.ones(2)))"
    done = _python(wheel, code)
    assert done.returncode == 0, done.stderr
    assert "1." in done.stdout


def test_the_self_check_works_from_the_wheel(wheel, tmp_path):
    """With the wheel alone, `check` and `list` work, for every assignment that there is."""
    samples.a_class(tmp_path, ada=samples.RIGHT)
    code = "import grader, reference; print(grader.__file__, reference.__file__); from grader.cli import main; main()"
    done = _python(wheel, code, "check", tmp_path / "ada.py", "--json")
    assert done.returncode == 0, done.stderr
    where, _, printed = done.stdout.partition("\n")
    assert all(Path(path).is_relative_to(wheel) for path in where.split())
    assert [r["assignment"] for r in json.loads(printed)] == [samples.ASSIGNMENT]
    stubs = sorted((wheel / "assignments").glob("*/stub.py"))
    done = _python(wheel, EACH, *stubs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{stub.parent.name} False" for stub in stubs]


def test_grading_from_the_wheel_says_what_is_missing(wheel, tmp_path):
    """`grade` needs the secret half, and says so in one line."""
    samples.a_class(tmp_path / "class", ada=samples.RIGHT)
    arguments = samples.grade_arguments(tmp_path / "class", tmp_path / "out")
    done = _python(wheel, "from grader.cli import main; main()", *arguments)
    assert done.returncode == 3
    line = samples.Done(3, done.stdout, done.stderr).one_line()
    assert "grading needs a checkout of the project" in line


def _python(site, code, *arguments):
    """Python with the wheel's files in front of everything, away from the checkout."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=site.parent,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
