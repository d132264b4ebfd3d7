"""The slips of authors: each error names the assignment, the part and what to do."""

from __future__ import annotations

import pytest

from grader import course
from grader.catalogue import BUILT_IN, open_course
from grader.errors import AssignmentError
from grader.new import new


@pytest.fixture
def folder(tmp_path):
    """A course of one assignment, `wave`."""
    new("wave", tmp_path)
    return tmp_path


def slip(folder, half, old, text):
    """The error that comes of a change in the spec or the solution."""
    path = folder / ("assignments/wave/spec.py" if half == "spec" else "solutions/wave.py")
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1
    path.write_text(source.replace(old, text), encoding="utf-8")
    with pytest.raises(AssignmentError) as caught:
        course.prepare_all(["wave"], 1, open_course(folder))["wave"].checks  # noqa: B018 - drawn now
    told = str(caught.value)
    assert "\n" not in told
    assert "wave" in told
    return told


@pytest.mark.parametrize(
    ("old", "text", "told"),
    [
        ("        ),\n    ),\n)", "        )\n    ),\n)", ("must be a tuple of Pair", "spec.py")),
        ('inputs=("x", "c")', 'inputs=("x")', ("Pair 'wave': inputs must be a tuple", "('x',)")),
        (
            "                ),\n            ),\n",
            "                )\n            ),\n",
            ("examples must be a tuple", "comma"),
        ),
        ('output="y"', 'output="y", differentiable=("x")', ("differentiable must be a tuple", "('x',)")),
        ('output="y"', 'output="y", differentiable=("X",)', ("'X' is given as an input", "x, c")),
        ('output="y"', 'output="y", stages=("square")', ("stages must be a tuple", "('square',)")),
        ("cases=cases", "cases=cases(np.random.default_rng(1))", ("cases must be a function", "cases=cases")),
        ("purity=1", "purity=-1", ("Pair 'wave': points are negative",)),
        ("purity=1", "purity=10**400", ("Pair 'wave': points are no numbers",)),
        ("purity=1", "purity=float('nan')", ("Pair 'wave': points are no numbers",)),
        ("purity=1", "purity='1'", ("Pair 'wave': points are no numbers",)),
        ("Points(forward=3, backward=6, purity=1)", "3", ("a field holds something else than it takes",)),
        ("Points(forward=3, backward=6, purity=1)", "Points()", ("the points add up to 0", "Points(forward=3")),
        ("purity=1", "purity=1, stability=1", ("there are points for stability and no extremes",)),
        ("purity=1", "purity=1, stages=1", ("there are points for stages and no stages",)),
        ('title="Wave"', 'title=""', ("the title is ''", "write a line")),
        ('"dc": 15.0', '"dC": 15.0', ("Pair 'wave': example 0", "'dC'", "dx, dc")),
        ("3.0]), 0.5)", "3.0]),)", ("example 0: its inputs are a tuple of 1", "(x, c)")),
    ],
)
def test_a_slip_in_a_declaration(folder, old, text, told):
    """It is refused when the spec is loaded, so that `grader list` shows it too."""
    error = slip(folder, "spec", old, text)
    for part in (*told, str(folder / "assignments" / "wave" / "spec.py")):
        assert part in error
    assert str(open_course(folder).survey()["wave"]) == error


def test_two_parts_that_ask_for_one_function(folder):
    """Neither may hide the other."""
    error = slip(folder, "spec", "    parts=(\n", "    parts=(\n        PAIR,\n")
    assert "NameError" in error
    path = folder / "assignments" / "wave" / "spec.py"
    source = path.read_text(encoding="utf-8").replace("        PAIR,\n", "")
    pair = 'Pair("wave", ("x", "c"), "y", cases, Points(forward=1)),'
    path.write_text(source.replace("    parts=(\n", f"    parts=(\n        {pair}\n"), encoding="utf-8")
    with pytest.raises(AssignmentError, match="two parts ask for wave_forward: give one of them another name"):
        open_course(folder).load("wave")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("return [(apart(rng, shape),) for shape in SHAPES]", ("case 0 of cases() has 1 inputs", "(x, c)")),
        ("return [(apart(rng, shape)) for shape in SHAPES]", ("case 0 of cases() is no tuple but ndarray", "(x, c)")),
        ("return []", ("cases() must return a list of cases",)),
        ("[(apart(rng, shape), 1.0) for shape in SHAPES]", ("must return a list of cases", "is its return missing?")),
        ("return [(apart(rng, shape), rng.scalar()) for shape in SHAPES]", ("AttributeError", "scalar", "(line 15 of")),
    ],
)
def test_a_slip_in_drawing(folder, text, told):
    """It names the assignment, the part, the case, and the line where something was raised."""
    error = slip(folder, "spec", "return [(apart(rng, shape), float(rng.uniform(0.5, 2.0))) for shape in SHAPES]", text)
    for part in ("wave, Pair 'wave': ", *told):
        assert part in error


@pytest.mark.parametrize(
    ("old", "text", "told"),
    [
        ("return c * x**2\n", "return c * x**2, (x, c)\n", ("wave_forward must return y and no cache", "2 values")),
        (
            "return c * x**2\n",
            "return c * np.linalg.inv(x)\n",
            ("inv: the engine has no derivative", "solutions/wave.py"),
        ),
        (
            "return c * x * dy, np.sum(x**2 * dy)",
            "return c * x * dy",
            ("mistake 'factor-missing' predicts 1 values", "dx, dc"),
        ),
        (
            "def _factor_missing(dy: Any, x: Any, c: Any)",
            "def _factor_missing(x: Any, c: Any)",
            ("the mistake 'factor-missing' can't be predicted: TypeError", "upstream gradients before them"),
        ),
        (
            "return c * x * dy, np.sum(x**2 * dy)",
            "return c * x * dz, 0.0",
            ("the mistake 'factor-missing' can't be predicted: NameError", "(line 19 of", "solutions/wave.py"),
        ),
    ],
)
def test_a_slip_in_the_solution(folder, old, text, told):
    """It names the assignment, the part, the mistake, and the line where something was raised."""
    error = slip(folder, "solution", old, text)
    for part in ("wave, Pair 'wave': ", *told):
        assert part in error


def test_what_is_there_has_no_slips():
    """Every assignment of the built-in course loads."""
    assert BUILT_IN.load_all()


def test_an_exception_that_raises_when_it_is_asked(folder):
    """An author's own exception is told by its name where its message can't be had."""
    text = "class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\n\n\nraise Odd\n\n\nassignment = Assignment("
    assert "Odd (its message can't be shown)" in slip(folder, "spec", "assignment = Assignment(", text)


def test_an_import_of_a_name_as_long_as_a_line(folder):
    """A module that no file could hold is not there, which is all that is told."""
    error = slip(folder, "spec", "import numpy as np\n", f"import numpy as np\nimport {'x' * 300}\n")
    assert "ModuleNotFoundError: No module named 'xxx" in error
