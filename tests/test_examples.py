"""The class of the README's first command."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import course, grading
from grader.catalogue import BUILT_IN
from grader.result import Result
from grader.sandbox import Limits
from grader.sandbox.none_wall import NoneWall
from grader.submission import find

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Result]]:
    """By student and assignment: what the class gets at seed 1."""
    prepared = course.prepare_all(BUILT_IN.names(), 1)
    found = {}
    with NoneWall(Limits(question_s=3.0)) as wall:
        for located in find(ROOT / "examples" / "class", prepared).students:
            graded = grading.grade(located.read(), wall, prepared, 1)
            given = {r.assignment: r for r in graded.results}
            run = grading.Run(1, wall.name)
            found[located.student] = {
                n: given.get(n) or grading.unanswered(graded.handed, p, run) for n, p in prepared.items()
            }
    return found


def test_the_class_is_graded_in_full(results):
    """At least 14 students, each with a score between 0 and full marks for every assignment."""
    assert len(results) >= 14
    for mine in results.values():
        assert all(r.status == "graded" and 0 <= r.score <= r.max_score for r in mine.values())


def test_the_readme_lists_the_class(results):
    """The table has a row for every student and for nobody else."""
    rows = (ROOT / "examples" / "README.md").read_text().split("|---|---|\n")[1].splitlines()
    assert {row.split("|")[1].strip() for row in rows} == set(results)


@pytest.mark.parametrize(
    ("student", "name", "score", "diagnosis"),
    [
        ("ada_okafor", "softmax", 10, None),
        ("benedikt_huber", "staged_fxy", 9, "overwrite-at-fork-dx"),
        ("陈静", "staged_fxy", 9, "missing-minus"),
        ("carlos_mendez", "matmul_gate", 3, "transposes"),
        ("carlos_mendez", "dropout", 7.5, "keep-drop-exchanged"),
        ("emma_lindqvist", "matmul_gate", 10, None),
        ("fatima_el_amrani", "sigmoid_neuron", 3, "upstream-ignored"),
        ("fatima_el_amrani", "softmax", 7.5, "overflow"),
        ("hannah_schmidt (1)", "matmul_gate", 3, "dW-dX-exchanged"),
        ("hannah_schmidt (1)", "dropout", 5.5, "new-mask-in-backward"),
        ("kenji_tanaka", "dropout", 0, "not-implemented"),
        ("lukasz_nowak", "sigmoid_neuron", 3, "w-x-exchanged"),
        ("Niamh O'Brien", "dropout", 9, "fixed-mask"),
        ("Niamh O'Brien", "softmax", 9.25, "max-over-whole-array"),
        ("noah_williams", "sigmoid_neuron", 7, "bias-gradient"),
        ("priya_sharma", "softmax", 3, "off-diagonal-sign"),
        ("sofia_rossi", "staged_fxy", 9, "overwrite-at-fork-dx"),
        ("tom_baker", "matmul_gate", 9, "shared-state"),
        ("wei_zhang", "sigmoid_neuron", 0, "not-implemented"),
        ("zoe_martin", "softmax", 0, None),
    ],
)
def test_what_the_readme_promises_of_a_student(results, student, name, score, diagnosis):
    """The score, and the mistake by name."""
    result = results[student][name]
    assert result.score == score
    assert diagnosis in {c.diagnosis for c in result.checks}


@pytest.mark.parametrize(
    ("student", "name", "function", "status", "word"),
    [
        ("noah_williams", "matmul_gate", "matmul_backward", "timeout", "no answer"),
        ("olga_petrova", "staged_fxy", "staged_forward", "error", "RecursionError"),
        ("olga_petrova", "dropout", "dropout_backward", "error", "maks"),
        ("emma_lindqvist", "softmax", "softmax_backward", "error", "line 10"),
        ("ada_okafor", "softmax", "softmax_jacobian", "passed", ""),
        ("fatima_el_amrani", "dropout", "dropout_forward", "missing", "not defined"),
    ],
)
def test_how_trouble_is_told(results, student, name, function, status, word):
    """A hang, an exception and a syntax error cost the function that has them, and say what and where."""
    check = next(c for c in results[student][name].checks if c.function == function)
    assert check.status == status
    assert word in check.message
