"""One submission, from its files to its results."""

from __future__ import annotations

import msgspec
import pytest

from grader import course, grading
from grader.catalogue import BUILT_IN
from grader.grading import Graded, Handed, Run, unanswered
from grader.result import File
from grader.sandbox import Limits
from grader.sandbox.none_wall import NoneWall
from grader.submission import find

MATMUL = """
def matmul_forward(W, X):
    return W @ X, (W, X)

def matmul_backward(dD, cache):
    W, X = cache
    return dD @ X.T, W.T @ dD
"""
SOFTMAX = """
import numpy as np

def softmax_forward(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return p, p

def softmax_backward(dp, p):
    return p * (dp - (dp * p).sum(axis=-1, keepdims=True))

def softmax_jacobian(a):
    p = softmax_forward(a)[0]
    return np.diag(p) - np.outer(p, p)
"""


@pytest.fixture(scope="module")
def prepared():
    """Two assignments, ready to judge."""
    return course.prepare_all(("matmul_gate", "softmax"), 3)


@pytest.fixture
def grade(tmp_path, prepared):
    """`grade({"ada/a.py": source, ...})`: what grading the only student gives."""

    def run(files, **limits):
        for name, source in files.items():
            path = tmp_path / "class" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        (located,) = find(tmp_path / "class", BUILT_IN.names()).students
        with NoneWall(Limits(**{"question_s": 2, **limits})) as wall:
            graded = grading.grade(located.read(), wall, prepared, 3)
        return graded, {r.assignment: r for r in graded.results}

    return run


def test_one_file_with_two_assignments(grade):
    """Both are graded from the one file, with full marks."""
    _, found = grade({"ada.py": MATMUL + SOFTMAX})
    assert {n: r.score for n, r in found.items()} == {"matmul_gate": 10, "softmax": 10}
    assert found["softmax"].files[0].name == "ada.py"


def test_a_hang_at_the_end_of_one_assignment_does_not_reach_the_next(grade):
    """What the last check of an assignment breaks is put up again for the next: it costs that check alone."""
    hanging = MATMUL.replace(
        "    W, X = cache\n", "    W, X = cache\n    calls.append(1)\n    while len(calls) > 8: pass\n"
    )
    graded, found = grade({"ada.py": "calls = []\n" + hanging + SOFTMAX}, question_s=1)
    assert graded.handed.failure == ""
    assert found["softmax"].score == 10
    (purity,) = (c for c in found["matmul_gate"].checks if c.check == "purity")
    assert (purity.status, found["matmul_gate"].score) == ("timeout", 9)


def test_a_file_each(grade):
    """Files named for their assignments answer them, and a helper beside them answers nothing."""
    _, found = grade({"ada/softmax.py": SOFTMAX, "ada/matmul_gate.py": MATMUL, "ada/helpers.py": "x = 1\n"})
    assert {n: r.score for n, r in found.items()} == {"matmul_gate": 10, "softmax": 10}


def test_two_files_for_one_assignment(grade):
    """The one that counts is told, with the reason and the others."""
    _, found = grade({"ada/a.py": MATMUL, "ada/b.py": MATMUL + "def softmax_forward(a):\n    return None\n"})
    assert found["matmul_gate"].files[0].name == "ada/b.py"
    assert any("ada/a.py" in p.message and "sorted" in p.message for p in found["matmul_gate"].problems)


def test_a_top_level_that_hangs_keeps_its_definitions(grade):
    """A loop that never ends at top level costs nothing but itself."""
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n"
    _, found = grade({"ada.py": MATMUL + stubborn}, question_s=6)
    assert found["matmul_gate"].score == 10
    assert any("stopped" in p.message for p in found["matmul_gate"].problems)


def test_a_top_level_that_kills_its_process_keeps_its_definitions(grade):
    """Ending the process while loading costs nothing but what comes after at top level."""
    _, found = grade({"ada.py": "import os\n" + MATMUL + "os._exit(0)\n"})
    assert found["matmul_gate"].score == 10
    assert any("only its definitions were kept" in p.message for p in found["matmul_gate"].problems)


def test_what_cannot_be_read_is_an_error_with_its_reason(grade, prepared):
    """An unreadable file is graded: 0 points, `error`, and the reason; never `not_graded`."""
    graded, found = grade({"ada.py": "\x00\x01\x02"})
    assert found == {}
    result = unanswered(graded.handed, prepared["softmax"], Run(3, "none"))
    assert (result.status, result.score) == ("graded", 0)
    assert {c.status for c in result.checks} == {"error"}
    assert "ada.py" in result.checks[0].message


def test_nothing_of_an_assignment_is_missing(grade, prepared):
    """An assignment that nothing answers has every check `missing`, and full marks to be had."""
    graded, _ = grade({"ada.py": MATMUL})
    result = unanswered(graded.handed, prepared["softmax"], Run(3, "none"))
    assert {c.status for c in result.checks} == {"missing"}
    assert (result.score, result.max_score) == (0, 10)


def test_our_failure_is_not_graded(prepared, grade):
    """A failure of ours has no score and says why."""
    graded, _ = grade({"ada.py": MATMUL})
    failed = grading.Handed(graded.handed.student, graded.handed.files, [], failure="the engine is gone")
    result = unanswered(failed, prepared["softmax"], Run(3, "docker"))
    assert (result.status, result.score, result.reason) == ("not_graded", None, "the engine is gone")


def test_hang_in_a_function_costs_itself_alone(grade):
    """After a hang the source is loaded anew, and what comes next is judged."""
    _, found = grade({"ada.py": MATMUL.replace("W, X = cache", "W, X = cache\n    while True: pass") + SOFTMAX})
    assert found["softmax"].score == 10
    assert found["matmul_gate"].score == 3
    assert {c.check: c.status for c in found["matmul_gate"].checks}["backward"] == "timeout"


def test_printed_output_is_kept_for_the_instructor(grade):
    """What is printed while loading and while called ends up in the result."""
    _, found = grade(
        {"ada.py": "print('loading')\n" + MATMUL.replace("return W @ X", "print('called')\n    return W @ X")}
    )
    assert "loading" in found["matmul_gate"].output.stdout
    assert "called" in found["matmul_gate"].output.stdout


@pytest.mark.parametrize(("message", "shared"), [("dW is off.", True), ('ada/x "y".py can\'t be loaded.', False)])
def test_results_that_name_a_file_are_one_students(prepared, message, shared):
    """What names a file of ada's is not given to another with the same content."""
    mine = Handed("ada", [File('ada/x "y".py', "0" * 64)], [])
    result = unanswered(mine, prepared["softmax"], Run(1, "none"))
    told = msgspec.structs.replace(result.checks[0], message=message)
    assert Graded(mine, [msgspec.structs.replace(result, checks=[told])]).shared() is shared
